import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { find } from "../../cli/find.ts";
import { logs, tail } from "../../cli/logs.ts";
import { status } from "../../cli/status.ts";
import { telemetryOf } from "../../cli/telemetry/telemetry-of.ts";
import type { Overview } from "../../console/shared/api.ts";
import { type LogLine, levelOf } from "../../protocol/logs.ts";
import type { HubStatus } from "../../protocol/status.ts";
import { eventually } from "./client.ts";
import { operatorOf } from "./operator.ts";
import { hubHere, someOrder } from "./support.ts";

interface Found {
  readonly requests: readonly {
    readonly requestId: string;
    readonly traceId: string;
    readonly xrayTraceIds: readonly string[];
    readonly gatewayRequestId?: string;
    readonly keys?: Readonly<Record<string, readonly string[]>>;
    readonly deadLetters: readonly { readonly id: string }[];
  }[];
}

describe("end to end / what the command line shows of the hub on this machine", function () {
  this.timeout(300_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    here = await hubHere({ speed: 4 });
  });
  after(() => here?.stop());

  const hub = () => ({ url: here.hub.url, apiKey: operatorOf(here.hub).apiKey, consoleUrl: here.hub.consoleUrl });
  const around = () => ({ to: { width: 200, colours: false, fits: false }, telemetry: () => telemetryOf(hub()) });
  const twice = { sku: "coffee", quantity: 1, unitCents: 1 };
  const blockedOrder = () => someOrder({ lines: [twice, twice] });

  it("leads from each id of a request to all others, X-Ray's of its call included", async () => {
    const order = blockedOrder();
    const call = `1-${Math.floor(Date.now() / 1_000).toString(16)}-abcdef012345678912345678`;
    const headers = {
      "x-correlation-id": `c-${order.orderId}`,
      "x-amzn-trace-id": `Root=${call}`,
      "idempotency-key": `k-${order.orderId}`,
    };
    const requestId = await here.client.order(order, headers);
    await here.client.reaches(requestId, "blocked");
    const { id } = await operatorOf(here.hub).deadLetterOf(requestId);
    const from = async (given: string) => (JSON.parse(await find(hub(), [given], { json: true }, around())) as Found).requests;
    const [known] = await eventually("the access log has the call", async () => {
      const found = await from(requestId);
      return found[0]?.xrayTraceIds.includes(call) ? found : undefined;
    });
    expect(known?.keys?.orderId).to.deep.equal([order.orderId]);
    expect(known?.deadLetters.map((letter) => letter.id)).to.deep.equal([id]);
    const ids = [`c-${order.orderId}`, order.orderId, id, String(known?.traceId), ...(known?.xrayTraceIds ?? [])];
    expect(ids).to.have.length(6);
    // Without the collector: on AWS the hub keeps no spans.
    for (const given of ids) expect(await from(given), given).to.deep.equal([known]);
  });

  it("finds a webhook's request by the trace that X-Ray has of its call", async () => {
    const call = `1-${Math.floor(Date.now() / 1_000).toString(16)}-0123456789abcdef01234567`;
    const event = {
      id: `evt_${process.pid}`,
      type: "payment_intent.succeeded",
      data: { object: { id: "pi_1", amount: 1, currency: "eur" } },
    };
    const answer = await here.client.webhook(event, { "x-amzn-trace-id": `Root=${call}` });
    expect(answer.status).to.be.lessThan(300);
    const found = await eventually("the ledger has the request of the webhook", async () =>
      find(hub(), [call], { json: true }, around()).then(
        (text) => (JSON.parse(text) as Found).requests,
        () => undefined,
      ),
    );
    expect(found).to.have.length(1);
  });

  it("prints what was logged about an order, by its number", async () => {
    const order = someOrder();
    await here.client.reaches(await here.client.order(order), "completed");
    const text = await logs(hub(), [order.orderId], { flow: "order-to-erp", level: "info" }, around());
    expect(text).to.match(/info {2}order-to-erp\/register {2}step succeeded → OrderRegistered/);
    expect(await logs(hub(), [order.orderId], {}, around())).to.match(/POST \/orders 202/);
  });

  it("prints lines as they come: those of a step, from a level on", async () => {
    const end = new AbortController();
    const [all, register, failures] = [[] as string[], [] as string[], [] as string[]];
    const follow = (options: object, to: string[]) =>
      tail(hub(), options as never, { ...around(), print: (line) => to.push(line), signal: end.signal });
    const tails = [
      follow({}, all),
      follow({ flow: "order-to-erp", step: "register" }, register),
      follow({ level: "warn", json: true }, failures),
    ];
    // A listener that begins late misses the first lines: it is there once it gets a line.
    const requestId = await eventually("lines arrive", async () => {
      const placed = await here.client.order(someOrder());
      await here.client.reaches(placed, "completed");
      return register.some((line) => line.includes(placed)) && all.some((line) => line.includes(placed)) ? placed : undefined;
    });
    const blocked = await here.client.order(blockedOrder());
    await eventually("the failure arrives", () => (failures.some((line) => line.includes(blocked)) ? true : undefined));
    end.abort();
    await Promise.all(tails);
    expect(register.filter((line) => line.includes(requestId)).join("\n")).to.match(
      /order-to-erp\/register {2}step succeeded → OrderRegistered/,
    );
    for (const line of register) expect(line).to.include(" order-to-erp/register ");
    // The access log's lines have statuses.
    for (const line of failures) expect(levelOf(JSON.parse(line) as LogLine)).to.be.oneOf(["warn", "error"]);
  });

  it("shows queues, holds, breakers and dead letters as the console does", async () => {
    const operator = operatorOf(here.hub);
    const until = new Date(here.hub.services.clock.now() + 3_600_000).toISOString();
    await operator.post("/ops/holds", { flow: "order-to-erp", step: "register", until, reason: "a test" });
    // A function reads holds anew after five seconds: until then, an order may still pass.
    let requestId = await here.client.order(someOrder());
    const text = await eventually("the held message is in the queue", async () => {
      if ((await here.client.request(requestId))?.status === "completed") requestId = await here.client.order(someOrder());
      const printed = await status(hub(), {}, around());
      return / {2}register +0 +1 +0 +\d/.test(printed) ? printed : undefined;
    });
    expect(text).to.match(/HELD\nstep order-to-erp\/register {2}until /);
    const found = JSON.parse(await status(hub(), { json: true }, around())) as HubStatus;
    const shown = (await (await fetch(`${here.hub.consoleUrl}/api/overview`)).json()) as Overview;
    expect(found.deadLetters.open).to.equal(shown.openDeadLetters).and.be.greaterThan(0);
    expect(
      found.flows
        .filter(({ flow }) => shown.flows.some((one) => one.flow === flow))
        .map(({ flow, deadLetters }) => [flow, deadLetters])
        .sort(),
    ).to.deep.equal(shown.flows.map(({ flow, openDeadLetters }) => [flow, openDeadLetters]).sort());
    expect(found.thirdParties.map(({ name, breaker, failures }) => ({ name, breaker, failures }))).to.have.deep.members(
      shown.parties.map(({ name, breaker, failures }) => ({ name, breaker, failures })),
    );
    await operator.post("/ops/holds/release", { flow: "order-to-erp", step: "register" });
    await here.client.reaches(requestId, "completed");
  });
});
