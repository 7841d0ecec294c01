import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { contractOf } from "../../../../components/parts/contract.ts";
import type { Metadata, StepFailedData } from "../../../../model/envelope.ts";
import { api, event, flow, graph, join, step } from "../../../../model/index.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, type FakeDependencies, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { stateOf } from "../ledger/request-state.ts";

const First = z.object({ orderId: z.string(), note: z.string().default("none") });
const Second = z.object({ orderId: z.string(), note: z.string(), currency: z.string() });
const Third = z.object({ orderId: z.string(), notes: z.array(z.string()), currency: z.string().default("EUR") });
const Charged = event("OrderCharged", z.object({ orderId: z.string() }));
const Shipped = event("OrderShipped", z.object({ orderId: z.string() }));
const one = event("OrderPlaced", First);
const stricter = event("OrderPlaced", Second);
const raised = event("OrderPlaced", Second, { version: 2 });
const lifted = event("OrderPlaced", Second, {
  version: 2,
  from: { 1: { schema: First, lift: (old) => ({ ...old, currency: "EUR" }) } },
});
const chained = event("OrderPlaced", Third, {
  version: 3,
  from: {
    1: { schema: First, lift: (old) => ({ ...old, currency: "EUR" }) },
    2: { schema: Second, lift: ({ note, ...old }) => ({ ...old, notes: [note] }) },
  },
});

/** The flow of the case `stricter`: two steps on the caller's event, one of which can be compensated. */
function ordersOf(Placed: typeof one) {
  const seen: unknown[] = [];
  const undone: unknown[] = [];
  const orders = flow("orders", {
    summary: "",
    owner: "",
    triggers: { place: api("POST /orders", { emits: Placed }) },
    steps: {
      charge: step({
        on: Placed,
        emits: [Charged],
        handler: ({ orderId }) => Charged({ orderId }),
        compensate: (done, { eventVersion }) => void undone.push({ ...done, eventVersion }),
      }),
      ship: step({
        on: Placed,
        emits: [Shipped],
        handler: (input, { eventVersion }) => {
          seen.push({ input, eventVersion });
          return Shipped({ orderId: input.orderId });
        },
      }),
      pack: step({
        on: join({ placed: Placed, charged: Charged }),
        emits: [],
        handler: (input, { eventVersion }) => {
          seen.push({ input, eventVersion });
          return [];
        },
      }),
    },
  });
  return { orders, seen, undone };
}

/** Code of one deployment on the table, bus and queues that another one has used. */
function deploy(Placed: unknown, around: FakeDependencies = fakeDependencies()) {
  const { orders, seen, undone } = ordersOf(Placed as typeof one);
  around.table.items.set("graph#orders|0123456789abcdef", {
    pk: "graph#orders",
    sk: "0123456789abcdef",
    graph: JSON.stringify(graph(orders)),
  });
  const ledger = serveLedger(() => around.services as never);
  let folded = 0;
  return {
    ...around,
    around,
    seen,
    undone,
    run: (name: string, ...records: Parameters<typeof deliver>[1][]) =>
      deliver(
        serveStep(orders, name, validatorsOf(orders), () => around.services),
        ...records,
      ),
    /** The request's state after everything that was published, and these events. */
    async state(...events: readonly unknown[]) {
      const published = around.bus.events.slice(folded);
      folded = around.bus.events.length;
      for (const found of [...events, ...published]) await deliver(ledger, message(found, `l-${folded}`));
      return stateOf(around, "r-1");
    },
  };
}

const old = (metadata: Partial<Metadata> = {}, data: unknown = { orderId: "o-1" }) =>
  busEvent("OrderPlaced", data, { version: 1, ...metadata });
const sentBack = (event: unknown, sent: FakeDependencies["sent"][number] | undefined) =>
  message(event, "m-redriven", {
    messageAttributes: Object.fromEntries(
      Object.entries(sent?.attributes ?? {}).map(([name, value]) => [name, { stringValue: value, dataType: "String" }]),
    ) as never,
  });
const codes = ({ sent }: FakeDependencies) => sent.map(({ attributes }) => attributes.errorCode);

describe("versions / an event of an older version", () => {
  it("is lifted before the handler gets it, which may see the version that came", async () => {
    const code = deploy(lifted);
    expect(await code.run("ship", message(old()))).to.deep.equal([]);
    expect(code.seen).to.deep.equal([{ input: { orderId: "o-1", note: "none", currency: "EUR" }, eventVersion: 1 }]);
    expect(codes(code.around)).to.deep.equal([]);
  });

  it("is lifted from version to version", async () => {
    const code = deploy(chained);
    await code.run(
      "ship",
      message(old()),
      message(old({ version: 2, eventId: "e-2" }, { orderId: "o-2", note: "n", currency: "USD" }), "m-2"),
    );
    expect(code.seen).to.have.deep.members([
      { input: { orderId: "o-1", notes: ["none"], currency: "EUR" }, eventVersion: 1 },
      { input: { orderId: "o-2", notes: ["n"], currency: "USD" }, eventVersion: 2 },
    ]);
  });

  it("is lifted by a function alone, which no schema types", async () => {
    const code = deploy(
      event("OrderPlaced", Second, {
        version: 2,
        from: { 1: (before) => ({ orderId: String(before.orderId), note: "", currency: "EUR" }) },
      }),
    );
    await code.run("ship", message(old()));
    expect(code.seen).to.deep.equal([{ input: { orderId: "o-1", note: "", currency: "EUR" }, eventVersion: 1 }]);
  });

  it("waits without a lift: blocked, not compensated, and goes on after a mend", async () => {
    const before = deploy(one);
    await before.run("charge", message(old()));
    const code = deploy(raised, before.around);
    expect(await code.run("ship", message(old()))).to.deep.equal([]);
    expect(codes(code.around)).to.deep.equal(["UNSUPPORTED_VERSION"]);
    expect(code.bus.named("StepFailed")[0]?.detail.data).not.to.have.property("terminal");
    expect((await code.state(old())).status).to.equal("running"); // `pack` has not been delivered
    expect(code.bus.named("CompensateStep")).to.deep.equal([]);
    const mended = deploy(lifted, code.around);
    await mended.run("ship", sentBack(old(), code.sent[0]));
    expect(mended.seen).to.have.length(1);
  });

  it("of a newer version than the code waits too: a roll-back", async () => {
    const code = deploy(one);
    await code.run("ship", message(old({ version: 2 }, { orderId: "o-1", note: "", currency: "EUR" })));
    expect(codes(code.around)).to.deep.equal(["UNSUPPORTED_VERSION"]);
    expect(code.seen).to.deep.equal([]);
  });

  it("waits when its lift throws, or makes what does not fit", async () => {
    const throws = event("OrderPlaced", Second, {
      version: 2,
      from: {
        1: () => {
          throw new TypeError("no rate");
        },
      },
    });
    const unfit = event("OrderPlaced", Second, { version: 2, from: { 1: { schema: First, lift: (before) => before as never } } });
    const found = [];
    for (const Placed of [throws, unfit]) {
      const code = deploy(Placed);
      await code.run("ship", message(old()));
      found.push([
        codes(code.around),
        code.bus.named("StepFailed").map(({ detail }) => (detail.data as StepFailedData).terminal),
      ]);
    }
    expect(found).to.deep.equal([
      [["LIFT_FAILED"], [undefined]],
      [["INVALID_PAYLOAD"], [undefined]],
    ]);
  });
});

describe("versions / joins and compensations", () => {
  it("lift a part that the code before has collected", async () => {
    const before = deploy(one);
    await before.run("pack", message(old()));
    const code = deploy(lifted, before.around);
    await code.run("pack", message(busEvent("OrderCharged", { orderId: "o-1" }, { eventId: "e-2", step: "charge" }), "m-2"));
    expect(code.seen).to.deep.equal([
      { input: { placed: { orderId: "o-1", note: "none", currency: "EUR" }, charged: { orderId: "o-1" } }, eventVersion: 1 },
    ]);
  });

  it("keep a part as it came, so that a roll-back can read it", async () => {
    const newer = deploy(lifted);
    await newer.run("pack", message(old()));
    const code = deploy(one, newer.around);
    await code.run("pack", message(busEvent("OrderCharged", { orderId: "o-1" }, { eventId: "e-2", step: "charge" }), "m-2"));
    expect(code.seen).to.deep.equal([
      { input: { placed: { orderId: "o-1", note: "none" }, charged: { orderId: "o-1" } }, eventVersion: 1 },
    ]);
  });

  it("complete with a part that waited for a version, and the request ends", async () => {
    const code = deploy(raised);
    await code.run("pack", message(old()));
    expect(codes(code.around)).to.deep.equal(["UNSUPPORTED_VERSION"]);
    const mended = deploy(lifted, code.around);
    await mended.run("charge", message(old(), "m-2"));
    await mended.run("ship", message(old(), "m-3"));
    await mended.run("pack", message(mended.bus.named("OrderCharged")[0], "m-4"), sentBack(old(), code.sent[0]));
    expect(mended.seen).to.have.length(2);
    const state = await mended.state(old());
    expect([state.status, state.steps.map((found) => `${found.step} ${found.status}`)]).to.deep.equal([
      "completed",
      ["charge succeeded", "ship succeeded", "pack succeeded", "pack succeeded"],
    ]);
  });

  it("lift what a compensation gets", async () => {
    const before = deploy(one);
    await before.run("charge", message(old()));
    const code = deploy(chained, before.around);
    await code.run("charge", message(busEvent("CompensateStep", { step: "charge", delivery: "e-1" }, { eventId: "c-1" }), "m-2"));
    expect(code.undone).to.deep.equal([
      {
        input: { orderId: "o-1", notes: ["none"], currency: "EUR" },
        emitted: [{ type: "OrderCharged", data: { orderId: "o-1" } }],
        eventVersion: 1,
      },
    ]);
  });

  it("let a compensation of a newer version wait after a roll-back", async () => {
    const newer = deploy(lifted);
    await newer.run("charge", message(old()));
    const code = deploy(one, newer.around);
    await code.run("charge", message(busEvent("CompensateStep", { step: "charge", delivery: "e-1" }, { eventId: "c-1" }), "m-2"));
    expect([codes(code.around), code.undone]).to.deep.equal([["UNSUPPORTED_VERSION"], []]);
  });
});

describe("versions / a payload of the right version that does not fit", () => {
  const contract = contractOf(stricter);

  it("is the hub's fault where the schema changed after the trigger had checked it: nothing is compensated", async () => {
    const before = deploy(one);
    const placed = old({ contract: contractOf(one) });
    await before.run("charge", message(placed));
    const code = deploy(stricter, before.around);
    await code.run("ship", message(placed));
    await code.run("pack", message(placed));
    expect(codes(code.around)).to.deep.equal(["INVALID_PAYLOAD", "INVALID_PAYLOAD"]);
    expect((await code.state(placed)).status).to.equal("blocked");
    expect(code.bus.named("CompensateStep")).to.deep.equal([]);
  });

  it("is the caller's fault at the first step: the request fails with the fields named, and no dead letter", async () => {
    const code = deploy(stricter);
    const placed = old({ contract });
    for (const name of ["charge", "ship", "pack"]) expect(await code.run(name, message(placed))).to.deep.equal([]);
    expect(code.sent).to.deep.equal([]);
    const { status, steps } = await code.state(placed);
    expect(status).to.equal("failed");
    expect(steps.map((found) => found.error?.code)).to.deep.equal(["INVALID_PAYLOAD", "INVALID_PAYLOAD", "INVALID_PAYLOAD"]);
    expect(steps[0]?.error?.message).to.match(/^the payload of OrderPlaced does not match its schema: .*note.*currency/);
    expect(code.bus.named("CompensateStep")).to.deep.equal([]);
  });

  it("is reported again, and not handled, when its message comes again or is replayed", async () => {
    const code = deploy(stricter);
    await code.run("ship", message(old({ contract })));
    const count = code.bus.events.length;
    await code.run("ship", message(old({ contract }), "m-2"));
    expect(code.bus.events.slice(count)).to.deep.equal(code.bus.events.slice(0, count));
    expect(code.sent).to.deep.equal([]);
  });

  it("is the caller's fault in an older version too, whose schema the code still knows", async () => {
    const code = deploy(lifted);
    await code.run("ship", message(old({ contract: contractOf(one) }, { note: "no order" })));
    expect([
      codes(code.around),
      code.bus.named("StepFailed").map(({ detail }) => (detail.data as StepFailedData).givenUp),
    ]).to.deep.equal([[], [true]]);
  });

  it("is the hub's fault in an event that a step has published", async () => {
    const code = deploy(stricter);
    await code.run("ship", message(old({ contract, step: "charge", hop: 1 })));
    expect(codes(code.around)).to.deep.equal(["INVALID_PAYLOAD"]);
  });
});
