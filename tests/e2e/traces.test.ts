import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { traced } from "../../cli/trace-source.ts";
import { spansIn } from "../../protocol/otlp.ts";
import { eventually } from "./client.ts";
import { killedAfterEach } from "./killed-after-each.ts";
import { operatorOf } from "./operator.ts";
import { dataFolder, hubHere, killable, someOrder } from "./support.ts";
import { attribute, type TracedSpan, tracedAs } from "./trace-facts.ts";

/** The ids below lead to their requests by the hub's own API and collector. */
const noLogs = () => expect.fail("logs are not needed");

/** All in one trace, and each but those without a cause in it below its cause. */
function expectConnected(spans: readonly TracedSpan[]): void {
  expect(new Set(spans.map(({ traceId }) => traceId)).size).to.equal(1);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(ids.size).to.equal(spans.length);
  for (const { name, parentSpanId } of spans) if (parentSpanId !== undefined) expect([...ids], name).to.include(parentSpanId);
}

describe("end to end / the trace of a request", function () {
  this.timeout(300_000);

  describe("equals the ledger's facts", () => {
    let here: Awaited<ReturnType<typeof hubHere>>;
    before(async () => {
      here = await hubHere({ speed: 4 });
    });
    after(() => here?.stop());

    it("of a request that completes: deliveries, attempts, events, and what caused what", async () => {
      const status = await here.client.reaches(await here.client.order(someOrder()), "completed");
      const spans = await tracedAs(here.hub.tracesUrl, status);
      expectConnected(spans);
      const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
      expect(roots.map(({ name }) => name)).to.deep.equal([`publish ${status.events[0]?.name}`]);
      // The gateway's own trace at X-Ray.
      expect(roots[0]?.links).to.have.length(1);
      const calls = spans.filter(({ name }) => name === "erp.registerOrder");
      expect(calls.map((span) => attribute(span, "http.response.status_code"))).to.deep.equal(["200"]);
      const waits = spans.filter(({ name }) => name.startsWith("wait in ")).map(({ name }) => name);
      expect(new Set(waits)).to.deep.equal(new Set(["wait in bus", "wait in queue"]));
    });

    it("is found by the order's number, the ERP's, a trace id, a correlation id and a dead letter's id, by one command each", async () => {
      const operator = operatorOf(here.hub);
      const order = someOrder();
      const done = await here.client.order(order, { "x-correlation-id": `c-${order.orderId}` });
      const { steps } = await here.client.reaches(done, "completed");
      expect(steps.map(({ step }) => step)).to.include("register");
      const { traceId } = (await tracedAs(here.hub.tracesUrl, await here.client.reaches(done, "completed")))[0] as TracedSpan;
      const shown = (await (await here.client.get(`/requests/${done}`)).json()) as {
        keys: { orderId: string[]; erpId: string[] };
      };
      expect(shown.keys.orderId).to.deep.equal([order.orderId]);
      const twice = { sku: "coffee", quantity: 1, unitCents: 1 };
      const failing = someOrder({ lines: [twice, twice] });
      const blocked = await here.client.order(failing);
      await here.client.reaches(blocked, "blocked");
      const { id } = await operator.deadLetterOf(blocked);
      const hub = { url: here.hub.url, apiKey: operator.apiKey, tracesUrl: here.hub.tracesUrl };
      // The stand-in of the ERP gives many orders the same number.
      const byErp = await traced(hub, String(shown.keys.erpId[0]), noLogs);
      expect(byErp.requests.map((request) => request.requestId)).to.include(done);
      for (const [given, requestId] of [
        [order.orderId, done],
        [`c-${order.orderId}`, done],
        [traceId, done],
        [failing.orderId, blocked],
        [id, blocked],
      ] as const) {
        const { requests, otlp } = await traced(hub, given, noLogs);
        expect(
          requests.map((request) => request.requestId),
          given,
        ).to.deep.equal([requestId]);
        expect(otlp && spansIn(otlp).length, given).to.be.greaterThan(0);
      }
    });

    it("of a request that is redriven and fails again, with a link to the attempt that died", async () => {
      const operator = operatorOf(here.hub);
      const twice = { sku: "coffee", quantity: 1, unitCents: 1 };
      const requestId = await here.client.order(someOrder({ lines: [twice, twice] }));
      const died = await here.client.reaches(requestId, "blocked");
      const [failed] = (await tracedAs(here.hub.tracesUrl, died)).filter(({ status }) => status.code === 2);
      const { id } = await operator.deadLetterOf(requestId);
      await operator.decide("redrive", { ids: [id] });
      await eventually("it failed again", async () => ((await operator.deadLetterOf(requestId)).times === 2 ? true : undefined));
      const spans = await tracedAs(here.hub.tracesUrl, await here.client.reaches(requestId, "blocked"));
      expectConnected(spans);
      const redrive = spans.find(({ name }) => name.startsWith("redrive "));
      expect(redrive?.links.map(({ spanId }) => spanId)).to.deep.equal([failed?.spanId]);
    });
  });

  describe("after kill -9", () => {
    const folder = dataFolder();
    const tracked = killedAfterEach();
    after(() => folder.remove());

    it("equals the ledger's facts, too", async () => {
      const before = tracked(await killable(folder.dir, 1));
      const requests = await Promise.all(Array.from({ length: 8 }, () => before.client.order(someOrder())));
      await eventually("some orders have reached the ERP", async () =>
        (await before.client.calls("?target=erp&operation=registerOrder")).length > 1 ? true : undefined,
      );
      before.child.kill("SIGKILL");
      await before.ended;
      const again = tracked(await killable(folder.dir, 1));
      const { tracesUrl } = JSON.parse(readFileSync(join(folder.dir, "running.json"), "utf8")) as { tracesUrl: string };
      for (const requestId of requests)
        expectConnected(await tracedAs(tracesUrl, await again.client.reaches(requestId, "completed", 200_000)));
    });
  });
});
