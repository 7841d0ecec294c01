import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, event, flow, graph, step } from "../../../../model/index.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { serveStatus } from "../../../../runtime/functions/status/serve-status.ts";
import { serveStep } from "../../../../runtime/index.ts";
import type { ProxyResponse } from "../../../../runtime/lambda.ts";
import { traceIdOf } from "../../../../runtime/tracing/trace-ids.ts";
import { context, deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const email = z.string().meta({ personal: true });
const Placed = event("Placed", z.object({ orderId: z.string(), email: email.optional() }), { keys: ["orderId", "email"] });
const Booked = event("Booked", z.object({ erpId: z.int(), email: email.optional() }), { keys: ["erpId", "email"] });
const orders = flow("orders", {
  summary: "",
  owner: "",
  triggers: { orders: api("POST /orders", { emits: Placed }) },
  steps: {
    book: step({
      on: Placed,
      emits: [Booked],
      handler: (order) =>
        order.orderId === "many" ? Array.from({ length: 30 }, (_, n) => Booked({ erpId: n })) : Booked({ ...order, erpId: 77 }),
    }),
  },
});

/** Step, ledger and status over one table. */
function served() {
  const around = fakeDependencies();
  const { table, services, bus } = around;
  const [pk, sk] = ["graph#orders", "0123456789abcdef"];
  table.items.set(`${pk}|${sk}`, { pk, sk, graph: JSON.stringify(graph(orders)) });
  const book = serveStep(orders, "book", validatorsOf(orders), () => services);
  const ledger = serveLedger(() => services);
  const status = serveStatus(() => services);
  const get = async (
    query: Record<string, string> | undefined,
    options: { id?: string; tenant?: string; operator?: boolean } = {},
  ) => {
    const { id, tenant = "key-1", operator = false } = options;
    const answer = (await status(
      {
        headers: {},
        pathParameters: id === undefined ? null : { requestId: id },
        queryStringParameters: query ?? null,
        body: null,
        isBase64Encoded: false,
        requestContext: {
          requestId: "gw-1",
          domainName: "d",
          stage: "s",
          authorizer: { tenant, consumer: "c", operator: String(operator) },
        },
      },
      context(),
    )) as ProxyResponse;
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  };
  const found = async (key: string, options: { tenant?: string; operator?: boolean } = {}) =>
    ((await get({ key }, options)).body.requests as { requestId: string }[]).map(({ requestId }) => requestId);
  let n = 0;
  /** One request, whole: its first event and what its step publishes. */
  const run = async (requestId: string, data: object, tenant = "key-1") => {
    n += 1;
    const occurredAt = `2026-11-24T09:00:${String(n).padStart(2, "0")}.000Z`;
    const first = busEvent("Placed", data, { requestId, eventId: requestId, tenant, occurredAt });
    const before = bus.events.length;
    await deliver(book, message(first, requestId));
    const events = [first, ...bus.events.slice(before)];
    expect(await deliver(ledger, ...events.map((each, i) => message(each, `${requestId}-${i}`)))).to.deep.equal([]);
    return events;
  };
  return { ...around, run, get, found, ledger };
}

describe("business keys", () => {
  it("lead to the request: those of its first event, and those of the events that its steps publish", async () => {
    const fixture = served();
    await fixture.run("r-1", { orderId: "4711" });
    await fixture.run("r-2", { orderId: "4712" });
    expect(await fixture.found("4711")).to.deep.equal(["r-1"]);
    expect(await fixture.found("77")).to.deep.equal(["r-2", "r-1"]);
    expect(await fixture.found("471")).to.deep.equal([]);
    expect((await fixture.get(undefined, { id: "r-1" })).body.keys).to.deep.equal({ orderId: ["4711"], erpId: ["77"] });
  });

  it("are kept as hashes alone where they are personal, and still lead to the request", async () => {
    const fixture = served();
    await fixture.run("r-1", { orderId: "4711", email: "ana@example.com" });
    expect(await fixture.found("ana@example.com")).to.deep.equal(["r-1"]);
    const kept = [...fixture.table.items.values()].filter(({ pk }) => pk.startsWith("request#"));
    expect(JSON.stringify(kept)).not.to.include("ana@");
    expect(JSON.stringify(fixture.bus.named("StepSucceeded"))).not.to.include("ana@");
    expect((await fixture.get(undefined, { id: "r-1" })).body.keys).to.deep.equal({ orderId: ["4711"], erpId: ["77"] });
  });

  it("show a caller the requests of its own tenant, and an operator all", async () => {
    const fixture = served();
    await fixture.run("r-1", { orderId: "4711" });
    await fixture.run("r-2", { orderId: "4711" }, "key-2");
    await fixture.run("r-3", { orderId: "4711" }, "webhook:orders.stripe");
    expect(await fixture.found("4711")).to.deep.equal(["r-3", "r-1"]);
    expect(await fixture.found("4711", { tenant: "key-2" })).to.deep.equal(["r-3", "r-2"]);
    expect(await fixture.found("4711", { operator: true })).to.deep.equal(["r-3", "r-2", "r-1"]);
  });

  it("combine with the other filters, but not with a cursor", async () => {
    const fixture = served();
    for (const id of ["r-1", "r-2", "r-3"]) await fixture.run(id, { orderId: "4711" });
    const ids = async (query: Record<string, string>) =>
      (await fixture.get({ key: "4711", ...query })).body.requests.map(({ requestId }: { requestId: string }) => requestId);
    expect(await ids({ limit: "2" })).to.deep.equal(["r-3", "r-2"]);
    expect(await ids({ from: "2026-11-24T09:00:02Z", to: "2026-11-24T09:00:03Z" })).to.deep.equal(["r-2"]);
    expect(await ids({ status: "failed" })).to.deep.equal([]);
    expect(await ids({ flow: "orders", status: "completed" })).to.have.length(3);
    for (const query of [{ key: "" }, { key: "x".repeat(513) }])
      expect((await fixture.get(query)).body.detail).to.equal(
        "The parameter key is not a text of 1 to 512 characters. Send the value of a field, such as an order's number.",
      );
    const cursor = Buffer.from("2026-11-24T09:00:00.000Z#r-1").toString("base64url");
    expect((await fixture.get({ key: "4711", cursor })).status).to.equal(400);
  });

  it("are the same in every order of the messages and when they come again; a long value leads to its request, too", async () => {
    const fixture = served();
    const long = "o".repeat(300);
    const events = await fixture.run("r-1", { orderId: long });
    const before = JSON.stringify([...fixture.table.items.values()]);
    for (const each of events.toReversed()) await deliver(fixture.ledger, message(each, "again"));
    expect(JSON.stringify([...fixture.table.items.values()])).to.equal(before);
    expect(await fixture.found(long)).to.deep.equal(["r-1"]);

    const reversed = served();
    for (const each of events.toReversed()) await deliver(reversed.ledger, message(each, "r"));
    expect(await reversed.found(long)).to.deep.equal(["r-1"]);
    expect(await reversed.found("77")).to.deep.equal(["r-1"]);
  });

  it("are the first ten of a request, and cost one item each", async () => {
    const fixture = served();
    await fixture.run("r-1", { orderId: "many" });
    const items = [...fixture.table.items.values()].filter(({ sk }) => sk.startsWith("key#"));
    const ids = ["request#key#c-1", `request#key#${traceIdOf("r-1")}`];
    expect(items.filter(({ pk }) => !ids.includes(pk))).to.have.length(10);
    expect(await fixture.found("many")).to.deep.equal(["r-1"]);
  });

  it("stand beside the trace id and the caller's correlation id, which lead to the request, too, once however often it changes", async () => {
    const fixture = served();
    await fixture.run("r-1", { orderId: "one" });
    expect(await fixture.found(traceIdOf("r-1"))).to.deep.equal(["r-1"]);
    expect(await fixture.found("c-1")).to.deep.equal(["r-1"]);
    const leading = (value: string) => [...fixture.table.items.values()].filter(({ pk }) => pk === `request#key#${value}`);
    expect(leading(traceIdOf("r-1"))).to.have.length(1);
    expect(leading("r-1")).to.have.length(0);
  });
});
