import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, event, type Flow, flow, step } from "../../../model/index.ts";
import { breaksOf } from "../../../tools/contract/breaks.ts";
import { lockOf, renewed, textOf, withEntry } from "../../../tools/contract/lock.ts";

const withId = (id: z.ZodType): readonly Flow[] => {
  const Placed = event("Placed", z.object({ id }));
  const about = { summary: "A flow for tests.", owner: "tests", source: import.meta.url };
  const steps = { charge: step({ on: Placed, emits: [], handler: () => [] }) };
  return [flow("orders", { ...about, triggers: { orders: api("POST /orders", { emits: Placed }) }, steps }) as Flow];
};
const order = { note: "Orders have ids.", breaking: false };
const first = renewed(undefined, { ...order, flows: withId(z.string()) });

describe("the lock of the released contract", () => {
  it("is the same text each time, and reads back", () => {
    expect(textOf(renewed(undefined, { ...order, flows: withId(z.string()) }))).to.equal(textOf(first));
    expect(lockOf(textOf(first))).to.deep.equal(JSON.parse(JSON.stringify(first)));
  });

  it("is renewed by a change that keeps the contract, and by one that breaks it only where the order says so", () => {
    expect(renewed(first, { ...order, flows: withId(z.string()) }).release).to.equal(2);
    const flows = withId(z.string().max(3));
    expect(() => renewed(first, { ...order, flows })).to.throw(
      /^CONTRACT, flow orders, event Placed, field id: [\s\S]*stays as it is\. Accept these breaks with --breaking\.$/,
    );
    const second = renewed(first, { ...order, flows, breaking: true });
    expect(breaksOf(second, flows)).to.deep.equal([]);
  });

  it("that is not readable is refused with the remedy", () => {
    for (const text of ["", "<<<<<<< HEAD", "{}", '{"release":1}'])
      expect(() => lockOf(text)).to.throw(
        "contract.lock.json: it is not readable. Take the file of the deployed commit; never edit or merge it by hand.",
      );
  });

  it("gets an entry in the changelog, the newest first, with the breaks that were accepted", () => {
    const changelog = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n## [0.1.0]\n\n- B.\n";
    const once = withEntry(changelog, first, []);
    const twice = withEntry(once, { ...first, release: 2, note: "Ids are short." }, [
      { where: "flow orders", fact: "it is gone", remedy: "" },
    ]);
    expect(twice).to.equal(
      "# Changelog\n\n## [Unreleased]\n\n### Contract\n\n- Release 2 of the contract: Ids are short.\n  - Breaking, flow orders: it is gone.\n- Release 1 of the contract: Orders have ids.\n\n### Added\n\n- A.\n\n## [0.1.0]\n\n- B.\n",
    );
    expect(() => withEntry("# Changelog\n", first, [])).to.throw(
      'CHANGELOG.md: the section "## [Unreleased]" is missing. Write it above the latest version.',
    );
  });
});
