import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import type { BusEvent, Metadata } from "../../../../model/envelope.ts";
import { event, flow, graph, join, settle, step, TerminalError } from "../../../../model/index.ts";
import { readEvent } from "../../../../runtime/envelope/read-event.ts";
import { type Fact, factsOf } from "../../../../runtime/functions/ledger/fact.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Priced = event("Priced", z.object({ orderId: z.string(), cents: z.int() }));
const Paid = event("Paid", z.object({ orderId: z.string(), receipt: z.string() }));
const Packed = event("Packed", z.object({ orderId: z.string() }));
const Shipped = event("Shipped", z.object({ orderId: z.string() }));

function serve(by?: "orderId", fail?: Error, once = false) {
  const around = fakeDependencies();
  const inputs: unknown[] = [];
  const ship = flow("orders", {
    summary: "",
    owner: "",
    imports: [Priced, Paid, Packed],
    steps: {
      ship: step({
        on: join({ price: Priced, payment: Paid, parcel: Packed }, by ? { by, once } : {}),
        emits: [Shipped],
        retry: { attempts: 1, backoff: "1 second", ceiling: "1 second" },
        handler: (input) => {
          inputs.push(input);
          if (fail) throw fail;
          return Shipped({ orderId: input.price.orderId });
        },
      }),
    },
  });
  return { ...around, inputs, flow: ship, handle: serveStep(ship, "ship", validatorsOf(ship), () => around.services) };
}

const part = (name: "Priced" | "Paid" | "Packed", eventId: string, metadata: Partial<Metadata> = {}) =>
  busEvent(
    name,
    { orderId: "o-1", ...(name === "Priced" && { cents: 5 }), ...(name === "Paid" && { receipt: "R" }) },
    { eventId, ...metadata },
  );

const reports = (events: readonly BusEvent[]) =>
  events
    .filter((found) => found["detail-type"] === "StepSucceeded")
    .map(({ detail }) => ({
      requestId: detail.metadata.requestId,
      ...(detail.data as { delivery: string; continuedIn?: string; causes: string[] }),
    }));

describe("join / parts of one request", () => {
  const parts = [
    part("Priced", "p-1"),
    part("Paid", "p-2", { hop: 4 }),
    part("Packed", "p-3", { occurredAt: "2026-11-24T09:59:59.500Z" }),
  ];

  it("runs the handler with all parts under their names, whichever comes last", async () => {
    const fixture = serve();
    for (const event of parts.toReversed())
      expect(await deliver(fixture.handle, message(event, event.detail.metadata.eventId))).to.eql([]);
    expect(fixture.inputs).to.eql([
      { price: { orderId: "o-1", cents: 5 }, payment: { orderId: "o-1", receipt: "R" }, parcel: { orderId: "o-1" } },
    ]);
    expect(fixture.bus.events.map((found) => found["detail-type"])).to.eql(["Shipped", "StepSucceeded"]);
    expect(fixture.bus.named("Shipped")[0]?.detail.metadata).to.deep.include({ requestId: "r-1", hop: 5, causationId: "p-1" });
    const [report] = reports(fixture.bus.events);
    expect(report?.delivery).to.match(/^join:[0-9a-f]{32}$/);
    expect(report?.causes).to.have.members(["p-1", "p-2", "p-3"]);
  });

  it("fires once for every order of its parts, repeated at will and worked on at once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 0, 1, 2, 0, 1], { minLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 8, maxLength: 8 }),
        async (order, sizes) => {
          const fixture = serve();
          let pending = order.map((i, n) => message(parts[i], `m-${n}`));
          for (let i = 0; pending.length > 0; i += 1) {
            const batch = pending.slice(0, sizes[i % sizes.length]);
            const back = await deliver(fixture.handle, ...batch);
            fixture.clock.time += 31_000; // the pause of the returned messages has passed
            pending = [...pending.slice(batch.length), ...batch.filter(({ messageId }) => back.includes(messageId))];
            if (i > 100) throw new Error("messages keep coming back");
          }
          expect(fixture.inputs).to.have.length(1);
          expect(new Set(fixture.bus.named("Shipped").map(({ detail }) => detail.metadata.eventId)).size).to.equal(1);
          expect(fixture.sent).to.eql([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is not fired by two thirds of its parts", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(parts[0]), message(parts[2], "m-2"), message(parts[0], "m-3"));
    expect(fixture.inputs).to.eql([]);
    expect(fixture.bus.entries).to.eql([]);
  });

  it("reports another event in a place that is taken, so that no one waits for it", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(parts[0]), message(part("Priced", "p-9"), "m-2"));
    expect(reports(fixture.bus.events)).to.have.length(1);
    expect(reports(fixture.bus.events)[0]).to.deep.include({ requestId: "r-1", delivery: "p-9", causes: ["p-9"], emitted: [] });
    expect(reports(fixture.bus.events)[0]).not.to.have.property("continuedIn");
    await deliver(fixture.handle, message(parts[1], "m-3"), message(parts[2], "m-4"));
    expect((fixture.inputs as unknown[]).length).to.equal(1);
  });

  it("fires again from the redelivered last part when the table failed in between", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(parts[0]), message(parts[1], "m-2"));
    fixture.table.failures.push(undefined, new Error("table is down")); // the part is collected, the delivery record is not
    expect(await deliver(fixture.handle, message(parts[2], "m-3"))).to.eql(["m-3"]);
    expect(await deliver(fixture.handle, message(parts[2], "m-3"))).to.eql([]);
    expect(fixture.inputs).to.have.length(1);
  });

  it("dead-letters a part that does not match its schema under its own delivery, and continues with a valid one", async () => {
    const fixture = serve();
    expect(await deliver(fixture.handle, message(busEvent("Priced", { orderId: "o-1" }, { eventId: "bad" })))).to.eql([]);
    expect(fixture.sent[0]?.attributes.errorCode).to.equal("INVALID_PAYLOAD");
    expect(fixture.bus.named("StepFailed")[0]?.detail.data).to.deep.include({
      delivery: "bad",
      causes: ["bad"],
      outcome: "dead-letter",
    });
    await deliver(fixture.handle, message(parts[0]), message(parts[1], "m-2"), message(parts[2], "m-3"));
    expect(fixture.inputs).to.have.length(1);
  });

  it("dead-letters the last part when the handler fails finally", async () => {
    const fixture = serve(undefined, new TerminalError("no", { code: "NO" }));
    await deliver(fixture.handle, message(parts[0]), message(parts[1], "m-2"));
    await deliver(fixture.handle, message(parts[2], "m-3"));
    expect(fixture.sent.map(({ body }) => (JSON.parse(body) as BusEvent).detail.metadata.eventId)).to.eql(["p-3"]);
    expect(fixture.bus.named("StepFailed")[0]?.detail.data).to.have.property("causes").that.has.length(3);
  });
});

describe("join / parts of several requests", () => {
  const priced = part("Priced", "p-1", { requestId: "r-1", correlationId: "c-1" });
  const paid = part("Paid", "p-2", { requestId: "r-2", correlationId: "c-2" });
  const packed = part("Packed", "p-3", { requestId: "r-2", correlationId: "c-2" });

  it("continues with the request of the first-declared part, and reports to the others", async () => {
    const fixture = serve("orderId");
    for (const event of [paid, priced, packed]) await deliver(fixture.handle, message(event, event.detail.metadata.eventId));
    expect(fixture.bus.named("Shipped")[0]?.detail.metadata).to.deep.include({ requestId: "r-1", correlationId: "c-1" });
    const found = reports(fixture.bus.events);
    expect(found.map(({ requestId, continuedIn, causes }) => [requestId, continuedIn, causes])).to.eql([
      ["r-1", undefined, ["p-1", "p-2", "p-3"]],
      ["r-2", "r-1", ["p-2", "p-3"]],
    ]);
  });

  it("keeps values and tenants apart", async () => {
    const fixture = serve("orderId");
    await deliver(
      fixture.handle,
      message(priced),
      message(paid, "m-2"),
      message(part("Packed", "p-4", { tenant: "key-2" }), "m-3"),
    );
    await deliver(fixture.handle, message(busEvent("Packed", { orderId: "o-2" }, { eventId: "p-5" }), "m-4"));
    expect(fixture.inputs).to.eql([]);
  });

  it("that is made once settles a request whose part comes late, and reports where the join continued", async () => {
    const fixture = serve("orderId", undefined, true);
    for (const event of [paid, priced, packed]) await deliver(fixture.handle, message(event, event.detail.metadata.eventId));
    await deliver(fixture.handle, message(part("Packed", "p-9", { requestId: "r-9" })));
    expect(fixture.inputs).to.have.length(1);
    expect(reports(fixture.bus.events).at(-1)).to.deep.include({
      requestId: "r-9",
      delivery: "p-9",
      emitted: [],
      continuedIn: "r-1",
    });
  });

  it("that is made once lets the ledger settle every request that took part", async () => {
    const fixture = serve("orderId", undefined, true);
    const late = part("Packed", "p-9", { requestId: "r-9" });
    for (const event of [paid, priced, packed, late])
      await deliver(fixture.handle, message(event, event.detail.metadata.eventId));
    const facts = [...fixture.bus.events, priced, paid, packed, late].flatMap(
      (event) => factsOf(readEvent(event) as never) ?? [],
    );
    for (const requestId of ["r-1", "r-2", "r-9"]) {
      const requestFacts = facts.filter((fact) => fact.request.requestId === requestId);
      const only = <K extends Fact["kind"]>(kind: K) => requestFacts.flatMap((fact) => (fact.kind === kind ? [fact.fact] : []));
      expect(
        settle(graph(fixture.flow), { events: only("event") as never, deliveries: only("delivery") as never }).status,
        requestId,
      ).to.equal("completed");
    }
  });
});
