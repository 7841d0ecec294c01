import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  type DeliveryFact,
  type EndFact,
  type Facts,
  type FlowGraph,
  graph,
  mayRedrive,
  nextToUndo,
  rankOf,
  settle,
  type Undo,
} from "../../../model/index.ts";
import { diamond } from "../samples.ts";

const plain = graph(diamond);
const saga: FlowGraph = { ...plain, steps: plain.steps.map((step) => ({ ...step, compensates: step.name !== "find" })) };
const asked = { eventId: "e1", name: "Asked", step: "trigger:ask", occurredAt: "2026-01-01T00:00:00Z" };
const delivery = (step: string, causes: readonly string[], second: number, more: Partial<DeliveryFact> = {}): DeliveryFact => ({
  step,
  delivery: causes.join("+"),
  causes,
  status: "succeeded",
  attempts: 1,
  startedAt: `2026-01-01T00:00:0${second - 1}Z`,
  finishedAt: `2026-01-01T00:00:0${second}Z`,
  emitted: [],
  ...more,
});
const error = { code: "NO", message: "no" };
const emits = (eventId: string, name: string) => ({ emitted: [{ eventId, name }] });
const checked = delivery("check", ["e1"], 1, emits("e2", "Checked"));
const priced = delivery("price", ["e2"], 2, emits("e3", "Priced"));
const found = delivery("find", ["e2"], 3, emits("e4", "Found"));
const finished = delivery("finish", ["e3", "e4"], 4, emits("e5", "Done"));
const notFound = delivery("find", ["e2"], 3, { status: "failed", error });
const end = (step: string, delivery: string, why: EndFact["why"]): EndFact => ({
  step,
  delivery,
  why,
  error,
  occurredAt: "2026-01-01T00:00:05Z",
});
const terminal = end("find", "e2", "terminal");
const undo = (of: DeliveryFact, status: DeliveryFact["status"] = "succeeded", attempts = 1): DeliveryFact => ({
  ...delivery(of.step, [`c-${of.step}`], 6, { status, attempts }),
  delivery: `compensate:${of.delivery}`,
  compensates: of.delivery,
});
const facts = (deliveries: readonly DeliveryFact[], ...ends: readonly EndFact[]): Facts => ({
  events: [asked],
  deliveries,
  ends,
});
const statusOf = (of: Facts, graph = saga) => settle(graph, of).status;
const next = (of: Facts, before?: Undo) => nextToUndo(saga, of, before)?.step;

describe("settle / saga", () => {
  it("keeps a flow without compensations blocked, because its dead letter can be redriven", () => {
    const of = facts([checked, priced, notFound], terminal);
    expect(statusOf(of, plain)).to.equal("blocked");
    expect(nextToUndo(plain, of, undefined)).to.equal(undefined);
  });

  it("keeps a flow with compensations blocked when attempts are used up, for the same reason", () => {
    expect(statusOf(facts([checked, priced, notFound]))).to.equal("blocked");
    expect(next(facts([checked, priced, notFound]))).to.equal(undefined);
  });

  for (const why of ["given-up", "timed-out"] as const) {
    it(`fails a flow without compensations when a delivery was ${why} and no step is under way`, () => {
      const gone = end("find", "e2", why);
      expect(statusOf(facts([checked, notFound], gone), plain)).to.equal("running");
      expect(statusOf(facts([checked, priced, notFound], gone), plain)).to.equal("failed");
      expect(statusOf(facts([checked, priced, found], gone), plain), "it was done nevertheless").to.equal("running");
    });

    it(`starts to compensate when a delivery was ${why}`, () => {
      expect(statusOf(facts([checked, priced, notFound], end("find", "e2", why)))).to.equal("compensating");
    });
  }

  it("compensates in reverse order, one at a time, until everything is compensated", () => {
    expect(next(facts([checked, priced, notFound], terminal))).to.equal("price");
    expect(next(facts([checked, priced, notFound, undo(priced, "retrying")], terminal))).to.equal("price");
    expect(next(facts([checked, priced, notFound, undo(priced)], terminal))).to.equal("check");
    const all = facts([checked, priced, notFound, undo(priced), undo(checked)], terminal);
    expect(next(all)).to.equal(undefined);
    expect(statusOf(all)).to.equal("compensated");
    expect(settle(saga, all).steps.map(({ step, compensation }) => [step, compensation?.status])).to.deep.equal([
      ["check", "succeeded"],
      ["price", "succeeded"],
      ["find", undefined],
      ["finish", undefined],
    ]);
  });

  it("fails when there is nothing to compensate", () => {
    expect(statusOf(facts([delivery("check", ["e1"], 1, { status: "failed", error })], end("check", "e1", "terminal")))).to.equal(
      "failed",
    );
  });

  it("compensates a step that finishes late, after the current one", () => {
    const begun = facts([checked, notFound], terminal);
    expect(statusOf(begun)).to.equal("compensating");
    const checkFirst = { step: "check", delivery: "e1" };
    expect(next(begun)).to.equal("check");
    const late = facts([checked, notFound, priced], terminal);
    expect(next(late, checkFirst), "the one asked for is still under way").to.equal("check");
    const afterwards = facts([checked, notFound, priced, undo(checked)], terminal);
    expect(statusOf(afterwards)).to.equal("compensating");
    expect(next(afterwards, checkFirst)).to.equal("price");
    expect(statusOf(facts([checked, notFound, priced, undo(checked), undo(priced)], terminal))).to.equal("compensated");
  });

  it("stays compensating while a step may still finish", () => {
    const moving = delivery("price", ["e2"], 2, { status: "retrying" });
    expect(statusOf(facts([checked, moving, notFound, undo(checked)], terminal))).to.equal("compensating");
  });

  it("does not wait for a terminally failed step that was redriven before the ledger knew of the failure", () => {
    const sentBack = delivery("find", ["e2"], 3, { status: "retrying", attempts: 2, error });
    expect(statusOf(facts([checked, priced, sentBack, undo(checked), undo(priced)], terminal))).to.equal("compensated");
    expect(statusOf(facts([checked, priced, sentBack, undo(checked), undo(priced)], end("find", "e2", "given-up")))).to.equal(
      "compensating",
    );
  });

  it("stops at a compensation with a dead letter, and continues after its redrive", () => {
    const stuck = facts([checked, priced, notFound, undo(priced, "failed")], terminal);
    expect(statusOf(stuck)).to.equal("compensation-failed");
    expect(next(stuck)).to.equal("price");
    expect(next(facts([checked, priced, notFound, undo(priced)], terminal))).to.equal("check");
  });

  it("compensates no step that only contributed a part of a join, and no surplus part", () => {
    const elsewhere = delivery("finish", ["e3"], 4, { continuedIn: "r-2" });
    const surplus = delivery("finish", ["e9"], 4, { surplus: true });
    expect(next(facts([checked, notFound, elsewhere, surplus], terminal))).to.equal("check");
  });

  it("compensates a delivery that succeeded after it was given up", () => {
    expect(next(facts([checked, priced, found, finished], terminal))).to.equal("finish");
  });
});

describe("mayRedrive", () => {
  it("allows a step until its request is being compensated or has ended, and a compensation until everything is compensated", () => {
    const all = [
      "accepted",
      "running",
      "blocked",
      "compensating",
      "completed",
      "failed",
      "compensated",
      "compensation-failed",
    ] as const;
    expect(all.filter((status) => mayRedrive(status, "Asked"))).to.deep.equal(["accepted", "running", "blocked"]);
    expect(all.filter((status) => mayRedrive(status, "CompensateStep"))).to.deep.equal(["compensating", "compensation-failed"]);
  });
});

describe("settle / saga, any order and repetition", () => {
  const all = [checked, priced, notFound, found, undo(priced, "retrying"), undo(priced), undo(checked)];
  const merged = (deliveries: readonly DeliveryFact[]) => {
    const best = new Map<string, DeliveryFact>();
    for (const one of deliveries) {
      const key = `${one.step} ${one.delivery}`;
      const before = best.get(key);
      if (!before || rankOf(one) > rankOf(before)) best.set(key, one);
    }
    return [...best.values()];
  };

  it("is the same state", () => {
    fc.assert(
      fc.property(
        fc
          .shuffledSubarray(all)
          .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray([...some, ...some], { minLength: some.length * 2 }))),
        fc.boolean(),
        ([some, again], doomed) => {
          const [one, two] = [
            facts(merged(some), ...(doomed ? [terminal] : [])),
            facts(merged(again), ...(doomed ? [terminal] : [])),
          ];
          expect(settle(saga, two).status).to.equal(settle(saga, one).status);
          expect(nextToUndo(saga, two, undefined)).to.deep.equal(nextToUndo(saga, one, undefined));
        },
      ),
    );
  });

  it("ends compensated, with each step compensated once, in any order of completion", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([checked, priced, finished], { minLength: 1 }),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        (late, coin) => {
          const known: DeliveryFact[] = [notFound];
          const undone: string[] = [];
          let before: Undo | undefined;
          for (let pending = [...late]; ; ) {
            const one = coin.shift() !== false ? pending.shift() : undefined;
            if (one) known.push(one);
            before = nextToUndo(saga, facts(known, terminal), before);
            const target = before && known.find(({ step, compensates }) => step === before?.step && compensates === undefined);
            if (target) {
              undone.push(target.step);
              known.push(undo(target));
            } else if (pending.length === 0) break;
          }
          expect([...undone].sort()).to.deep.equal(late.map(({ step }) => step).sort());
        },
      ),
    );
  });
});
