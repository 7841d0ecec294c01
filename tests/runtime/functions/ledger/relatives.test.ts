import { expect } from "chai";
import { describe, it } from "mocha";
import largeOrders from "../../../../examples/large-orders.ts";
import orderStatistics from "../../../../examples/order-statistics.ts";
import { type Flow, graph } from "../../../../model/index.ts";
import { graphKey } from "../../../../protocol/table.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { serveStatus } from "../../../../runtime/functions/status/serve-status.ts";
import { serveStep } from "../../../../runtime/index.ts";
import type { ProxyResponse } from "../../../../runtime/lambda.ts";
import { context, deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const GRAPH = "0123456789abcdef";
const order = { orderId: "o-1", totalCents: 500, country: "PT", channel: "shop" };

/** The step of order-statistics, ledger and status over one table. */
function served() {
  const around = fakeDependencies({ flow: orderStatistics.name, graph: GRAPH });
  const { table, services, bus } = around;
  for (const flow of [largeOrders, orderStatistics] as readonly Flow[]) {
    const { pk, sk } = graphKey(flow.name, GRAPH);
    table.items.set(`${pk}|${sk}`, { pk, sk, graph: JSON.stringify(graph(flow)) });
  }
  const count = serveStep(orderStatistics, "count", validatorsOf(orderStatistics as never), () => services);
  const status = serveStatus(() => services);
  const show = async (requestId: string, tenant = "key-1") => {
    const requestContext = { requestId: "gw-1", domainName: "d", stage: "s", authorizer: { tenant, consumer: "c" } };
    const event = { headers: {}, pathParameters: { requestId }, queryStringParameters: null, body: null };
    return JSON.parse(((await status({ ...event, isBase64Encoded: false, requestContext }, context())) as ProxyResponse).body);
  };
  const placed = (requestId: string, more: object = {}) =>
    busEvent("OrderPlaced", order, {
      ...{ requestId, eventId: requestId, correlationId: "cart-1", tenant: "key-1", flow: largeOrders.name, graph: GRAPH },
      ...{ step: "trigger:orders", occurredAt: "2026-11-24T09:00:00.000Z", ...more },
    });
  /** The order's first event reaches the ledger and the importing step, whose reports reach the ledger. */
  const run = async (requestId: string, ledger = serveLedger(() => services)) => {
    const first = placed(requestId);
    await deliver(ledger, message(first));
    const before = bus.events.length;
    await deliver(count, message(first));
    for (const report of bus.events.slice(before)) await deliver(ledger, message(report));
  };
  return { ...around, show, run, placed };
}

describe("ledger / requests of imported events", () => {
  it("are shown on the request that published the event, and it on them", async () => {
    const { run, show } = served();
    await run("r-1");
    const parent = await show("r-1");
    expect(parent.children).to.deep.equal([{ requestId: "r-1.order-statistics", flow: "order-statistics", status: "completed" }]);
    expect(parent).not.to.have.property("parent");
    const child = await show("r-1.order-statistics");
    expect(child.parent).to.deep.equal({ requestId: "r-1", flow: "large-orders", status: parent.status });
    expect(child).to.include({ correlationId: "cart-1" });
    expect(child).not.to.have.property("children");
  });

  it("are shown once, whichever write of the ledger fails and is repeated", async () => {
    for (let failing = 1; failing <= 8; failing += 1) {
      const { run, show, services, table } = served();
      let writes = 0;
      const put: typeof table.put = async (...args) => {
        writes += 1;
        if (writes === failing) throw new Error("down");
        return table.put(...args);
      };
      // A call for many items may fail after some of them.
      const putAll: typeof table.putAll = async (items) => {
        for (const item of items) await put(item);
      };
      const ports = { get: table.get.bind(table), query: table.query.bind(table), remove: table.remove.bind(table), put, putAll };
      const ledger = serveLedger(() => ({ ...services, table: ports }) as never);
      for (let time = 1; time <= 2; time += 1) await run("r-1", ledger);
      expect((await show("r-1")).children, `write ${failing}`).to.have.length(1);
      expect((await show("r-1.order-statistics")).parent, `write ${failing}`).to.include({ requestId: "r-1" });
    }
  });

  it("of an id with dots, a request that a trigger began has no parent", async () => {
    const { run, show, table } = served();
    await run("acme");
    await run("acme.order");
    expect(await show("acme.order")).not.to.have.property("parent");
    expect((await show("acme")).children).to.have.length(1);
    const marks = [...table.items.values()].filter(({ sk }) => sk.startsWith("child#")).map(({ pk, sk }) => `${pk} ${sk}`);
    expect(marks).to.deep.equal([
      "request#acme child#acme.order-statistics",
      "request#acme.order child#acme.order.order-statistics",
    ]);
  });
});
