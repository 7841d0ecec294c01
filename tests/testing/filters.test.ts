import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import largeOrders from "../../examples/large-orders.ts";
import { api, event, flow, join, step, TerminalError, when } from "../../model/index.ts";
import { testFlow } from "../../testing/index.ts";

const about = { summary: "s", owner: "o" };
const order = (more: object) => ({ type: "OrderPlaced", data: { orderId: "o-1", totalCents: 1, country: "BR", ...more } });
const statesOf = async (request: {
  state(): Promise<{ status: string; steps: readonly { step: string; status: string }[] }>;
}) => {
  const { status, steps } = await request.state();
  return [status, ...steps.map((one) => `${one.step} ${one.status}`)];
};

describe("the example with filters", () => {
  const cases: readonly (readonly [what: string, more: object, states: readonly string[]])[] = [
    ["no step", { country: "US" }, ["completed"]],
    ["one step, by a default", {}, ["completed", "welcome succeeded"]],
    ["one step, by range and list", { totalCents: 100_000, channel: "app" }, ["completed", "announce succeeded"]],
    ["both steps", { totalCents: 100_000, country: "PT" }, ["completed", "announce succeeded", "welcome succeeded"]],
    ["no step, by the country", { totalCents: 100_000, country: "CA", channel: "app" }, ["completed"]],
  ];
  for (const [what, more, states] of cases)
    it(`delivers to ${what}, and the request completes`, async () => {
      const hub = await testFlow(largeOrders);
      const request = hub.send(order(more));
      await hub.settle();
      expect(await statesOf(request)).to.deep.equal(states);
      expect(hub.calls("sales-chat.post")).to.have.lengthOf(states.includes("announce succeeded") ? 1 : 0);
    });
});

const Begun = event("Begun", z.object({ counts: z.array(z.int()) }));
const Line = event("Line", z.object({ n: z.int() }));
const Even = event("Even", z.object({ n: z.int() }));

describe("filters within a flow", () => {
  const fanOut = flow("fan-out", {
    ...about,
    triggers: { begin: api("POST /begin", { emits: Begun }) },
    steps: {
      split: step({ on: Begun, emits: [Line], handler: ({ counts }) => counts.map((n) => Line({ n })) }),
      high: step({ on: when(Line, { n: { gt: 5 } }), emits: [Even], handler: ({ n }) => (n % 2 === 0 ? [Even({ n })] : []) }),
      all: step({ on: Line, emits: [], handler: () => [] }),
    },
  });
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
  for (const count of [3, 20, 250])
    it(`completes a request of ${count} events, of which the filter leaves some out`, async () => {
      const hub = await testFlow(fanOut, { faults: { seed: count, duplicates: 0.2 } });
      const request = hub.send(Begun({ counts: numbers(count) }));
      await hub.settle();
      expect((await request.state()).status).to.equal("completed");
      expect(
        hub
          .emitted(Even)
          .map(({ n }) => n)
          .sort((a, b) => a - b),
      ).to.deep.equal(numbers(count).filter((n) => n > 5 && n % 2 === 0));
    });

  it("skips a join whose part is left out, and runs it where the part meets its filter", async () => {
    const Placed = event("Placed", z.object({ total: z.int() }));
    const Checked = event("Checked", z.object({ ok: z.boolean() }));
    const Joined = event("Joined", z.object({ total: z.int() }));
    const joined = flow("joined", {
      ...about,
      triggers: { place: api("POST /place", { emits: Placed }) },
      steps: {
        check: step({ on: Placed, emits: [Checked], handler: () => Checked({ ok: true }) }),
        meet: step({
          on: join({ order: when(Placed, { total: { gte: 10 } }), check: when(Checked, { ok: true }) }),
          emits: [Joined],
          handler: ({ order: { total } }) => Joined({ total }),
        }),
      },
    });
    const hub = await testFlow(joined);
    const small = hub.send(Placed({ total: 9 }));
    const large = hub.send(Placed({ total: 10 }));
    await hub.settle();
    expect(await statesOf(small)).to.deep.equal(["completed", "check succeeded", "meet skipped"]);
    expect(await statesOf(large)).to.deep.equal(["completed", "check succeeded", "meet succeeded"]);
    expect(hub.emitted(Joined)).to.deep.equal([{ total: 10 }]);
  });

  it("compensates without waiting for a step that the filter leaves out", async () => {
    const undone: string[] = [];
    const saga = flow("saga", {
      ...about,
      triggers: { begin: api("POST /begin", { emits: Line }) },
      steps: {
        first: step({ on: Line, emits: [Even], handler: Even, compensate: async () => void undone.push("first") }),
        rare: step({ on: when(Even, { n: { lt: 0 } }), emits: [], handler: () => [] }),
        fails: step({
          on: Even,
          emits: [],
          handler: () => {
            throw new TerminalError("no", { code: "NO" });
          },
        }),
      },
    });
    const hub = await testFlow(saga);
    const request = hub.send(Line({ n: 1 }));
    await hub.settle();
    expect((await request.state()).status).to.equal("compensated");
    expect(undone).to.deep.equal(["first"]);
  });

  it("lifts events of an older version before it compares them", async () => {
    const Priced = event("Priced", z.object({ cents: z.int() }), {
      version: 2,
      from: { 1: { schema: z.object({ euros: z.number() }), lift: ({ euros }) => ({ cents: Math.round(euros * 100) }) } },
    });
    const Taken = event("Taken", z.object({ cents: z.int() }));
    const versions = flow("versions", {
      ...about,
      triggers: { price: api("POST /price", { emits: Priced }) },
      steps: { take: step({ on: when(Priced, { cents: { gte: 1_000 } }), emits: [Taken], handler: Taken }) },
    });
    const hub = await testFlow(versions);
    const requests = [1, 20].map((euros) => hub.send({ type: "Priced", data: { euros } }, { version: 1 }));
    await hub.settle();
    expect(await Promise.all(requests.map(async (request) => (await request.state()).status))).to.deep.equal([
      "completed",
      "completed",
    ]);
    expect(hub.emitted(Taken)).to.deep.equal([{ cents: 2_000 }]);
  });
});
