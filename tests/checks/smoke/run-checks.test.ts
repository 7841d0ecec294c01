import { expect } from "chai";
import { describe, it } from "mocha";
import type { Check } from "../../../checks/smoke/check.ts";
import { Hub } from "../../../checks/smoke/hub.ts";
import { parseOptions } from "../../../checks/smoke/options.ts";
import { keysOf } from "../../../checks/smoke/outputs.ts";
import { lineOf, runChecks, settledBy } from "../../../checks/smoke/run-checks.ts";

const hub = (changes: object = {}) =>
  new Hub({
    url: "https://api.example.com/v1",
    keys: { caller: "c", operator: "o" },
    flows: ["shop"],
    patienceMs: 1_000,
    alarmPatienceMs: 1_000,
    notify: () => Promise.reject(new Error("not called")),
    alarms: () => Promise.resolve([]),
    ...changes,
  });
const check = (id: string, changes: Partial<Check> = {}): Check => ({
  id,
  what: `${id} holds`,
  settles: [],
  run: () => Promise.resolve(),
  ...changes,
});
const failing = () => Promise.reject(new Error("answered 500"));

describe("smoke", () => {
  it("runs each check that the stack has the parts for, and says why it skips the others", async () => {
    const checks = [
      check("plain"),
      check("flow", { flow: "shop" }),
      check("other", { flow: "orders" }),
      check("party", { sandbox: true }),
      check("probe", { probe: true }),
      check("broken", { run: failing }),
      check("after"),
    ];
    const lines: string[] = [];
    const results = await runChecks(checks, hub(), (result) => lines.push(lineOf(result)));
    expect(results.map(({ check, outcome, why }) => [check.id, outcome, why])).to.deep.equal([
      ["plain", "holds", undefined],
      ["flow", "holds", undefined],
      ["other", "skipped", "the stack has no flow orders"],
      ["party", "skipped", "the third parties are not the sandbox"],
      ["probe", "skipped", "the sandbox's API is on AWS only"],
      ["broken", "fails", "answered 500"],
      ["after", "holds", undefined],
    ]);
    expect(lines[5]).to.include("fails").and.to.include("broken: broken holds").and.to.include("answered 500");
  });

  it("counts a row as settled when every check of it ran and held", async () => {
    const checks = [
      check("one", { settles: ["a", "b"] }),
      check("two", { settles: ["b", "c"], run: failing }),
      check("three", { settles: ["d"], probe: true }),
    ];
    expect(settledBy(await runChecks(checks, hub(), () => {}))).to.deep.equal({ settled: ["a"], open: ["b", "c", "d"] });
  });

  it("uses the keys of a consumer and of an operator, and refuses a stack that lacks one", () => {
    const apiKeys = { operations: "o", shop: "s" };
    expect(keysOf({ apiKeys, operators: ["operations"] })).to.deep.equal({ caller: "s", operator: "o" });
    expect(() => keysOf({ apiKeys: { operations: "o" }, operators: ["operations"] })).to.throw(/no consumer but its operators/);
    expect(() => keysOf({ apiKeys, operators: [] })).to.throw(/no operator/);
  });

  it("refuses an unknown option and an unknown check", () => {
    expect(parseOptions(["--stack", "dev", "--only", "a,b"], ["a", "b"])).to.deep.equal({
      stack: "dev",
      sandbox: true,
      only: ["a", "b"],
    });
    expect(parseOptions(["--without-sandbox"], [])).to.include({ stack: undefined, sandbox: false });
    expect(parseOptions(["--help"], [])).to.equal(undefined);
    expect(() => parseOptions(["--stak", "dev"], [])).to.throw(/--stak/);
    expect(() => parseOptions(["--only", "a,c"], ["a", "b"])).to.throw('There is no check "c". Name some of a, b.');
  });
});
