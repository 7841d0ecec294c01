import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import type { StepSucceededData } from "../../../../model/envelope.ts";
import { api, event, flow, join, step } from "../../../../model/index.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { TableBusyError } from "../../../../runtime/ports.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Split = event("Split", z.object({ lines: z.array(z.string()) }));
const Line = event("Line", z.object({ n: z.int(), text: z.string().default("") }));

function serve(options: { readonly within?: "1 hour"; readonly tolerate?: number } = {}) {
  const around = fakeDependencies();
  const inputs: { readonly of: unknown; readonly all: readonly { readonly n: number }[]; readonly missing: number }[] = [];
  const orders = flow("orders", {
    summary: "",
    owner: "",
    triggers: { split: api("POST /splits", { emits: Split }) },
    steps: {
      publish: step({ on: Split, emits: [Line], handler: () => [] }),
      gather: step({
        on: join.all(Line, { of: Split, count: "lines", ...options }),
        emits: [],
        handler: (input) => {
          inputs.push(input);
          return [];
        },
      }),
    },
  });
  return { ...around, inputs, handle: serveStep(orders, "gather", validatorsOf(orders), () => around.services) };
}
const split = (count: number, eventId = "split") =>
  busEvent("Split", { lines: Array.from({ length: count }, (_, n) => `${n}`) }, { eventId });
const second = (n: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + n * 1_000).toISOString();
const line = (n: number, text = "") => busEvent("Line", { n, text }, { eventId: `line-${n}`, occurredAt: second(n) });
const numbersOf = ({ inputs }: ReturnType<typeof serve>) => inputs.map(({ all }) => all.map(({ n }) => n));
const reports = ({ bus }: ReturnType<typeof serve>) =>
  bus.named("StepSucceeded").map(({ detail }) => detail.data as StepSucceededData);

describe("counted join", () => {
  it("runs the handler once with all events, in the order in which they happened, however they come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 6 }).chain((count) => {
          const all = [...Array(count).keys(), -1];
          return fc.record({
            count: fc.constant(count),
            order: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
            sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
          });
        }),
        async ({ count, order, sizes }) => {
          const fixture = serve();
          let pending = order.map((n, i) => message(n < 0 ? split(count) : line(n), `m-${i}`));
          for (let i = 0; pending.length > 0; i += 1) {
            const batch = pending.slice(0, sizes[i % sizes.length]);
            const back = await deliver(fixture.handle, ...batch);
            fixture.clock.time += 31_000;
            pending = [...pending.slice(batch.length), ...batch.filter(({ messageId }) => back.includes(messageId))];
            if (i > 100) throw new Error("messages keep coming back");
          }
          expect(numbersOf(fixture)).to.deep.equal([[...Array(count).keys()]]);
          expect(fixture.inputs[0]?.missing).to.equal(0);
          expect(fixture.sent).to.deep.equal([]);
          const [report] = reports(fixture);
          expect(report?.parts).to.deep.equal({ Split: 1, ...(count > 0 && { Line: count }) });
        },
      ),
      { numRuns: 100 },
    );
  });

  it("lifts events that the code before has collected, and what says how many", async () => {
    const Listed = event("Split", z.object({ lines: z.int() }), {
      version: 2,
      from: { 1: { schema: z.object({ lines: z.array(z.string()) }), lift: ({ lines }) => ({ lines: lines.length }) } },
    });
    const Priced = event("Line", z.object({ n: z.int(), cents: z.int() }), {
      version: 2,
      from: { 1: { schema: z.object({ n: z.int() }), lift: ({ n }) => ({ n, cents: 100 * n }) } },
    });
    const newer = (n: number) => busEvent("Line", { n, cents: 7 }, { eventId: `line-${n}`, occurredAt: second(n), version: 2 });
    for (const order of ["of", "all"]) {
      const before = serve();
      const early = order === "of" ? [split(3), line(0)] : [line(0), line(1)];
      for (const [i, one] of early.entries()) await deliver(before.handle, message(one, `early-${i}`));
      const inputs: unknown[] = [];
      const orders = flow("orders", {
        summary: "",
        owner: "",
        triggers: { split: api("POST /splits", { emits: Listed }) },
        steps: {
          publish: step({ on: Listed, emits: [Priced], handler: () => [] }),
          gather: step({
            on: join.all(Priced, { of: Listed, count: "lines" }),
            emits: [],
            handler: (input, { eventVersion }) => {
              inputs.push({ ...input, eventVersion });
              return [];
            },
          }),
        },
      });
      const handle = serveStep(orders, "gather", validatorsOf(orders), () => before.services);
      for (const [i, one] of [split(3), line(1), newer(2)].entries()) await deliver(handle, message(one, `late-${i}`));
      const all = [0, 100, 7].map((cents, n) => ({ n, cents }));
      expect(inputs, order).to.deep.equal([{ of: { lines: 3 }, all, missing: 0, eventVersion: 1 }]);
      expect(before.sent).to.deep.equal([]);
    }
  });

  it("counts each event once: one that comes again does not stand for another", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(split(2), "s"));
    for (const id of ["a", "b", "c", "d"]) await deliver(fixture.handle, message(line(0), id));
    expect(fixture.inputs).to.deep.equal([]);
    await deliver(fixture.handle, message(line(1), "e"));
    expect(numbersOf(fixture)).to.deep.equal([[0, 1]]);
  });

  it("reports events too many as surplus, those included that came before it was known how many it takes", async () => {
    const fixture = serve();
    for (const n of [0, 1, 2]) await deliver(fixture.handle, message(line(n), `${n}`));
    await deliver(fixture.handle, message(split(2), "s"));
    await deliver(fixture.handle, message(line(3), "3"));
    expect(numbersOf(fixture)).to.deep.equal([[0, 1]]);
    const surplus = reports(fixture).filter((report) => report.surplus);
    expect(surplus.map(({ causes, parts }) => [causes, parts])).to.deep.equal([
      [["line-2"], { Line: 1 }],
      [["line-3"], { Line: 1 }],
    ]);
  });

  it("does not count by a second event that says how many, and takes its number back", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(split(2), "s"));
    await deliver(fixture.handle, message(split(5, "again"), "t"));
    expect(reports(fixture).map(({ causes, sizes, surplus }) => [causes, sizes, surplus])).to.deep.equal([
      [["again"], { "Split.lines": -5 }, true],
    ]);
    await deliver(fixture.handle, message(line(0), "0"), message(line(1), "1"));
    expect(numbersOf(fixture)).to.deep.equal([[0, 1]]);
  });

  it("keeps its record small: the events are items of their own", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(split(900), "s"));
    for (let n = 0; n < 20; n += 1) await deliver(fixture.handle, message(line(n, "x".repeat(30_000)), `${n}`));
    const record = [...fixture.table.items.values()].find(({ sk }) => sk === "record");
    expect(record).to.include({ came: 20, expected: 900 });
    expect(JSON.stringify(record).length).to.be.below(500);
  });

  it("refuses what a function could not hold, and runs all the same when the rest was complete before", async () => {
    const fixture = serve();
    const large = "x".repeat(240_000);
    await deliver(fixture.handle, message(split(40), "s"));
    for (let n = 0; n < 27; n += 1) await deliver(fixture.handle, message(line(n, large), `${n}`));
    expect(fixture.sent.map(({ attributes }) => attributes.errorCode)).to.deep.equal(["JOIN_TOO_LARGE"]);
    const other = serve();
    await deliver(other.handle, message(split(26), "s"));
    for (let n = 0; n < 28; n += 1) await deliver(other.handle, message(line(n, large), `${n}`));
    expect(other.sent).to.deep.equal([]);
    expect(other.inputs).to.have.lengthOf(1);
    expect(reports(other).filter(({ surplus }) => surplus)).to.have.lengthOf(2);
  });

  it("uses no attempt and loses no event when its record is throttled", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(split(2), "s"));
    for (const n of [0, 1]) {
      fixture.table.failures.push(undefined, new TableBusyError("throttled"));
      expect(await deliver(fixture.handle, message(line(n), `${n}`))).to.deep.equal([`${n}`]);
    }
    expect(fixture.inputs).to.deep.equal([]);
    expect(fixture.bus.named("StepFailed")).to.deep.equal([]);
    for (const n of [0, 1]) expect(await deliver(fixture.handle, message(line(n), `${n}`))).to.deep.equal([]);
    expect(numbersOf(fixture)).to.deep.equal([[0, 1]]);
    expect(reports(fixture)[0]?.attempts).to.equal(1);
  });
});
