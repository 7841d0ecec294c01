import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import { policies } from "../../policy/policies.ts";
import { evaluate } from "../../tools/policy/evaluate.ts";
import { levelsOf } from "../../tools/policy/stacks.ts";
import { tableOf } from "../../tools/policy/table.ts";
import { record } from "../e2e/recorder.ts";
import { breakIt } from "./break-it.ts";
import { BREAKS } from "./breaks.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Rules about what the sample flows don't have; each has a test of its own below. */
const APART = ["lambda-async-failure-destination"];

describe("policy pack", function () {
  this.timeout(300_000);
  let prod: Recording;
  before(async () => {
    prod = await record({ root: ROOT, stack: "prod" });
  });
  const broken = async (recording: Recording) => [...new Set((await evaluate(policies, recording)).map(({ policy }) => policy))];

  it("names each policy once in kebab-case, and says in one sentence what has to be so", () => {
    expect(new Set(policies.map(({ name }) => name)).size).to.equal(policies.length);
    for (const { name, description, remediationSteps } of policies) {
      expect(name).to.match(/^[a-z]+(-[a-z]+)+$/);
      expect(description).to.match(/^[A-Z].+[^.]\.$/);
      expect(description.match(/\. /g)).to.equal(null);
      expect(remediationSteps).to.match(/^[A-Z].+\.$/);
    }
  });

  it("finds nothing in the stack prod, at the stack's own levels", async () =>
    expect(await evaluate(policies, prod, levelsOf(ROOT, "prod"))).to.deep.equal([]));

  it("is listed in docs/policies.md as it is", () =>
    expect(readFileSync(join(ROOT, "docs/policies.md"), "utf8")).to.include(`${tableOf(policies)}\n`));

  it("is broken at each of its policies by a test", () => {
    const tested = new Set([...BREAKS.map(({ policy }) => policy), ...APART]);
    expect(policies.map(({ name }) => name).filter((name) => !tested.has(name))).to.deep.equal([]);
  });

  it("is kept by the program", async () => expect(await broken(prod)).to.deep.equal([]));

  for (const one of BREAKS) {
    const { policy, type, name, at = [], to, remove, options } = one;
    const what = remove ? "taken away" : options ? "with other options" : `${at.join(".")} = ${JSON.stringify(to)}`;
    it(`${policy} and no other refuses ${name ?? type.split(":").at(-1)}: ${what}`, async () => {
      expect(await broken(breakIt(prod, one))).to.deep.equal([policy]);
    });
  }

  it("lambda-async-failure-destination refuses a rule's function without a destination, and takes one that has it", async () => {
    const fn = prod.resources.find(({ name }) => name === "hub-status") as RecordedResource;
    const target = prod.resources.find(({ type }) => type === "aws:cloudwatch/eventTarget:EventTarget") as RecordedResource;
    const made = (type: string, inputs: object, propertyDependencies: object) =>
      ({
        ...target,
        urn: `urn:pulumi:prod::hub::${type}::extra`,
        name: "extra",
        type,
        inputs: { ...target.inputs, ...inputs },
        options: {
          ...target.options,
          propertyDependencies: { ...target.options?.propertyDependencies, ...propertyDependencies },
        },
      }) as RecordedResource;
    const toFunction = made("aws:cloudwatch/eventTarget:EventTarget", { arn: fn.outputs.arn }, { arn: [fn.urn] });
    const config = made(
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
      { destinationConfig: { onFailure: { destination: "arn:aws:sqs:us-east-1:123456789012:q" } } },
      { functionName: [fn.urn] },
    );
    const without = { ...prod, resources: [...prod.resources, toFunction] };
    expect(await broken(without)).to.deep.equal(["lambda-async-failure-destination"]);
    expect(await broken({ ...without, resources: [...without.resources, config] })).to.deep.equal([]);
  });

  it("refuses a level for a policy that it does not have", async () => {
    let message = "";
    await evaluate(policies, prod, { "sqs-encripted": "advisory" }).catch((error: Error) => {
      message = error.message;
    });
    expect(message).to.match(/^policy\/config names "sqs-encripted", and the pack has no such policy\. Name one of /);
  });
});
