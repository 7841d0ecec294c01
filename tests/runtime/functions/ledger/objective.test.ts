import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { emfValues } from "../../../../emulator/cloudwatch/emf.ts";
import type { BusEvent } from "../../../../model/envelope.ts";
import { api, event, type Flow, flow, graph, step } from "../../../../model/index.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Placed = event("Placed", z.object({ lines: z.int() }));
const Line = event("Line", z.object({ n: z.int() }));
const ordersWith = (parts: Partial<Flow>, compensate?: () => void): Flow =>
  flow("orders", {
    summary: "",
    owner: "",
    triggers: { orders: api("POST /orders", { emits: Placed }) },
    steps: {
      split: step({ on: Placed, emits: [Line], handler: () => [], ...(compensate && { compensate }) }),
      book: step({ on: Line, emits: [], handler: () => [] }),
    },
    ...parts,
  } as never);
const orders = ordersWith({ slo: { completedWithin: "1 minute", for: "99.9 %" } });

const at = (second: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + second * 1_000).toISOString();
const accepted = busEvent("Placed", { lines: 1 }, { eventId: "e-1", occurredAt: at(0) });
const lines = (count: number) => Array.from({ length: count }, (_, i) => ({ name: "Line", eventId: `l-${i}` }));
const report = (name: string, second: number, data: object): BusEvent =>
  busEvent(
    name,
    { attempts: 1, startedAt: at(second), finishedAt: at(second), ...data },
    { eventId: `${name} ${second}`, occurredAt: at(second), step: "split" },
  );
const split = (second: number, count = 1) =>
  report("StepSucceeded", second, { step: "split", delivery: "e-1", causes: ["e-1"], emitted: lines(count) });
const booked = (second: number, n = 0, more: object = {}) =>
  report("StepSucceeded", second, { step: "book", delivery: `l-${n}`, causes: [`l-${n}`], emitted: [], ...more });
const failed = (second: number, outcome: string, more: object = {}) =>
  report("StepFailed", second, {
    ...{ step: "book", delivery: "l-0", causes: ["l-0"], outcome, error: { code: "E", message: "no" } },
    ...more,
  });
const cancelled = (second: number) => report("RequestCancelled", second, { by: "ann", at: at(second), why: "wrong order" });

/** What the ledger counts of the events, each of which comes twice. */
async function counted(events: readonly BusEvent[], of = orders) {
  const around = fakeDependencies();
  const [pk, sk] = ["graph#orders", "0123456789abcdef"];
  around.table.items.set(`${pk}|${sk}`, { pk, sk, graph: JSON.stringify(graph(of)) });
  const ledger = serveLedger(() => around.services);
  const counts = { inTime: 0, late: 0, afterEvents: [] as number[] };
  for (const [i, event] of events.entries()) {
    const before = counts.late + counts.inTime;
    for (const id of ["m", "again"]) expect(await deliver(ledger, message(event, id))).to.deep.equal([]);
    const found = [...around.measured.splice(0), ...around.lines.splice(0)].flatMap(emfValues);
    for (const { metric, dimensions, value } of found) {
      if (metric !== "RequestsInTime" && metric !== "RequestsLate") continue;
      expect(dimensions.Flow).to.equal("orders");
      counts[metric === "RequestsInTime" ? "inTime" : "late"] += value;
    }
    if (counts.late + counts.inTime > before) counts.afterEvents.push(i);
  }
  return counts;
}

describe("the objective of a flow", () => {
  const done = [accepted, split(1), booked(60)];

  it("is met by a request that completes in its time, and counts it once", async () => {
    expect(await counted(done)).to.deep.equal({ inTime: 1, late: 0, afterEvents: [2] });
  });

  it("is missed by a request that completes later", async () => {
    expect(await counted([accepted, split(1), booked(60.001)])).to.deep.equal({ inTime: 0, late: 1, afterEvents: [2] });
  });

  it("is missed as soon as something is reported of the request after its time, and not again when it ends", async () => {
    const late = await counted([accepted, split(1), failed(61, "retry"), booked(70)]);
    expect(late).to.deep.equal({ inTime: 0, late: 1, afterEvents: [2] });
  });

  it("is missed by a request that waits for an operator, though it completes in time after a redrive", async () => {
    const redriven = await counted([accepted, split(1), failed(2, "dead-letter"), booked(30, 0, { attempts: 3 })]);
    expect(redriven).to.deep.equal({ inTime: 0, late: 1, afterEvents: [2] });
  });

  it("is missed by a request that failed and is compensated, at once", async () => {
    const saga = ordersWith({ slo: orders.slo as NonNullable<Flow["slo"]> }, () => {});
    const compensated = await counted([accepted, split(1), failed(2, "dead-letter", { terminal: true })], saga);
    expect(compensated).to.deep.equal({ inTime: 0, late: 1, afterEvents: [2] });
  });

  it("leaves out a request that was cancelled before its time was over", async () => {
    const over = await counted([accepted, split(1), cancelled(2), booked(90, 0, { cancelled: undefined })]);
    expect(over).to.deep.equal({ inTime: 0, late: 0, afterEvents: [] });
  });

  it("counts a request of many events once as well, when the last of them was taken", async () => {
    const many = [accepted, split(1, 300), ...Array.from({ length: 300 }, (_, n) => booked(2, n))];
    expect(await counted(many)).to.deep.equal({ inTime: 1, late: 0, afterEvents: [301] });
  });

  it("counts nothing in a flow that declares none", async () => {
    expect(await counted([...done, booked(90)], ordersWith({}))).to.deep.equal({ inTime: 0, late: 0, afterEvents: [] });
  });
});
