import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import orderToErp from "../../../../flows/order-to-erp.ts";
import type { BusEvent, StepFailedData, StepSucceededData } from "../../../../model/envelope.ts";
import { graph } from "../../../../model/index.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { deliver, type FakeDependencies, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { stateOf } from "./request-state.ts";

const FLOW = "order-to-erp";
const at = (second: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + second * 1_000).toISOString();

function serve(around: FakeDependencies = fakeDependencies()) {
  around.table.items.set(`graph#${FLOW}|0123456789abcdef`, {
    pk: `graph#${FLOW}`,
    sk: "0123456789abcdef",
    graph: JSON.stringify(graph(orderToErp)),
  });
  return { ...around, handle: serveLedger(() => around.services) };
}

const summary = (fixture: FakeDependencies, requestId = "r-1") => fixture.table.items.get(`request#${requestId}|summary`);
const steps = async (fixture: FakeDependencies) => (await stateOf(fixture, "r-1")).steps;

let n = 0;
const meta = (second: number, step: string, requestId: string) => {
  n += 1;
  return { flow: FLOW, occurredAt: at(second), step, requestId, eventId: `x-${n}` };
};
const fact = (name: string, eventId: string, second: number, step: string, requestId = "r-1") =>
  busEvent(name, { private: true }, { ...meta(second, step, requestId), eventId });
const succeeded = (
  step: string,
  causes: string[],
  emitted: StepSucceededData["emitted"],
  second: number,
  requestId = "r-1",
  delivery = causes.join("+"),
): BusEvent =>
  busEvent(
    "StepSucceeded",
    { step, delivery, causes, attempts: 1, startedAt: at(second), finishedAt: at(second + 1), emitted },
    meta(second + 1, step, requestId),
  );
const failed = (
  step: string,
  causes: string[],
  attempts: number,
  outcome: StepFailedData["outcome"],
  second: number,
  requestId = "r-1",
): BusEvent =>
  busEvent(
    "StepFailed",
    {
      step,
      delivery: causes.join("+"),
      causes,
      attempts,
      startedAt: at(second),
      finishedAt: at(second + attempts),
      outcome,
      error: { code: "E", message: `attempt ${attempts}` },
    },
    meta(second + attempts, step, requestId),
  );

/** All that the bus carries for one request that ends well, after the adapter failed twice. */
const history = (requestId: string): BusEvent[] => [
  fact("IntegrationRequested", "e-1", 0, "trigger:orders", requestId),
  fact("IntegrationValidated", "e-2", 2, "validate", requestId),
  fact("RuleApplied", "e-3", 4, "applyRules", requestId),
  fact("DataEnriched", "e-4", 5, "enrich", requestId),
  fact("OrderRegistered", "e-5", 9, "register", requestId),
  succeeded("validate", ["e-1"], [{ name: "IntegrationValidated", eventId: "e-2" }], 1, requestId),
  succeeded("applyRules", ["e-2"], [{ name: "RuleApplied", eventId: "e-3" }], 3, requestId),
  failed("enrich", ["e-2"], 1, "retry", 3, requestId),
  failed("enrich", ["e-2"], 2, "retry", 3, requestId),
  succeeded("enrich", ["e-2"], [{ name: "DataEnriched", eventId: "e-4" }], 3, requestId),
  succeeded("register", ["e-3", "e-4"], [{ name: "OrderRegistered", eventId: "e-5" }], 8, requestId, "join:abc"),
];
const statusOf = (item: ReturnType<typeof summary>) => ({ ...item, rev: 0 });

describe("ledger", () => {
  it("follows a request from accepted to completed", async () => {
    const fixture = serve();
    const seen: unknown[] = [];
    for (const event of history("r-1")) {
      expect(await deliver(fixture.handle, message(event))).to.eql([]);
      seen.push(summary(fixture)?.status);
    }
    expect(seen[0]).to.equal("accepted");
    expect(seen[5]).to.equal("running");
    expect(seen.at(-1)).to.equal("completed");
    expect(summary(fixture)).to.deep.include({
      requestId: "r-1",
      correlationId: "c-1",
      tenant: "key-1",
      flow: FLOW,
      graph: "0123456789abcdef",
      createdAt: at(0),
      updatedAt: at(9),
      correlatedIn: "key-1#c-1",
      listedAt: `${at(0)}#r-1`,
      rev: 7,
      expiresAt: Date.parse(at(9)) / 1_000 + 90 * 86_400,
    });
    expect(summary(fixture)?.listedIn).to.match(/^key-1#[0-3]$/);
    expect(await steps(fixture)).to.deep.include({
      step: "validate",
      status: "succeeded",
      attempts: 1,
      startedAt: at(1),
      finishedAt: at(2),
    });
    // The payload is in the item from which the request can be run again, which no caller's route reads, and nowhere else.
    const holders = [...fixture.table.items.values()].filter((item) => JSON.stringify(item).includes("private"));
    expect(holders.map(({ pk }) => pk)).to.deep.equal(["input#r-1"]);
  });

  it("ends the same for the same facts, in any order, any number of times, in any batches, by functions that race", async () => {
    const reference = serve();
    for (const requestId of ["r-1", "r-2"])
      for (const event of history(requestId)) await deliver(reference.handle, message(event));
    const all = [...history("r-1"), ...history("r-2")];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...all.keys()], { minLength: all.length }),
        fc.array(fc.nat(all.length - 1), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 3, maxLength: 3 }),
        async (order, repeated, sizes) => {
          const fixture = serve();
          const other = serveLedger(() => fixture.services);
          let pending = [...order, ...repeated].map((i, id) => message(all[i], `m-${id}`));
          for (let i = 0; pending.length > 0; i += 1) {
            const [mine, theirs] = [pending.slice(0, sizes[i % 3]), pending.slice(sizes[i % 3], (sizes[i % 3] ?? 0) + 3)];
            const back = (await Promise.all([deliver(fixture.handle, ...mine), deliver(other, ...theirs)])).flat();
            pending = [
              ...pending.slice(mine.length + theirs.length),
              ...[...mine, ...theirs].filter(({ messageId }) => back.includes(messageId)),
            ];
            if (i > 200) throw new Error("messages keep coming back");
          }
          for (const requestId of ["r-1", "r-2"])
            expect(statusOf(summary(fixture, requestId))).to.eql(statusOf(summary(reference, requestId)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("agrees on prefixes too: only known facts count", async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(history("r-1"), { minLength: 1 }), async (known) => {
        const [first, second] = [serve(), serve()];
        for (const event of known) await deliver(first.handle, message(event));
        await deliver(second.handle, ...known.toReversed().map((event, i) => message(event, `m-${i}`)));
        // Lists show the time of the last change of status, which depends on what came first.
        expect({ ...statusOf(summary(second)), updatedAt: "" }).to.eql({ ...statusOf(summary(first)), updatedAt: "" });
      }),
      { numRuns: 60 },
    );
  });

  it("ends the same when some facts are dropped and all are replayed from the archive, in another order (property)", async () => {
    const all = history("r-1");
    const reference = serve();
    for (const event of all) await deliver(reference.handle, message(event));
    const every = { minLength: all.length };
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all), fc.shuffledSubarray(all, every), async (delivered, replayed) => {
        const fixture = serve();
        for (const event of delivered) await deliver(fixture.handle, message(event));
        await deliver(fixture.handle, ...replayed.map((event, i) => message({ ...event, "replay-name": "again" }, `m-${i}`)));
        expect(statusOf(summary(fixture))).to.eql(statusOf(summary(reference)));
      }),
      { numRuns: 60 },
    );
  });

  it("does not let a function that was held up write an older state over a newer one", async () => {
    const fixture = serve();
    const [first, ...rest] = history("r-1");
    let goOn = () => {};
    let isHeld = () => {};
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    fixture.table.beforePut = async ({ sk }) => {
      if (sk !== "summary") return;
      fixture.table.beforePut = async () => {};
      isHeld();
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    };
    const slow = deliver(fixture.handle, message(first, "slow"));
    await held;
    await deliver(fixture.handle, ...rest.map((event, i) => message(event, `m-${i}`)));
    goOn();
    expect(await slow).to.eql([]);
    expect(summary(fixture)?.status).to.equal("completed");
  });

  it("keeps the furthest report of a delivery", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(fact("IntegrationRequested", "e-1", 0, "trigger:orders")));
    await deliver(fixture.handle, message(failed("validate", ["e-1"], 3, "dead-letter", 1)));
    expect(summary(fixture)?.status).to.equal("blocked");
    await deliver(fixture.handle, message(failed("validate", ["e-1"], 2, "retry", 1)));
    expect(summary(fixture)?.status).to.equal("blocked");
    expect(await steps(fixture)).to.deep.include({
      step: "validate",
      status: "failed",
      attempts: 3,
      startedAt: at(1),
      finishedAt: at(4),
      error: { code: "E", message: "attempt 3" },
    });
    await deliver(fixture.handle, message(succeeded("validate", ["e-1"], [], 9)));
    expect(summary(fixture)?.status).to.equal("completed");
  });

  it("returns events whose graph is not stored yet, and loses none of them", async () => {
    const fixture = serve();
    const key = `graph#${FLOW}|0123456789abcdef`;
    const item = fixture.table.items.get(key);
    fixture.table.items.delete(key);
    expect(await deliver(fixture.handle, message(history("r-1")[0]))).to.eql(["m-1"]);
    fixture.table.items.set(key, item as never);
    expect(await deliver(fixture.handle, message(history("r-1")[0]))).to.eql([]);
    expect(summary(fixture)?.status).to.equal("accepted");
  });

  it("brings back only the messages that failed", async () => {
    const fixture = serve();
    const good = history("r-1")[0];
    const report = { ...busEvent("StepSucceeded", { step: "validate" }, { flow: FLOW }) };
    const unknown = busEvent("Odd", {}, { flow: "unknown", requestId: "r-9" });
    expect(
      await deliver(fixture.handle, message("garbage", "a"), message(good, "b"), message(report, "c"), message(unknown, "d")),
    ).to.eql(["a", "c", "d"]);
    expect(summary(fixture)?.status).to.equal("accepted");
  });

  it("settles a request once a batch", async () => {
    const fixture = serve();
    await deliver(
      fixture.handle,
      ...history("r-1")
        .slice(0, 10)
        .map((event, i) => message(event, `m-${i}`)),
    );
    expect(summary(fixture)?.rev).to.equal(1);
  });
});
