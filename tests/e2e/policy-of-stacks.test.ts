import { expect } from "chai";
import { describe, it } from "mocha";
import { policies } from "../../policy/policies.ts";
import { evaluate } from "../../tools/policy/evaluate.ts";
import { levelsOf, stacksOf } from "../../tools/policy/stacks.ts";
import { record } from "./recorder.ts";
import { ROOT } from "./support.ts";

// tests/policy/policies.test.ts checks the stack prod.
describe("policy pack / other stacks", () => {
  for (const stack of stacksOf(ROOT).filter((name) => name !== "prod")) {
    it(`finds nothing in the stack ${stack}`, async () => {
      expect(await evaluate(policies, await record({ root: ROOT, stack }), levelsOf(ROOT, stack))).to.deep.equal([]);
    });
  }
});
