import { expect } from "chai";
import { describe, it } from "mocha";
import {
  type BusEvent,
  type CompensateStepData,
  compensationOf,
  LISTED_EVENTS,
  type StepSucceededData,
} from "../../model/envelope.ts";
import type { FlowGraph } from "../../model/index.ts";
import { serveLedger } from "../../runtime/functions/ledger/serve-ledger.ts";
import { eventIdOf } from "../../runtime/ids.ts";
import { deliver, fakeDependencies, message } from "../runtime/fakes/dependencies.ts";
import { busEvent } from "../runtime/fakes/fake-bus.ts";
import { stateOf } from "../runtime/functions/ledger/request-state.ts";

const FLOW = "imports";
const at = (second: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + second * 1_000).toISOString();
const on = (event: string) => ({ kind: "event", event }) as const;

const graphWith = (compensates: boolean): FlowGraph => ({
  flow: FLOW,
  summary: "",
  owner: "",
  triggers: [{ name: "files", kind: "api", route: "POST /files", emits: "FileReceived" }],
  events: ["FileReceived", "RowFound", "RowStored"].map((name) => ({ name, version: 1, imported: false })),
  steps: [
    { name: "split", on: on("FileReceived"), emits: ["RowFound"], uses: [], compensates: false },
    { name: "store", on: on("RowFound"), emits: ["RowStored"], uses: [], compensates },
    { name: "count", on: on("RowStored"), emits: [], uses: [], compensates: false },
  ],
  adapters: [],
});

function serve(compensates = false) {
  const around = fakeDependencies();
  const key = { pk: `graph#${FLOW}`, sk: "0123456789abcdef" };
  around.table.items.set(`${key.pk}|${key.sk}`, { ...key, graph: JSON.stringify(graphWith(compensates)) });
  return { ...around, handle: serveLedger(() => around.services), other: serveLedger(() => around.services) };
}

let n = 0;
const report = (name: string, data: object, second: number, requestId: string): BusEvent => {
  n += 1;
  return busEvent(name, data, { flow: FLOW, step: "x", eventId: `x-${n}`, occurredAt: at(second), requestId });
};
const succeeded = (step: string, cause: string, second: number, more: Partial<StepSucceededData>, requestId = "r-1") =>
  report(
    "StepSucceeded",
    {
      step,
      delivery: cause,
      causes: [cause],
      attempts: 1,
      startedAt: at(second),
      finishedAt: at(second + 1),
      emitted: [],
      ...more,
    },
    second + 1,
    requestId,
  );
const idOf = (step: string, cause: string, name: string, ordinal = 0, requestId = "r-1") =>
  eventIdOf({ requestId, step, causes: [cause], name, ordinal });

/** All reports of a request whose first step publishes `rows` events, each of which two steps follow. */
function history(rows: number, requestId = "r-1"): readonly BusEvent[] {
  const first = busEvent("FileReceived", {}, { flow: FLOW, eventId: "e-1", occurredAt: at(0), requestId });
  const found = Array.from({ length: rows }, (_, i) => idOf("split", "e-1", "RowFound", i, requestId));
  return [
    first,
    succeeded(
      "split",
      "e-1",
      1,
      rows > LISTED_EVENTS
        ? { emittedCounts: { RowFound: rows } }
        : { emitted: found.map((eventId) => ({ name: "RowFound", eventId })) },
      requestId,
    ),
    ...found.flatMap((row, i) => {
      const stored = { name: "RowStored", eventId: idOf("store", row, "RowStored", 0, requestId) };
      return [
        succeeded("store", row, 2 + (i % 50), { emitted: [stored] }, requestId),
        succeeded("count", stored.eventId, 60, {}, requestId),
      ];
    }),
  ];
}

/** Deals the events out the same way each time: far apart from their causes, one in twenty a second time. */
function dealt(events: readonly BusEvent[]): readonly BusEvent[] {
  const all = events.flatMap((event, i) => (i % 20 === 7 ? [event, event] : [event]));
  return all
    .map((event, i) => ({ event, key: (i * 7_919) % all.length }))
    .sort((a, b) => a.key - b.key)
    .map(({ event }) => event);
}

async function feed(fixture: ReturnType<typeof serve>, events: readonly BusEvent[], size = 10) {
  const pending = events.map((event, i) => message(event, `m-${i}`));
  for (let [rounds, next] = [0, 0]; next < pending.length; rounds += 1, next += 2 * size) {
    const [mine, theirs] = [pending.slice(next, next + size), pending.slice(next + size, next + 2 * size)];
    const back = [
      ...(await deliver(fixture.handle, ...mine)),
      ...(theirs.length > 0 ? await deliver(fixture.other, ...theirs) : []),
    ];
    pending.push(...[...mine, ...theirs].filter(({ messageId }) => back.includes(messageId)));
    if (rounds > events.length + 100) throw new Error("messages keep coming back");
  }
}
const summary = ({ table }: ReturnType<typeof serve>, requestId = "r-1") => table.items.get(`request#${requestId}|summary`);

describe("ledger / fan-out", () => {
  const costs = new Map<number, { readonly calls: number; readonly bytes: number }>();
  for (const rows of [100, 50_000]) {
    it(`completes a request of ${1 + 2 * rows} deliveries, whose reports come in any order, some twice`, async () => {
      const fixture = serve();
      const events = dealt(history(rows));
      await feed(fixture, events);
      const state = await stateOf(fixture, "r-1");
      expect(state.status).to.equal("completed");
      expect(state.steps.map(({ step, status, count }) => [step, status, count])).to.eql([
        ["split", "succeeded", 1],
        ["store", "succeeded", rows],
        ["count", "succeeded", rows],
      ]);
      expect(state.eventCounts).to.eql({ FileReceived: 1, RowFound: rows, RowStored: rows });
      const bytes = Math.max(...[...fixture.table.items.values()].map((item) => JSON.stringify(item).length));
      costs.set(rows, { calls: fixture.table.calls.length / events.length, bytes });
    });
  }

  it("costs the same for each report of a small and of a large request, and no item grows", () => {
    const [small, large] = [costs.get(100), costs.get(50_000)];
    if (!small || !large) throw new Error("run the two tests before");
    // In a batch of ten: one read and one write of the summary, and a read and a write of each report's own item.
    expect(large.calls).to.be.below(2.4);
    expect(small.calls).to.be.below(2.4);
    expect(large.calls / small.calls).to.be.within(0.8, 1.25);
    expect(large.bytes).to.be.below(20_000);
    expect(small.bytes).to.be.below(20_000);
  });

  it("does not end while one of thousands has not been reported", async () => {
    const fixture = serve();
    const events = history(1_000);
    const missing = events.findIndex(({ detail }) => (detail.data as { step?: string }).step === "count");
    await feed(fixture, dealt(events.filter((_, i) => i !== missing)), 50);
    expect(summary(fixture)?.status).to.equal("running");
    await feed(fixture, [events[missing] as BusEvent]);
    expect(summary(fixture)?.status).to.equal("completed");
    // Long after, as from a replay.
    await feed(fixture, dealt(events).slice(0, 200));
    expect(summary(fixture)?.status).to.equal("completed");
  });

  it("counts each report once although functions die between any two writes", async () => {
    const fixture = serve();
    const events = dealt(history(60));
    let calls = 0;
    fixture.table.beforePut = async () => {
      calls += 1;
      if (calls % 61 === 3) throw new Error("killed");
    };
    await feed(fixture, events, 5);
    expect((await stateOf(fixture, "r-1")).steps.map(({ step, count }) => [step, count])).to.eql([
      ["split", 1],
      ["store", 60],
      ["count", 60],
    ]);
    expect(summary(fixture)?.status).to.equal("completed");
  });

  it("compensates all that was done, the last first, one at a time", async () => {
    const fixture = serve(true);
    const rows = 60;
    const all = history(rows);
    await feed(fixture, dealt(all.slice(0, -1)));
    const last = all.at(-1)?.detail.data as StepSucceededData;
    const failed = report(
      "StepFailed",
      { ...last, emitted: undefined, outcome: "dead-letter", terminal: true, error: { code: "REFUSED", message: "no" } },
      61,
      "r-1",
    );
    await feed(fixture, [failed]);
    expect(summary(fixture)?.status).to.equal("compensating");
    const finishedAt = new Map(
      all.map(({ detail }) => detail.data as StepSucceededData).map((data) => [data.delivery, data.finishedAt]),
    );
    const undone: string[] = [];
    for (let i = 0; i < rows; i += 1) {
      const asks = fixture.bus.named("CompensateStep");
      expect(asks).to.have.length(i + 1);
      const { step, delivery } = (asks.at(-1) as BusEvent).detail.data as CompensateStepData;
      expect(step).to.equal("store");
      undone.push(delivery);
      const done = { delivery: compensationOf(delivery), compensates: delivery, causes: [`c-${i}`] };
      await feed(fixture, [succeeded("store", delivery, 100 + i, done)]);
    }
    expect(new Set(undone).size).to.equal(rows);
    const times = undone.map((delivery) => finishedAt.get(delivery) ?? "");
    expect(times).to.eql([...times].sort().reverse());
    expect(summary(fixture)?.status).to.equal("compensated");
  });

  it("is blocked by one dead letter among thousands, and goes on after its redrive", async () => {
    const fixture = serve();
    const events = history(500);
    const last = events.at(-1)?.detail.data as StepSucceededData;
    const failed = (attempts: number, outcome: string) =>
      report("StepFailed", { ...last, attempts, outcome, error: { code: "DOWN", message: "503" } }, 61, "r-1");
    await feed(fixture, [...events.slice(0, -1), failed(8, "dead-letter")]);
    expect(summary(fixture)?.status).to.equal("blocked");
    const { steps } = await stateOf(fixture, "r-1");
    expect(steps.filter(({ status }) => status === "failed").map(({ step, count, error }) => [step, count, error?.code])).to.eql([
      ["count", 1, "DOWN"],
    ]);
    await feed(fixture, [failed(9, "redriven")]);
    expect(summary(fixture)?.status).to.equal("running");
    await feed(fixture, [events.at(-1) as BusEvent]);
    expect(summary(fixture)?.status).to.equal("completed");
  });
});

describe("ledger / cost of an order", () => {
  it("takes at most 13 calls and 18 write units for five reports that come one by one", async () => {
    const fixture = serve();
    const events = history(2);
    const written: number[] = [];
    let index = "";
    fixture.table.beforePut = async (item) => {
      const { status, updatedAt, listedAt } = item;
      // An index is written when one of the attributes that it holds changes.
      const listed = JSON.stringify([status, updatedAt, listedAt]);
      written.push(Math.ceil(JSON.stringify(item).length / 1_024) + (listed === index ? 0 : 2));
      index = listed;
    };
    for (const event of events.slice(0, 5)) await feed(fixture, [event]);
    // One more call reads the graph, once for each function. Two of the writes lead from the trace id and the correlation id to the request; one keeps its input.
    expect(fixture.table.calls.length - 1).to.be.at.most(12);
    expect(written.reduce((sum, units) => sum + units, 0)).to.be.at.most(18);
  });
});
