import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import orderLines from "../../examples/order-lines.ts";
import { api, event, flow, join, step, TerminalError } from "../../model/index.ts";
import { answer, testFlow, testStep } from "../../testing/index.ts";

const linesOf = (count: number) => Array.from({ length: count }, (_, n) => ({ sku: `S-${n}`, quantity: 1 }));
const ordered = (count: number) => ({ type: "LinesOrdered", data: { orderId: "o-1", lines: linesOf(count) } });
const Booked = { type: "LinesConfirmed" } as const;
interface Booked {
  readonly orderId: string;
  readonly booked: readonly string[];
  readonly missing: number;
}
const skus = (count: number) => linesOf(count).map(({ sku }) => sku);
const sorted = (found: readonly Booked[]) => found.map(({ booked, ...rest }) => ({ ...rest, booked: [...booked].sort() }));

describe("the example of a counted join", () => {
  for (const count of [0, 1, 7, 150, 1_000])
    it(`runs the step once for an order of ${count} lines, and the request completes`, async () => {
      const hub = await testFlow(orderLines);
      const request = hub.send(ordered(count));
      await hub.settle("10 minutes");
      expect((await request.state()).status).to.equal("completed");
      expect(sorted(hub.emitted<Booked>(Booked))).to.deep.equal([{ orderId: "o-1", missing: 0, booked: skus(count).sort() }]);
    });

  it("survives the death of a process at each point", async () => {
    const calm = await testFlow(orderLines);
    calm.send(ordered(3));
    await calm.settle();
    expect(calm.points).to.be.above(50);
    for (let crashAt = 0; crashAt < calm.points; crashAt += 1) {
      const hub = await testFlow(orderLines, { faults: { crashAt } });
      const request = hub.send(ordered(3));
      await hub.settle();
      expect((await request.state()).status, `point ${crashAt}`).to.equal("completed");
      expect(sorted(hub.emitted<Booked>(Booked)), `point ${crashAt}`).to.deep.equal([
        { orderId: "o-1", missing: 0, booked: skus(3) },
      ]);
    }
  });

  it("runs the step once under duplicates, delays and crashes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12 }), fc.nat(100_000), async (count, seed) => {
        const hub = await testFlow(orderLines, { faults: { seed } });
        const request = hub.send(ordered(count));
        await hub.settle();
        expect((await request.state()).status).to.equal("completed");
        const found = hub.emitted<Booked>(Booked);
        expect(found).to.have.lengthOf(1);
        expect(found[0]?.missing).to.be.within(0, 2);
        expect(found[0]?.booked).to.have.lengthOf(count - (found[0]?.missing ?? 0));
      }),
      { numRuns: 40 },
    );
  });

  it("shows the progress while it waits, runs at the deadline without two lines, and ignores them later", async () => {
    const hub = await testFlow(orderLines, { thirdParties: { stock: { book: refusing("S-1", "S-3") } } });
    const request = hub.send(ordered(5));
    await hub.pass("59 minutes");
    const waiting = await request.state();
    expect(waiting.status).to.equal("blocked");
    expect(waiting.steps.find(({ step }) => step === "confirm")).to.include({ status: "waiting" });
    expect(waiting.steps.find(({ step }) => step === "confirm")?.progress).to.deep.equal({ came: 3, of: 5 });
    await hub.pass("10 minutes");
    expect(sorted(hub.emitted<Booked>(Booked))).to.deep.equal([{ orderId: "o-1", missing: 2, booked: ["S-0", "S-2", "S-4"] }]);
    await hub.redrive();
    await hub.settle();
    await hub.discard();
    await hub.settle();
    const ended = await request.state();
    expect(ended.status).to.equal("failed");
    expect(ended.steps.filter(({ step }) => step === "confirm").map(({ status }) => status)).to.deep.equal(["succeeded"]);
    expect(hub.emitted(Booked)).to.have.lengthOf(1);
  });

  it("waits on for its deadline although the missing lines were given up", async () => {
    const hub = await testFlow(orderLines, { thirdParties: { stock: { book: refusing("S-1") } } });
    const request = hub.send(ordered(2));
    await hub.pass("1 minute");
    await hub.discard();
    await hub.pass("1 minute");
    expect((await request.state()).status).to.equal("running");
    await hub.settle();
    expect((await request.state()).status).to.equal("failed");
    expect(hub.emitted<Booked>(Booked)).to.deep.equal([{ orderId: "o-1", missing: 1, booked: ["S-0"] }]);
  });

  it("fails the request at the deadline when more are missing, and says how many", async () => {
    const hub = await testFlow(orderLines, { thirdParties: { stock: { book: refusing("S-0", "S-1", "S-2") } } });
    const request = hub.send(ordered(5));
    await hub.settle();
    const { steps } = await request.state();
    expect(hub.emitted(Booked)).to.deep.equal([]);
    expect(steps.find(({ step }) => step === "confirm")?.error).to.deep.equal({
      code: "JOIN_TIMED_OUT",
      message: "3 of 5 LineBooked did not come in time",
    });
    await hub.discard();
    await hub.settle();
    expect((await request.state()).status).to.equal("failed");
  });

  it("can be tested by itself", async () => {
    const booked = skus(2).map((sku) => ({ type: "LineBooked", data: { sku, bookingId: "B" } }));
    const outcome = await testStep(orderLines, "confirm", [...booked, ordered(2)]);
    expect(outcome.status).to.equal("succeeded");
    expect(outcome.emitted.map(({ data }) => data)).to.deep.equal([{ orderId: "o-1", missing: 0, booked: skus(2) }]);
  });
});

const refusing =
  (...refused: readonly string[]) =>
  ({ input }: { readonly input: unknown }) =>
    refused.includes((input as { readonly sku: string }).sku) ? answer(422, { error: "sold out" }) : { id: "B-1" };

const Asked = event("Asked", z.object({ lines: z.int(), events: z.int(), twice: z.boolean().default(false) }));
const Split = event("Split", z.object({ lines: z.int() }), { formerly: ["Cut"] });
const Line = event("Line", z.object({ n: z.int() }));
const Done = event("Done", z.object({ lines: z.array(z.int()), missing: z.int() }));
const about = { summary: "s", owner: "o" };
const triggers = { ask: api("POST /asks", { emits: Asked }) };
const split = step({
  on: Asked,
  emits: [Split, Line],
  handler: ({ lines, events, twice }) => [
    ...Array.from({ length: events }, (_, n) => Line({ n })),
    Split({ lines }),
    ...(twice ? [Split({ lines: lines + 5 })] : []),
  ],
});
const ask = (lines: number, events: number, twice = false) => ({ type: "Asked", data: { lines, events, twice } });
const counted = flow("counted", {
  ...about,
  triggers,
  steps: {
    split,
    gather: step({
      on: join.all(Line, { of: Split, count: "lines" }),
      emits: [Done],
      handler: ({ all, missing }) => Done({ lines: all.map(({ n }) => n), missing }),
    }),
  },
});

describe("a join that counts", () => {
  const statesOf = async (hub: Awaited<ReturnType<typeof testFlow>>, request: { state(): Promise<{ status: string }> }) => ({
    status: (await request.state()).status,
    taken: hub.emitted(Done).map(({ lines }) => lines.length),
    dead: (await hub.deadLetters()).map(({ errorCode }) => errorCode),
  });

  for (const [events, taken] of [
    [3, 3],
    [5, 3],
    [180, 3],
  ] as const)
    it(`takes ${taken} of ${events} events and reports the others, and the request completes`, async () => {
      for (const seed of [1, 2, 3]) {
        const hub = await testFlow(counted, { faults: { seed } });
        const request = hub.send(ask(3, events));
        await hub.settle();
        expect(await statesOf(hub, request)).to.deep.equal({ status: "completed", taken: [taken], dead: [] });
      }
    });

  it("survives the death of a process at each point with events too many, and a second event that says how many", async () => {
    const calm = await testFlow(counted);
    calm.send(ask(2, 3, true));
    await calm.settle();
    for (let crashAt = 0; crashAt < calm.points; crashAt += 1) {
      const hub = await testFlow(counted, { faults: { crashAt } });
      const request = hub.send(ask(2, 3, true));
      await hub.settle();
      const { status, taken } = await statesOf(hub, request);
      expect(status, `point ${crashAt}`).to.equal("completed");
      // The one that comes first counts, and 7 lines never come.
      const progress = (await request.state()).steps.filter(({ step }) => step === "gather").map((one) => one.status);
      expect(taken, `point ${crashAt}`).to.deep.equal(progress.includes("skipped") ? [] : [2]);
    }
  });

  it("is skipped when fewer events come than it waits for and no step can publish another", async () => {
    const hub = await testFlow(counted);
    const request = hub.send(ask(4, 3));
    await hub.settle();
    expect(await statesOf(hub, request)).to.deep.equal({ status: "completed", taken: [], dead: [] });
    expect((await request.state()).steps.at(-1)).to.deep.include({ step: "gather", status: "skipped" });
    expect((await request.state()).steps.at(-1)).not.to.have.property("progress");
  });

  for (const lines of [-1, 1_001])
    it(`refuses to wait for ${lines} events: a dead letter says so`, async () => {
      const hub = await testFlow(counted);
      const request = hub.send(ask(lines, 2));
      await hub.settle();
      expect(await statesOf(hub, request)).to.deep.equal({ status: "blocked", taken: [], dead: ["JOIN_COUNT"] });
      await hub.discard();
      await hub.settle();
      expect((await request.state()).status).to.equal("failed");
    });

  it("fails at its deadline, and the saga compensates what it did with the whole input", async () => {
    const undone: unknown[] = [];
    const saga = flow("saga", {
      ...about,
      triggers,
      steps: {
        split,
        gather: step({
          on: join.all(Line, { of: Split, count: "lines", within: "2 hours" }),
          emits: [Done],
          handler: ({ all, missing }) => Done({ lines: all.map(({ n }) => n), missing }),
          compensate: ({ input }) => void undone.push(input),
        }),
        end: step({
          on: Done,
          emits: [],
          handler: () => {
            throw new TerminalError("no", { code: "NO" });
          },
        }),
      },
    });
    const hub = await testFlow(saga);
    const requests = [hub.send(ask(2, 2)), hub.send(ask(3, 2))];
    await hub.settle();
    expect(await Promise.all(requests.map(async (request) => (await request.state()).status))).to.deep.equal([
      "compensated",
      "failed",
    ]);
    expect(undone).to.deep.equal([{ of: { lines: 2 }, all: [{ n: 0 }, { n: 1 }], missing: 0 }]);
  });

  it("ends a cancelled request: the step does not run", async () => {
    const hub = await testFlow(orderLines, { thirdParties: { stock: { book: refusing("S-0") } } });
    const request = hub.send(ordered(3));
    await hub.pass("1 minute");
    await request.cancel();
    await hub.settle();
    expect((await request.state()).status).to.equal("cancelled");
    expect(hub.emitted(Booked)).to.deep.equal([]);
  });
});
