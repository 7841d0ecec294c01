import { expect } from "chai";
import { describe, it } from "mocha";
import { readMessage } from "../../../../runtime/functions/dead-letters/read-message.ts";
import { redriveTime } from "../../../../runtime/functions/dead-letters/transient.ts";
import { masked } from "../../../../runtime/mask.ts";
import { message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const target = (name: string) => ({
  queueUrl: `url-${name}`,
  queueArn: `q-${name}`,
  ruleArn: `r-${name}`,
  functionArn: `a:b:c:d:e:f:${name}`,
});
const targets = {
  flow: "orders",
  graph: "g",
  deadLetterArn: "d",
  steps: { check: target("check"), bill: target("bill") },
  schedules: { tick: { scheduleArn: "s-tick", event: "OrderPlaced" } },
};
const event = busEvent("OrderPlaced", { orderId: "o-1" });
const attributes = (fixture: Record<string, string>) =>
  Object.fromEntries(Object.entries(fixture).map(([name, stringValue]) => [name, { dataType: "String", stringValue }]));

describe("dead letters / shapes", () => {
  it("reads messages of the runtime", () => {
    const read = readMessage(
      message(event, "m", {
        messageAttributes: attributes({ step: "bill", errorCode: "NO", attempts: "3", delivery: "join:1" }),
      }),
      targets,
    );
    expect(read).to.include({ shape: "runtime", step: "bill", errorCode: "NO", attempts: 3 });
    expect(read.cause).to.include({ requestId: "r-1", eventId: "e-1", delivery: "join:1" });
  });

  it("reads a message that SQS moved, by its source queue", () => {
    const read = readMessage(message(event, "m", { attributes: { DeadLetterQueueSourceArn: "q-bill" } }), targets);
    expect(read).to.include({ shape: "backstop", step: "bill", errorCode: "RECEIVED_TOO_OFTEN" });
  });

  it("reads an event that EventBridge could not deliver, by its rule", () => {
    const read = readMessage(
      message(event, "m", { messageAttributes: attributes({ RULE_ARN: "r-check", ERROR_CODE: "NO_PERMISSIONS" }) }),
      targets,
    );
    expect(read).to.include({ shape: "target", step: "check", errorCode: "NO_PERMISSIONS" });
  });

  it("reads Lambda's on-failure record, and extracts the event", () => {
    const requestContext = { functionArn: "a:b:c:d:e:f:bill:$LATEST", condition: "RetriesExhausted", approximateInvokeCount: 3 };
    const read = readMessage(message({ requestContext, requestPayload: event, responsePayload: { errorType: "Oops" } }), targets);
    expect(read).to.include({ shape: "invocation", step: "bill", errorCode: "Oops", attempts: 3 });
    expect(JSON.parse(read.body)).to.deep.equal(event);
  });

  for (const [what, body] of [
    ["the request of PutEvents", JSON.stringify({ Entries: [{ Detail: JSON.stringify(event.detail) }] })],
    ["the input alone", JSON.stringify(event.detail)],
  ] as const)
    it(`reads an event that EventBridge Scheduler could not publish: ${what}`, () => {
      const read = readMessage(
        message(body, "m", {
          messageAttributes: attributes({
            SCHEDULE_ARN: "s-tick",
            ERROR_CODE: "ThrottlingException",
            RETRY_ATTEMPTS: "185",
            SCHEDULED_TIME: "2026-11-24T04:00:00Z",
          }),
        }),
        targets,
      );
      expect(read).to.include({ shape: "schedule", step: "trigger:tick", errorCode: "ThrottlingException", attempts: 186 });
      expect(read.cause).to.include({ requestId: "r-1", eventId: "e-1", eventName: "OrderPlaced" });
      expect(JSON.parse(read.body)).to.deep.include({ "detail-type": "OrderPlaced", source: "hub.orders", detail: event.detail });
    });

  it("keeps the event of a deleted schedule", () => {
    const read = readMessage(message("{}", "m", { messageAttributes: attributes({ SCHEDULE_ARN: "s-gone" }) }), targets);
    expect(read).to.include({ shape: "schedule", step: "", body: "{}", cause: null });
  });

  it("keeps a message that is not an event, without a cause", () => {
    const read = readMessage(
      message("garbage", "m", { messageAttributes: attributes({ step: "check", errorCode: "X" }) }),
      targets,
    );
    expect(read).to.include({ body: "garbage", cause: null });
  });
});

describe("dead letters / of a renamed flow", () => {
  const renamed = {
    ...targets,
    formerly: ["shop", "store"],
    steps: { check: target("check"), bill: { ...target("bill"), formerly: ["charge"] } },
  };
  const from = (flow: string) => busEvent("OrderPlaced", { orderId: "o-1" }, { flow });
  const read = (flow: string, step: string, more: Record<string, string> = {}) =>
    readMessage(message(from(flow), "m", { messageAttributes: attributes({ step, errorCode: "NO", ...more }) }), renamed);

  for (const flow of ["shop", "store"])
    it(`belong to the request that began under the flow's name ${flow}`, () =>
      expect(read(flow, "bill").cause).to.include({ requestId: "r-1", startedAs: flow }));

  it("belong to the request of the present name, with nothing else to say", () => {
    const { cause } = read("orders", "bill");
    expect(cause).to.include({ requestId: "r-1" });
    expect(cause).to.not.have.property("startedAs");
  });

  it("belong to a request of their own where the event is another flow's, under the first name", () =>
    expect(read("sales", "bill").cause).to.include({ requestId: "r-1.shop" }));

  it("name the step as it is called now", () => expect(read("orders", "charge").step).to.equal("bill"));

  it("keep the name under which each request of a join began", () => {
    const ids = { correlationId: "c", tenant: "t", graph: "g" };
    const requests = JSON.stringify([
      { requestId: "r-2", ...ids },
      { requestId: "r-1", ...ids, startedAs: "shop" },
    ]);
    const { cause } = read("shop", "bill", { requests });
    expect(cause).to.include({ requestId: "r-2" });
    expect(cause).to.not.have.property("startedAs");
    expect(cause?.lent).to.deep.equal([{ requestId: "r-1", ...ids, startedAs: "shop" }]);
  });
});

describe("dead letters / decisions", () => {
  it("redrives transient causes four times, with growing waits, and no others", () => {
    expect([0, 1, 2, 3, 4].map((redrives) => redriveTime("THROTTLING", redrives, 0, 0))).to.deep.equal([
      300_000,
      1_800_000,
      7_200_000,
      21_600_000,
      undefined,
    ]);
    expect(redriveTime("DUPLICATE_SKU", 0, 0, 0)).to.equal(undefined);
  });

  it("masks by name and by form, and keeps the rest", () => {
    expect(masked({ orderId: "o", apiKey: "k", inner: [{ note: "Bearer abcdefgh12345" }], password: 7 })).to.deep.equal({
      orderId: "o",
      apiKey: "***",
      inner: [{ note: "***" }],
      password: "***",
    });
  });
});
