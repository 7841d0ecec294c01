import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import orderFulfilment from "../../../../flows/order-fulfilment.ts";
import { type BusEvent, type CompensateStepData, compensationOf } from "../../../../model/envelope.ts";
import { graph } from "../../../../model/index.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { deliver, type FakeDependencies, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const FLOW = "order-fulfilment";
const at = (second: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + second * 1_000).toISOString();
function serve(around: FakeDependencies = fakeDependencies()) {
  const key = { pk: `graph#${FLOW}`, sk: "0123456789abcdef" };
  around.table.items.set(`${key.pk}|${key.sk}`, { ...key, graph: JSON.stringify(graph(orderFulfilment)) });
  return { ...around, handle: serveLedger(() => around.services) };
}
const summary = (fixture: FakeDependencies) => fixture.table.items.get("request#r-1|summary");
const asks = (fixture: FakeDependencies) =>
  fixture.bus.named("CompensateStep").map(({ detail }) => (detail.data as CompensateStepData).step);
const report = (name: string, data: object, second: number) =>
  busEvent(name, data, { flow: FLOW, step: "x", eventId: `${name}-${JSON.stringify(data)}`, occurredAt: at(second) });
const done = (step: string, cause: string, emitted: [string, string], second: number) =>
  report(
    "StepSucceeded",
    {
      step,
      delivery: cause,
      causes: [cause],
      attempts: 1,
      startedAt: at(second),
      finishedAt: at(second + 1),
      emitted: [{ name: emitted[0], eventId: emitted[1] }],
    },
    second + 1,
  );
const undone = ({ detail }: BusEvent, name = "StepSucceeded", more: object = { emitted: [] }) => {
  const { step, delivery } = detail.data as CompensateStepData;
  const times = { startedAt: at(20), finishedAt: at(21) };
  return report(
    name,
    {
      step,
      delivery: compensationOf(delivery),
      compensates: delivery,
      causes: [detail.metadata.eventId],
      attempts: 1,
      ...times,
      ...more,
    },
    21,
  );
};
const requested = busEvent("FulfilmentRequested", {}, { flow: FLOW, eventId: "e-1", occurredAt: at(0) });
const tooLate = report(
  "StepFailed",
  {
    step: "confirm",
    delivery: "e-4",
    causes: ["e-4"],
    attempts: 1,
    startedAt: at(9),
    finishedAt: at(10),
    outcome: "dead-letter",
    terminal: true,
    error: { code: "TOO_LATE", message: "no" },
  },
  10,
);
const history = [
  requested,
  done("reserve", "e-1", ["StockReserved", "e-2"], 1),
  done("charge", "e-2", ["PaymentCharged", "e-3"], 3),
  done("ship", "e-3", ["ParcelShipped", "e-4"], 5),
  tooLate,
];
const feed = async (fixture: ReturnType<typeof serve>, ...events: readonly BusEvent[]) => {
  for (const event of events) expect(await deliver(fixture.handle, message(event))).to.eql([]);
};

describe("ledger / saga", () => {
  it("asks for more log lines of a request that an operator debugs, also long after its first event", async () => {
    const debugged = ({ detail, ...event }: BusEvent): BusEvent => ({
      ...event,
      detail: { ...detail, metadata: { ...detail.metadata, debug: true } },
    });
    const fixture = serve();
    await feed(fixture, ...history.slice(0, 4).map(debugged));
    await feed(fixture, tooLate);
    expect(fixture.bus.named("CompensateStep").map(({ detail }) => detail.metadata.debug)).to.deep.equal([true]);
    const plain = serve();
    await feed(plain, ...history);
    expect(plain.bus.named("CompensateStep").map(({ detail }) => detail.metadata)).not.to.have.nested.property("[0].debug");
  });

  it("asks the completed steps to undo what they did, the last first, each when the one before is done", async () => {
    const fixture = serve();
    await feed(fixture, ...history.slice(0, 4));
    expect(asks(fixture)).to.eql([]);
    await feed(fixture, tooLate);
    expect(summary(fixture)?.status).to.equal("compensating");
    for (const step of ["ship", "charge", "reserve"]) {
      expect(asks(fixture).at(-1)).to.equal(step);
      await feed(fixture, undone(fixture.bus.named("CompensateStep").at(-1) as BusEvent));
    }
    expect(asks(fixture)).to.eql(["ship", "charge", "reserve"]);
    expect(summary(fixture)?.status).to.equal("compensated");
    const [first] = fixture.bus.named("CompensateStep");
    expect(first?.source).to.equal(`hub.${FLOW}`);
    expect(first?.detail.metadata).to.deep.include({ flow: FLOW, requestId: "r-1", correlationId: "c-1", tenant: "key-1" });
  });

  it("asks once, however often it hears of the failure and of attempts under way", async () => {
    const fixture = serve();
    await feed(fixture, ...history, ...history);
    const retry = { error: { code: "E", message: "e" }, outcome: "retry" };
    await feed(fixture, undone(fixture.bus.named("CompensateStep")[0] as BusEvent, "StepFailed", retry), tooLate);
    expect(asks(fixture)).to.eql(["ship"]);
    expect(summary(fixture)?.status).to.equal("compensating");
  });

  it("asks again, under the same id, when the bus was down or the function died before it could say that it had asked", async () => {
    const fixture = serve();
    await feed(fixture, ...history.slice(0, 4));
    fixture.bus.down = true;
    expect(await deliver(fixture.handle, message(tooLate))).to.eql(["m-1"]);
    fixture.bus.down = false;
    await feed(fixture, tooLate);
    expect(asks(fixture)).to.eql(["ship"]);
    fixture.table.failures.push(...Array.from({ length: 5 }, () => undefined), new Error("killed"));
    const before = fixture.bus.named("CompensateStep").length;
    await deliver(fixture.handle, message(undone(fixture.bus.named("CompensateStep")[0] as BusEvent)));
    await deliver(fixture.handle, message(undone(fixture.bus.named("CompensateStep")[0] as BusEvent)));
    const later = fixture.bus.named("CompensateStep").slice(before);
    expect(new Set(later.map(({ detail }) => detail.metadata.eventId)).size).to.equal(1);
    expect(new Set(asks(fixture).slice(before))).to.eql(new Set(["charge"]));
  });

  it("stops at a dead-lettered compensation, and continues when it succeeds later", async () => {
    const fixture = serve();
    await feed(fixture, ...history);
    const [first] = fixture.bus.named("CompensateStep");
    const failed = { error: { code: "E", message: "e" }, outcome: "dead-letter", terminal: true };
    await feed(fixture, undone(first as BusEvent, "StepFailed", failed));
    expect(summary(fixture)?.status).to.equal("compensation-failed");
    expect(asks(fixture)).to.eql(["ship"]);
    await feed(fixture, undone(first as BusEvent));
    expect(summary(fixture)?.status).to.equal("compensating");
    expect(asks(fixture)).to.eql(["ship", "charge"]);
  });

  it("begins when a dead letter is discarded", async () => {
    const fixture = serve();
    const error = { code: "E", message: "down" };
    const times = { startedAt: at(3), finishedAt: at(4) };
    const charge = { step: "charge", delivery: "e-2" };
    await feed(fixture, ...history.slice(0, 2));
    await feed(
      fixture,
      report("StepFailed", { ...charge, causes: ["e-2"], attempts: 8, ...times, outcome: "dead-letter", error }, 4),
    );
    expect(summary(fixture)?.status).to.equal("blocked");
    await feed(
      fixture,
      report("StepGivenUp", { ...charge, error: { code: "DISCARDED", message: "customer left" }, givenUpAt: at(9) }, 9),
    );
    expect(summary(fixture)?.status).to.equal("compensating");
    expect(asks(fixture)).to.eql(["reserve"]);
  });

  it("ends compensated, never two at a time, with each effect compensated once, in any order, with repetitions and races", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...history.keys()], { minLength: history.length }),
        fc.array(fc.nat(history.length - 1), { maxLength: 6 }),
        fc.array(fc.nat(9), { minLength: 60, maxLength: 60 }),
        async (order, repeated, picks) => {
          const fixture = serve();
          const other = serveLedger(() => fixture.services);
          const pending = [...order, ...repeated].map((i) => history[i] as BusEvent);
          const finished = new Set<string>();
          let heard = 0;
          for (let turn = 0; pending.length > 0 && turn < 60; turn += 1) {
            const [one] = pending.splice((picks[turn] ?? 0) % pending.length, 1);
            if (one && (one.detail.data as { compensates?: string }).compensates) {
              finished.add((one.detail.data as { causes: string[] }).causes[0] ?? "");
            }
            const both = await Promise.all([
              deliver(fixture.handle, message(one)),
              ...((picks[turn] ?? 0) % 3 === 0 ? [deliver(other, message(one))] : []),
            ]);
            if (both.flat().length > 0) pending.push(one as BusEvent);
            const fresh = fixture.bus.named("CompensateStep").slice(heard);
            heard += fresh.length;
            const open =
              new Set(fixture.bus.named("CompensateStep").map(({ detail }) => detail.metadata.eventId)).size - finished.size;
            expect(open, "asked for and not done").to.be.at.most(1);
            for (const ask of fresh) {
              // The step's delivery record absorbs what is asked twice.
              pending.push(undone(ask));
            }
          }
          expect(summary(fixture)?.status).to.equal("compensated");
          expect(new Set(asks(fixture))).to.eql(new Set(["reserve", "charge", "ship"]));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("undoes the same when some facts are dropped and all are replayed from the archive, before or during it (property)", async () => {
    const every = { minLength: history.length };
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(history),
        fc.shuffledSubarray(history, every),
        fc.nat(3),
        async (delivered, replayed, after) => {
          const fixture = serve();
          await feed(fixture, ...delivered);
          let asked = 0;
          for (let turn = 0; ; turn += 1) {
            if (turn === after) await feed(fixture, ...replayed);
            const next = fixture.bus.named("CompensateStep").slice(asked);
            if (next.length === 0 && turn >= after) break;
            asked += next.length;
            await feed(fixture, ...next.map((ask) => undone(ask)));
          }
          expect(summary(fixture)?.status).to.equal("compensated");
          expect(new Set(asks(fixture))).to.eql(new Set(["reserve", "charge", "ship"]));
        },
      ),
      { numRuns: 60 },
    );
  });
});
