import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, flow, graph, type JoinOptions, join, settle, step } from "../../../../model/index.ts";
import { readEvent } from "../../../../runtime/envelope/read-event.ts";
import { factsOf } from "../../../../runtime/functions/ledger/fact.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Ordered = event("Ordered", z.object({ customer: z.string(), order: z.string() }));
const Paid = event("Paid", z.object({ customer: z.string() }));
const Shipped = event("Shipped", z.object({ order: z.string() }));
const HOUR = 3_600_000;

function serve(options: JoinOptions<{ order: typeof Ordered; payment: typeof Paid }> = { by: "customer" }) {
  const around = fakeDependencies();
  const pairs: string[] = [];
  const orders = flow("orders", {
    summary: "",
    owner: "",
    imports: [Ordered, Paid],
    steps: {
      ship: step({
        on: join({ order: Ordered, payment: Paid }, options),
        emits: [Shipped],
        handler: ({ order }) => {
          pairs.push(order.order);
          return Shipped({ order: order.order });
        },
      }),
    },
  });
  const handle = serveStep(orders, "ship", validatorsOf(orders), () => around.services);
  const published = (name: string) => new Set(around.bus.named(name).map(({ detail }) => detail.metadata.eventId)).size;
  return { ...around, flow: orders, pairs, handle, published };
}
const part = (name: "Ordered" | "Paid", eventId: string) =>
  message(
    busEvent(name, { customer: "c-1", ...(name === "Ordered" && { order: eventId }) }, { eventId, requestId: `r-${eventId}` }),
    eventId,
  );
const pair = (n: number) => [part("Ordered", `o-${n}`), part("Paid", `p-${n}`)] as const;

describe("join by key / sets of parts", () => {
  it("runs for each pair of the same value, one after the other", async () => {
    const fixture = serve();
    for (let n = 0; n < 4; n += 1) for (const one of pair(n)) expect(await deliver(fixture.handle, one)).to.eql([]);
    expect(fixture.pairs).to.eql(["o-0", "o-1", "o-2", "o-3"]);
    expect(fixture.published("Shipped")).to.equal(4);
    expect(fixture.sent).to.eql([]);
  });

  it("runs once for a value that is declared to name one pair", async () => {
    const fixture = serve({ by: "customer", once: true });
    for (let n = 0; n < 3; n += 1) for (const one of pair(n)) await deliver(fixture.handle, one);
    expect(fixture.pairs).to.eql(["o-0"]);
  });

  it("knows a part of each earlier pair that comes again, as in a replay, and adds it to no other", async () => {
    const fixture = serve();
    for (let n = 0; n < 3; n += 1) for (const one of pair(n)) await deliver(fixture.handle, one);
    await deliver(fixture.handle, part("Ordered", "o-3"));
    for (let n = 0; n < 3; n += 1) for (const one of pair(n)) expect(await deliver(fixture.handle, one)).to.eql([]);
    expect(fixture.pairs).to.eql(["o-0", "o-1", "o-2"]);
    expect(fixture.published("Shipped")).to.equal(3);
    await deliver(fixture.handle, part("Paid", "p-3"));
    expect(fixture.pairs.at(-1)).to.equal("o-3");
  });

  it("reports a second event for a place that is taken in the pair that is open", async () => {
    const fixture = serve();
    for (const one of pair(0)) await deliver(fixture.handle, one);
    await deliver(fixture.handle, part("Ordered", "o-1"), part("Ordered", "o-2"));
    const surplus = fixture.bus.named("StepSucceeded").filter(({ detail }) => (detail.data as { surplus?: true }).surplus);
    expect(surplus.map(({ detail }) => detail.metadata.requestId)).to.eql(["r-o-2"]);
  });

  it("lets the handler run after a crash, also when the next pair has begun meanwhile", async () => {
    const fixture = serve();
    const [order, payment] = pair(0);
    await deliver(fixture.handle, order);
    fixture.table.failures.push(undefined, new Error("the process died")); // the part is collected, nothing more
    expect(await deliver(fixture.handle, payment)).to.eql(["p-0"]);
    for (const one of pair(1)) await deliver(fixture.handle, one);
    expect(await deliver(fixture.handle, payment)).to.eql([]);
    expect(fixture.pairs.toSorted()).to.eql(["o-0", "o-1"]);
  });

  it("begins the next pair after a deadline, once the missing part has come late or the other comes again", async () => {
    const fixture = serve({ by: "customer", within: "1 hour" });
    const [order, payment] = pair(0);
    await deliver(fixture.handle, order);
    fixture.clock.advance(HOUR);
    await deliver(fixture.handle, order);
    expect(fixture.published("JoinTimedOut")).to.equal(1);
    for (let n = 0; n < 2; n += 1) await deliver(fixture.handle, payment);
    expect(fixture.pairs).to.eql([]);
    for (const one of pair(1)) await deliver(fixture.handle, one);
    expect(fixture.pairs).to.eql(["o-1"]);
    await deliver(fixture.handle, payment);
    await deliver(fixture.handle, part("Ordered", "o-2"));
    fixture.clock.advance(HOUR);
    await deliver(fixture.handle, part("Ordered", "o-2"));
    expect(fixture.published("JoinTimedOut")).to.equal(2);
    expect(fixture.pairs).to.eql(["o-1"]);
  });

  it("completes each request of each pair in the ledger", async () => {
    const fixture = serve();
    const parts = [...pair(0), ...pair(1)];
    for (const one of parts) await deliver(fixture.handle, one);
    const events = [...parts.map(({ body }) => JSON.parse(body) as unknown), ...fixture.bus.events];
    const facts = events.flatMap((found) => factsOf(readEvent(found) as never) ?? []);
    for (const requestId of ["r-o-0", "r-p-0", "r-o-1", "r-p-1"]) {
      const own = facts.filter((fact) => fact.request.requestId === requestId);
      const settled = settle(graph(fixture.flow), {
        events: own.flatMap((fact) => (fact.kind === "event" ? [fact.fact] : [])),
        deliveries: own.flatMap((fact) => (fact.kind === "delivery" ? [fact.fact] : [])),
        ends: own.flatMap((fact) => (fact.kind === "end" ? [fact.fact] : [])),
      });
      expect(settled.status).to.equal("completed");
    }
  });

  it("joins as many pairs as there are, each event in one, in any order, repeated and at once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], { minLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (order, size) => {
          const fixture = serve();
          const parts = [0, 1, 2].flatMap((n) => pair(n));
          let pending = order.map((i, n) => ({ ...(parts[i] ?? expect.fail()), messageId: `m-${n}`, receiptHandle: `m-${n}` }));
          for (let round = 0; pending.length > 0; round += 1) {
            if (round > 200) throw new Error("messages keep coming back");
            const batch = pending.slice(0, size);
            const back = await deliver(fixture.handle, ...batch);
            fixture.clock.time += 31_000;
            pending = [...pending.slice(size), ...batch.filter(({ messageId }) => back.includes(messageId))];
          }
          // An event that finds its place taken in the open pair is surplus, so fewer pairs may come together; none twice.
          const shipped = fixture.bus.named("StepSucceeded").filter(({ detail }) => !("surplus" in (detail.data as object)));
          const causes = new Map(
            shipped.map(({ detail }) => detail.data as { delivery: string; causes: string[] }).map((d) => [d.delivery, d.causes]),
          );
          const joined = [...causes.values()].flat();
          expect(new Set(joined).size).to.equal(joined.length);
          expect(fixture.pairs.length).to.equal(new Set(fixture.pairs).size);
          expect(fixture.pairs.length).to.equal(fixture.published("Shipped")).and.to.be.greaterThan(0);
          expect(fixture.sent).to.eql([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
