import { expect } from "chai";
import { describe, it } from "mocha";
import { KINDS } from "../../../checks/chaos/fault-kinds.ts";
import type { Observation, Seen } from "../../../checks/chaos/observation.ts";
import { report } from "../../../checks/chaos/report.ts";
import { verdict } from "../../../checks/chaos/verdict.ts";
import type { Asked } from "../../../checks/chaos/workload.ts";

const asked = (kind: Asked["kind"], n: number): Asked => ({
  n,
  kind,
  correlationId: `c-${n}`,
  idempotencyKey: `c-${n}`,
  path: "/",
  body: {},
});
const one = (kind: Asked["kind"], n: number, end: string, over: Partial<Seen> = {}): Seen => ({
  asked: asked(kind, n),
  requestId: `r-${n}`,
  otherIds: [],
  sent: 1,
  firstEnd: end,
  statusInCalm: end,
  statusAtEnd: end,
  ...over,
});
const effect = (n: number, what: string, idempotencyKey: string | null = `k-${n}-${what}`) => {
  const [target = "", operation = ""] = what.split(" ");
  return { target, operation, idempotencyKey, correlationId: `c-${n}` };
};
const STILL = { queues: [{ name: "q", messages: 0 }], deliveries: 0 };
const hopeless = { id: "l-2", requestId: "r-2", step: "validate" };

/** A run in which all went as it should. */
const good: Observation = {
  seen: [
    one("order", 1, "completed"),
    one("order-with-a-line-twice", 2, "failed", { statusInCalm: "blocked" }),
    one("payment", 3, "completed"),
  ],
  effects: [effect(1, "erp registerOrder"), effect(3, "erp registerPayment")],
  deadLettersInCalm: [hopeless],
  deadLettersAfterRedrive: [hopeless],
  deadLettersAtEnd: [],
  restInCalm: STILL,
  restAtEnd: STILL,
  repeatedCalls: 0,
  journal: KINDS.map((kind) => ({ kind, about: "x" })),
};
const change = (over: Partial<Seen>) => ({ seen: [{ ...(good.seen[0] as Seen), ...over }, ...good.seen.slice(1)] });

/** A fault in the observation, and the claim that must detect it. */
const WRONG: readonly (readonly [what: string, over: Partial<Observation>, claim: string])[] = [
  ["a request got a second id", change({ otherIds: ["r-0"] }), "kept its id"],
  ["a request is stuck", change({ statusInCalm: "running" }), "either has ended or"],
  [
    "a request has ended and has a dead letter",
    { deadLettersInCalm: [hopeless, { ...hopeless, requestId: "r-1" }] },
    "either has ended or",
  ],
  [
    "a message is left without faults",
    { restInCalm: { ...STILL, queues: [{ name: "q", messages: 1 }] } },
    "without faults, no message",
  ],
  ["a delivery is left at the end", { restAtEnd: { ...STILL, deliveries: 1 } }, "at the end, no message"],
  [
    "a redrive did not help",
    { deadLettersAfterRedrive: [{ ...hopeless, requestId: "r-1" }] },
    "only requests that can't succeed",
  ],
  [
    "a request that should complete failed",
    change({ firstEnd: "failed", statusInCalm: "failed", statusAtEnd: "failed" }),
    "expected final status",
  ],
  ["a request is unknown at the end", change({ statusAtEnd: undefined }), "expected final status"],
  ["a request changed its final status", change({ firstEnd: "failed" }), "changed its final status"],
  ["an effect happened twice", { effects: [effect(1, "erp registerOrder"), effect(1, "erp registerOrder", "k-2")] }, "once"],
  ["an effect did not happen", { effects: [] }, "once"],
  ["an unexpected effect happened", { effects: [...good.effects, effect(3, "erp registerPayment")] }, "once"],
  ["an effect belongs to no request", { effects: [...good.effects, effect(9, "erp registerPayment")] }, "once"],
  ["an effect had no idempotency key", { effects: [effect(1, "erp registerOrder", null)] }, "idempotency key"],
  ["a dead letter is left", { deadLettersAtEnd: [hopeless] }, "no dead letter is left"],
  [
    "a dead letter belongs to no request",
    { deadLettersInCalm: [hopeless, { ...hopeless, requestId: null }] },
    "belongs to a request",
  ],
  ["a kind of fault was never injected", { journal: good.journal.slice(1) }, "each kind of fault"],
];

describe("chaos / verdict", () => {
  it("finds no counterexample in a correct run", () => {
    expect(verdict(good).flatMap(({ counterexamples }) => counterexamples)).to.deep.equal([]);
  });

  for (const [what, over, claim] of WRONG) {
    it(`detects that ${what}`, () => {
      const broken = verdict({ ...good, ...over }).filter(({ counterexamples }) => counterexamples.length > 0);
      expect(broken.map((finding) => finding.claim).join("; ")).to.include(claim);
    });
  }

  it("has a fault for each claim", () => {
    const broken = WRONG.flatMap(([, over]) =>
      verdict({ ...good, ...over }).filter(({ counterexamples }) => counterexamples.length > 0),
    );
    expect(new Set(broken.map(({ claim }) => claim)).size).to.equal(verdict(good).length);
  });

  it("is reported as a table with mocha's closing lines", () => {
    const text = report(good, verdict({ ...good, deadLettersAtEnd: [hopeless] }));
    expect(text).to.match(/✘ no dead letter is left\n {6}l-2 of validate is open\./);
    expect(text).to.match(/\n {2}11 passing\n {2}1 failing$/);
    expect(text).to.match(/lost +0\n/);
  });
});
