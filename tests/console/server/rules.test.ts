import { expect } from "chai";
import { describe, it } from "mocha";
import type { Json } from "../../../console/server/hub-port.ts";
import type { Problem } from "../../../console/server/problem.ts";
import { ruleRoutes, tested } from "../../../console/server/rules.ts";
import type { RuleTest, RuleView } from "../../../console/shared/parts.ts";
import { compilePattern } from "../../../emulator/events/pattern.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";

const matches = (pattern: object, event: unknown) => compilePattern(pattern)(event);
const failed = (pattern: object, event: Json) => {
  const result = tested(matches, pattern, event);
  return [result.matches, ...result.clauses.filter((one) => !one.matches).map(({ path, found }) => `${path}: ${found}`)];
};

const PATTERN = {
  source: ["hub"],
  "detail-type": ["OrderPlaced", "OrderMoved"],
  detail: {
    data: { kind: [{ "anything-but": "test" }], total: [{ numeric: [">", 100, "<=", 900] }], note: [{ exists: false }] },
  },
};
const EVENT = { source: "hub", "detail-type": "OrderPlaced", detail: { data: { kind: "web", total: 101 } } };

describe("a rule's pattern, tried with an event", () => {
  it("names each condition that the event does not meet, and what it has there", () => {
    expect(failed(PATTERN, EVENT)).to.deep.equal([true]);
    expect(
      failed(PATTERN, { ...EVENT, "detail-type": "Other", detail: { data: { kind: "test", total: 100, note: null } } }),
    ).to.deep.equal([
      false,
      'detail-type: "Other"',
      'detail.data.kind: "test"',
      "detail.data.total: 100",
      "detail.data.note: null",
    ]);
    expect(failed(PATTERN, { source: "hub" })).to.deep.equal([
      false,
      "detail-type: ",
      "detail.data.kind: ",
      "detail.data.total: ",
    ]);
  });

  it("takes alternatives as one condition", () => {
    const pattern = { source: ["hub"], detail: { $or: [{ kind: ["a"] }, { total: [{ numeric: [">", 5] }] }] } };
    expect(failed(pattern, { source: "hub", detail: { kind: "b", total: 6 } })).to.deep.equal([true]);
    expect(failed(pattern, { source: "hub", detail: { kind: "b", total: 5 } })).to.deep.equal([
      false,
      'detail.$or: {"kind":"b","total":5}',
    ]);
  });

  it("meets each condition and does not match, where no one element of an array meets all", () => {
    const pattern = { detail: { lines: { sku: ["tea"], quantity: [2] } } };
    const line = (sku: string, quantity: number) => ({ sku, quantity });
    expect(failed(pattern, { detail: { lines: [line("tea", 1), line("coffee", 2)] } })).to.deep.equal([false]);
    expect(failed(pattern, { detail: { lines: [line("tea", 2), line("coffee", 1)] } })).to.deep.equal([true]);
    expect(failed(pattern, { detail: { lines: [line("rice", 2), line("coffee", 2)] } })).to.deep.equal([
      false,
      'detail.lines.sku: ["rice","coffee"]',
    ]);
  });

  it("repeats no more than 200 characters of an event", () => {
    const [, text = ""] = failed({ detail: { data: { note: ["x"] } } }, { detail: { data: { note: "y".repeat(5_000) } } });
    expect(String(text)).to.match(/^detail\.data\.note: "y{199}…$/);
  });
});

describe("the routes of a step's rule", () => {
  const STEP = "urn:step";
  const resource = (type: string, urn: string, parent: string | undefined, inputs: object, outputs: object) => ({
    ...{ type, urn, parent, name: urn, inputs: inputs as Json, outputs: outputs as Json },
  });
  const hub = (pattern: object) => ({
    matches,
    resources: [
      resource(COMPONENTS.step, STEP, undefined, { flow: "orders", step: "register" }, {}),
      resource("aws:cloudwatch/eventRule:EventRule", "urn:rule", STEP, {}, { eventPattern: JSON.stringify(pattern) }),
    ],
  });
  const call = (routes: ReturnType<typeof ruleRoutes>, route: string, step = "register", body = "") =>
    routes[route]?.({ parameters: ["orders", step], query: new URLSearchParams(), body });
  const [READ, TEST] = ["GET /api/flows/*/steps/*/rule", "POST /api/flows/*/steps/*/rule/test"];

  for (const [what, pattern, sample] of [
    ["of plain conditions", PATTERN, { ...EVENT, detail: { data: { kind: "another", total: 101 } } }],
    ["of texts", { a: [{ prefix: "p-" }], b: [{ suffix: { "equals-ignore-case": "S" } }] }, { a: "p-", b: "S" }],
    ["of an address", { ip: [{ cidr: "10.0.0.0/24" }] }, { ip: "10.0.0.0" }],
    ["of a wildcard", { a: [{ wildcard: "x*z" }] }, { a: "xxz" }],
    ["of numbers that are none of some", { a: [{ "anything-but": [1, 2] }], b: [null] }, { a: 0, b: null }],
    ["of alternatives", { s: ["h"], $or: [{ a: [1] }, { b: [2] }] }, { s: "h", a: 1 }],
    ["of a limit", { a: [{ numeric: ["<", 5] }], b: [{ numeric: ["=", 5] }], c: [{ exists: true }] }, { a: 4, b: 5, c: "any" }],
  ] as const)
    it(`have a sample that the pattern matches: one ${what}`, () => {
      const routes = ruleRoutes(hub(pattern));
      const rule = call(routes, READ) as RuleView;
      expect(rule).to.deep.equal({ pattern, sample });
      expect((call(routes, TEST, "register", JSON.stringify(rule.sample)) as RuleTest).matches).to.equal(true);
    });

  it("say what is wrong with an event or a step", () => {
    const routes = ruleRoutes(hub(PATTERN));
    const refusal = (step: string, body: string) => {
      try {
        return call(routes, TEST, step, body);
      } catch (error) {
        return [(error as Problem).status, (error as Problem).message];
      }
    };
    expect(refusal("other", "{}")).to.deep.equal([404, "There is no such rule of orders/other."]);
    expect(refusal("register", "[]")).to.deep.equal([400, "The event is no JSON object. Give it as EventBridge delivers it."]);
    expect(refusal("register", "{ no")).to.satisfy(
      ([status, text]: [number, string]) => status === 400 && text.startsWith("The event is not JSON: "),
    );
  });
});
