import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { BusEvent } from "../../emulator/events/event.ts";
import type { LogLine } from "../../emulator/lambda/log-store.ts";
import type { LocalHub } from "../../local/hub.ts";
import { type Client, eventually } from "./client.ts";
import { operatorOf } from "./operator.ts";
import { hubHere, someOrder } from "./support.ts";

/** Lines about an invocation: its end, and its metrics. */
const isOfInvocation = (line: object) => "_aws" in line || ("message" in line && line.message === "invocation ended");

describe("end to end / order-to-erp", function () {
  this.timeout(300_000);
  let hub: LocalHub;
  let client: Client;
  let lines: LogLine[];
  let stop: () => Promise<void>;
  const events: BusEvent[] = [];
  before(async () => {
    ({ hub, client, lines, stop } = await hubHere({ speed: 20 }));
    hub.services.bus.onEvent(({ event }) => events.push(event));
  });
  after(() => stop?.());

  const queueArn = (part: string) =>
    String(
      hub.recording.resources.find(({ type, name }) => type === "aws:sqs/queue:Queue" && name === part)?.outputs.arn ??
        expect.fail(`no queue ${part}`),
    );

  it("accepts an order, and returns the URL of its status", async () => {
    const answer = await client.post("/orders", someOrder());
    expect(answer.status).to.equal(202);
    const body = (await answer.json()) as Record<string, string>;
    expect(body).to.have.all.keys("requestId", "correlationId", "status", "statusUrl");
    expect(body.status).to.equal("accepted");
    expect(answer.headers.get("x-request-id")).to.equal(body.requestId);
    expect(answer.headers.get("x-correlation-id")).to.equal(body.correlationId);
    await client.reaches(body.requestId ?? "", "completed");
    const state = await fetch(body.statusUrl ?? "", { headers: { "x-api-key": client.apiKey } });
    expect(state.status).to.equal(200);
    expect(await state.json()).to.include({ requestId: body.requestId, flow: "order-to-erp", status: "completed" });
  });

  it("follows Location, and holds the answer back until the request has ended where the caller prefers to wait", async () => {
    const { headers } = await client.post("/orders", someOrder());
    // The hub's clock is 20 times as fast, so its 20 seconds are one, and the request may take longer.
    const answer = await eventually("the request has ended", async () => {
      const held = await fetch(headers.get("location") ?? "", {
        headers: { "x-api-key": client.apiKey, prefer: "respond-async, wait=20" },
      });
      const body = (await held.json()) as Record<string, string>;
      return body.status === "completed" ? { ...body, applied: held.headers.get("preference-applied") } : undefined;
    });
    expect(answer).to.include({ requestId: headers.get("x-request-id"), applied: "wait=20" });
  });

  it("registers the order in the ERP once, with the total after the discount and the customer's data", async () => {
    const order = someOrder();
    await client.reaches(await client.order(order), "completed");
    const calls = (await client.calls("?target=erp&operation=registerOrder")).filter(
      ({ body }) => (body as { reference: string }).reference === order.orderId,
    );
    expect(calls.map(({ status, effect }) => [status, effect])).to.deep.equal([[200, "applied"]]);
    expect(calls[0]?.body).to.deep.equal({
      reference: order.orderId,
      customer: { id: "C-9", name: "Padaria Aurora Ltda", taxId: "11.222.333/0001-81" },
      lines: order.lines,
      discountCents: 5_100,
      totalCents: 96_900,
    });
  });

  it("runs rules and enrichment in parallel, and the adapter once when both are complete", async () => {
    const { steps, events: seen } = await client.reaches(await client.order(someOrder()), "completed");
    expect(steps.map(({ step, status, attempts }) => [step, status, attempts])).to.have.deep.members(
      ["validate", "applyRules", "enrich", "register"].map((step) => [step, "succeeded", 1]),
    );
    const time = (step: string, end: "startedAt" | "finishedAt") =>
      Date.parse(steps.find((found) => found.step === step)?.[end] ?? "");
    expect(time("register", "startedAt")).to.be.at.least(
      Math.max(time("applyRules", "finishedAt"), time("enrich", "finishedAt")),
    );
    expect(seen.map(({ name }) => name)).to.have.members([
      "IntegrationRequested",
      "IntegrationValidated",
      "RuleApplied",
      "DataEnriched",
      "OrderRegistered",
    ]);
  });

  it("keeps the caller's correlation id in every event, log line and third-party call", async () => {
    const correlationId = `test:${Date.now()}.é`.replace("é", "e");
    const from = { events: events.length, lines: lines.length };
    const requestId = await client.order(someOrder(), { "x-correlation-id": correlationId });
    await client.reaches(requestId, "completed");
    const metadata = events
      .slice(from.events)
      .map(({ detail }) => (detail as { metadata: { requestId: string; correlationId: string } }).metadata);
    const requestMetadata = metadata.filter((found) => found.requestId === requestId);
    expect(requestMetadata).to.have.length.of.at.least(9);
    for (const found of requestMetadata) expect(found.correlationId).to.equal(correlationId);
    // An invocation handles a batch: its own lines are of no single request.
    const messages = lines
      .slice(from.lines)
      .filter((line) => !line.function.startsWith("hub-") && !isOfInvocation(line.message as object));
    expect(messages.length).to.be.greaterThan(5);
    for (const { message } of messages) expect(message).to.include({ correlationId, requestId });
    const calls = await client.calls(`?correlationId=${encodeURIComponent(correlationId)}`);
    expect(calls.map(({ operation }) => operation)).to.have.members(["find", "registerOrder"]);
    const listed = (await (await client.get(`/requests?correlationId=${encodeURIComponent(correlationId)}`)).json()) as {
      requests: { requestId: string }[];
    };
    expect(listed.requests.map((request) => request.requestId)).to.deep.equal([requestId]);
    const logged = (await (
      await fetch(`${hub.consoleUrl}/api/logs?correlationId=${encodeURIComponent(correlationId)}`)
    ).json()) as {
      lines: unknown[];
    };
    expect(logged.lines.length).to.be.at.least(messages.length);
  });

  it("keeps quotes, apostrophes, line breaks and Unicode as they are", async () => {
    const order = someOrder({
      customerId: 'O\'Brien "&" $5 Ünï',
      note: "line\nbreak \\ 'quoted' $" + "{x} #set($a=1) 日本 \u2028",
    });
    await client.reaches(await client.order(order), "completed");
    const [call] = (await client.calls("?target=erp&operation=registerOrder")).filter(
      ({ body }) => (body as { reference: string }).reference === order.orderId,
    );
    expect(call?.body).to.have.nested.property("customer.id", order.customerId);
    const requested = events.find(({ detail }) => (detail as { data: { orderId?: string } }).data.orderId === order.orderId);
    expect(requested?.detail).to.have.deep.property("data", order);
  });

  for (const [what, body, headers, status] of [
    ["a body that does not match the schema", { orderId: "x" }, {}, 400],
    ["a body that is not JSON", "{", {}, 400],
    ["another content type", "orderId=1", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["a wrong key", {}, { "x-api-key": "no-such-key-no-such-key" }, 401],
  ] as const) {
    it(`refuses ${what}: ${status}`, async () => {
      const answer = await client.post("/orders", body, headers);
      expect(answer.status).to.equal(status);
      expect(answer.headers.get("content-type")).to.match(/^application\/problem\+json/);
      expect(await answer.json()).to.include({ status });
    });
  }

  it("answers 404 for an unknown request", async () => expect((await client.get("/requests/nowhere")).status).to.equal(404));

  it("answers 503 with Retry-After while the bus refuses the event", async () => {
    hub.services.aws.setFault("AWSEvents", { mode: "fail-entries", times: 1 });
    const answer = await client.post("/orders", someOrder());
    expect(answer.status).to.equal(503);
    expect(Number(answer.headers.get("retry-after"))).to.be.greaterThan(0);
  });

  it("backs off while the ERP fails, and completes when it is back", async () => {
    await client.fault({ target: "erp", operation: "registerOrder", mode: "error", status: 500, times: 3 });
    const order = someOrder();
    const { steps } = await client.reaches(await client.order(order), "completed");
    expect(steps.find(({ step }) => step === "register")).to.include({ status: "succeeded", attempts: 4 });
    const statuses = (await client.calls("?target=erp&operation=registerOrder"))
      .filter(({ body }) => (body as { reference: string }).reference === order.orderId)
      .map(({ status }) => status);
    expect(statuses).to.deep.equal([500, 500, 500, 200]);
  });

  it("calls the ERP once although its answer is unreadable, and completes the order when an operator redrives it", async () => {
    await client.fault({ target: "erp", operation: "registerOrder", mode: "invalid", times: 1 });
    const order = someOrder();
    const requestId = await client.order(order);
    const { steps } = await client.reaches(requestId, "blocked");
    expect(steps.find(({ step }) => step === "register")).to.deep.include({ status: "failed", attempts: 1 });
    const ops = operatorOf(hub);
    const { id } = await ops.deadLetterOf(requestId);
    await ops.decide("redrive", { ids: [id] });
    await client.reaches(requestId, "completed");
    const effects = (await client.calls("?target=erp&operation=registerOrder")).filter(
      ({ body, effect }) => (body as { reference: string }).reference === order.orderId && effect === "applied",
    );
    expect(effects).to.have.length(1);
  });

  it("blocks a request that can't succeed, and records its message", async () => {
    const twice = { sku: "coffee", quantity: 1, unitCents: 100 };
    const requestId = await client.order(someOrder({ lines: [twice, twice] }));
    const { steps } = await client.reaches(requestId, "blocked");
    const validate = steps.find(({ step }) => step === "validate");
    expect(validate).to.include({ status: "failed", attempts: 1 });
    expect(validate?.error?.code).to.equal("DUPLICATE_SKU");
    expect(validate?.error?.message).to.include("coffee");
    const ops = operatorOf(hub);
    const deadLetter = await ops.deadLetterOf(requestId);
    expect(deadLetter).to.include({
      flow: "order-to-erp",
      step: "validate",
      errorCode: "DUPLICATE_SKU",
      event: "IntegrationRequested",
    });
    for (const queue of ["order-to-erp-validate-queue", "order-to-erp-dead-letters"])
      await eventually(`${queue} is empty`, () => {
        const { visible, inFlight } = hub.services.queues.statistics(queueArn(queue));
        return visible + inFlight === 0 ? true : undefined;
      });
  });
});
