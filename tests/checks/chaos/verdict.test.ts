import { expect } from "chai";
import { describe, it } from "mocha";
import { KINDS } from "../../../checks/chaos/faults.ts";
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
    one("payment-of-no-interest", 3, "completed"),
  ],
  effects: [effect(1, "erp registerOrder")],
  lettersInCalm: [hopeless],
  lettersAfterRedrive: [hopeless],
  lettersAtEnd: [],
  restInCalm: STILL,
  restAtEnd: STILL,
  repeatedCalls: 0,
  journal: KINDS.map((kind) => ({ kind, about: "x" })),
};
const change = (over: Partial<Seen>) => ({ seen: [{ ...(good.seen[0] as Seen), ...over }, ...good.seen.slice(1)] });

/** What is wrong with a run, and the claim that has to see it. */
const WRONG: readonly (readonly [what: string, over: Partial<Observation>, claim: string])[] = [
  ["a request got a second id", change({ otherIds: ["r-0"] }), "kept its id"],
  ["a request moves no more and has not ended", change({ statusInCalm: "running" }), "not both"],
  [
    "a request has ended and lies in the dead letters",
    { lettersInCalm: [hopeless, { ...hopeless, requestId: "r-1" }] },
    "not both",
  ],
  ["a message is left in the calm", { restInCalm: { ...STILL, queues: [{ name: "q", messages: 1 }] } }, "in the calm, no queue"],
  ["a delivery is left at the end", { restAtEnd: { ...STILL, deliveries: 1 } }, "no queue and no delivery is left"],
  ["a redrive did not help", { lettersAfterRedrive: [{ ...hopeless, requestId: "r-1" }] }, "only what can't succeed"],
  [
    "a request failed that had to complete",
    change({ firstEnd: "failed", statusInCalm: "failed", statusAtEnd: "failed" }),
    "the end it has to",
  ],
  ["a request is not known any more", change({ statusAtEnd: undefined }), "the end it has to"],
  ["a request changed its end", change({ firstEnd: "failed" }), "changed its end"],
  ["an effect happened twice", { effects: [effect(1, "erp registerOrder"), effect(1, "erp registerOrder", "k-2")] }, "once"],
  ["an effect did not happen", { effects: [] }, "once"],
  ["an effect happened that nobody asked for", { effects: [...good.effects, effect(3, "erp registerPayment")] }, "once"],
  ["an effect is nobody's", { effects: [...good.effects, effect(9, "erp registerPayment")] }, "once"],
  ["an effect had no idempotency key", { effects: [effect(1, "erp registerOrder", null)] }, "idempotency key"],
  ["a dead letter is left", { lettersAtEnd: [hopeless] }, "no dead letter is left"],
  ["a dead letter is nobody's", { lettersInCalm: [hopeless, { ...hopeless, requestId: null }] }, "belongs to a request"],
  ["a kind of fault never struck", { journal: good.journal.slice(1) }, "each kind of fault"],
];

describe("chaos / verdict", () => {
  it("has nothing against a run in which all went as it should", () => {
    expect(verdict(good).flatMap(({ against }) => against)).to.deep.equal([]);
  });

  for (const [what, over, claim] of WRONG) {
    it(`sees that ${what}`, () => {
      const broken = verdict({ ...good, ...over }).filter(({ against }) => against.length > 0);
      expect(broken.map((finding) => finding.claim).join("; ")).to.include(claim);
    });
  }

  it("sees each of its claims broken by one of these", () => {
    const broken = WRONG.flatMap(([, over]) => verdict({ ...good, ...over }).filter(({ against }) => against.length > 0));
    expect(new Set(broken.map(({ claim }) => claim)).size).to.equal(verdict(good).length);
  });

  it("is told as a table with mocha's closing lines", () => {
    const text = report(good, verdict({ ...good, lettersAtEnd: [hopeless] }));
    expect(text).to.match(/✘ no dead letter is left\n {6}l-2 of validate is open\./);
    expect(text).to.match(/\n {2}11 passing\n {2}1 failing$/);
    expect(text).to.match(/lost +0\n/);
  });
});
