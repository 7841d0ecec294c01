import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { AwsError } from "../../../emulator/endpoint/service.ts";
import { EventBus } from "../../../emulator/events/bus.ts";
import type { InvokeAsync, Undeliverable } from "../../../emulator/events/deliveries.ts";
import type { FaultInjection } from "../../../emulator/fault-injection.ts";
import { Queues } from "../../../emulator/sqs/queues.ts";
import { openStore, type Store } from "../../../emulator/store.ts";
import {
  ACCOUNT,
  allow,
  failure,
  ManualClock,
  policy,
  ROLE,
  settle,
  startEndpoint,
  temporaryFolder,
} from "../endpoint/fixture.ts";

const BUS = "arn:aws:events:eu-central-1:111122223333:event-bus/hub";
const RULE = "arn:aws:events:eu-central-1:111122223333:rule/hub/r1";
const QUEUE = "arn:aws:sqs:eu-central-1:111122223333:orders";
const DEAD = "arn:aws:sqs:eu-central-1:111122223333:dead";
const FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:f";

const entry = (over: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: "hub",
  Source: "hub.orders",
  DetailType: "OrderPlaced",
  Detail: '{"data":{"id":"1"}}',
  ...over,
});
const fromRule = (arn: string, ruleArn = RULE) =>
  policy({
    ...allow("sqs:SendMessage", arn, { ArnEquals: { "aws:SourceArn": ruleArn } }),
    Principal: { Service: "events.amazonaws.com" },
  });

describe("events / bus", () => {
  let store: Store;
  let clock: ManualClock;
  let queues: Queues;
  let bus: EventBus;
  let events: EventBridgeClient;
  let setUp: Awaited<ReturnType<typeof startEndpoint>>;
  let folder: ReturnType<typeof temporaryFolder>;
  let invoked: { arn: string; payload: string; sourceArn: string }[];
  let invoke: InvokeAsync;
  let undeliverable: Undeliverable[];
  let faultInjection: FaultInjection;

  const open = () => {
    store = openStore(`${folder.path}/state.sqlite`);
    queues = new Queues(store, clock, setUp.directory, { ...ACCOUNT, baseUrl: setUp.url });
    queues.define({ name: "orders", arn: QUEUE, attributes: { policy: fromRule(QUEUE) } });
    queues.define({ name: "dead", arn: DEAD, attributes: { policy: fromRule(DEAD) } });
    bus = new EventBus(store, clock, setUp.directory, {
      ...ACCOUNT,
      queues,
      invokeAsync: (...call) => invoke(...call),
      random: () => 1,
      faultInjection,
    });
    bus.onUndeliverable((failure) => undeliverable.push(failure));
    bus.defineBus({ name: "hub", arn: BUS });
    bus.defineRule({ name: "r1", arn: RULE, bus: "hub", pattern: '{"source":["hub.orders"]}' });
    setUp.endpoint.register(bus);
    bus.start();
  };
  const target = (arn: string, over = {}) => bus.defineTarget({ ruleArn: RULE, targetId: "t", arn, ...over });
  const put = (...Entries: PutEventsRequestEntry[]) => events.send(new PutEventsCommand({ Entries }));
  const bodies = (arn: string) => queues.peek(arn).map(({ body }) => JSON.parse(body));

  beforeEach(async () => {
    folder = temporaryFolder();
    clock = new ManualClock();
    setUp = await startEndpoint();
    setUp.directory.putRolePolicy(ROLE, "p", policy(allow("events:PutEvents", "*")));
    invoked = [];
    undeliverable = [];
    faultInjection = {};
    invoke = (arn, payload, sourceArn) => void invoked.push({ arn, payload, sourceArn });
    events = new EventBridgeClient(setUp.client);
    open();
  });
  afterEach(async () => {
    events.destroy();
    await bus.stop();
    await setUp.endpoint.stop();
    store.close();
    folder.remove();
    expect(setUp.bugs).to.deep.equal([]);
  });

  it("refuses events while the disk is full, and delivers then what it had accepted", async () => {
    await bus.stop();
    store.close();
    faultInjection = { deliveries: () => [1_000] };
    open();
    target(QUEUE);
    const large = entry({ Detail: JSON.stringify({ data: { id: "1" }, more: "x".repeat(20_000) }) });
    await put(large);
    store.sql("CREATE TABLE filler (v BLOB)").run();
    const pages = Number(store.sql("PRAGMA page_count").get()?.page_count);
    const limit = (most: number) => store.sql(`PRAGMA max_page_count = ${most}`).get();
    limit(pages);
    expect(() => {
      for (;;) store.sql("INSERT INTO filler VALUES (zeroblob(3000))").run();
    }).to.throw("database or disk is full");
    await clock.advance(1_000);
    expect(bodies(QUEUE)).to.deep.equal([]);
    const refused = await put(large).then(
      () => undefined,
      (error: { readonly name: string }) => error.name,
    );
    expect(refused).to.equal("ServiceUnavailable");
    limit(1_000_000);
    await clock.advance(10_000);
    await clock.advance(10_000);
    expect(bodies(QUEUE)).to.have.length(1);
    expect(bus.pendingDeliveries()).to.equal(0);
  });

  it("redelivers duplicates and delays injected by a fault, also after a restart", async () => {
    await bus.stop();
    store.close();
    faultInjection = { deliveries: () => [0, 5_000, 9_000] };
    open();
    target(QUEUE);
    await put(entry());
    expect(bodies(QUEUE)).to.have.length(1);
    await clock.advance(5_000);
    expect(bodies(QUEUE)).to.have.length(2);
    await bus.stop();
    store.close();
    open();
    await clock.advance(4_000);
    expect(new Set(bodies(QUEUE).map(({ id }) => id)).size).to.equal(1);
    expect(bodies(QUEUE)).to.have.length(3);
  });

  it("delivers an event in AWS's shape to the queues of the rules it matches", async () => {
    target(QUEUE);
    const { FailedEntryCount, Entries } = await put(
      entry({ Resources: ["arn:x"], Time: new Date("2026-01-02T03:04:05.678Z"), TraceHeader: "Root=1" }),
      entry({ Source: "hub.other" }),
    );
    expect(FailedEntryCount).to.equal(0);
    expect(bodies(QUEUE)).to.deep.equal([
      {
        version: "0",
        id: Entries?.[0]?.EventId,
        "detail-type": "OrderPlaced",
        source: "hub.orders",
        account: "111122223333",
        time: "2026-01-02T03:04:05Z",
        region: "eu-central-1",
        resources: ["arn:x"],
        detail: { data: { id: "1" } },
      },
    ]);
    expect(queues.peek(QUEUE)[0]?.attributes.AWSTraceHeader).to.equal("Root=1");
  });

  it("notifies listeners of durable events and the rules they match", async () => {
    const seen: unknown[] = [];
    const end = bus.onEvent(({ event, busArn, ruleArns }) => seen.push([event.source, busArn, ruleArns]));
    await put(entry());
    end();
    await put(entry());
    expect(seen).to.deep.equal([["hub.orders", BUS, [RULE]]]);
  });

  for (const [what, bad, code] of [
    ["a detail that is not JSON", { Detail: "{" }, "MalformedDetail"],
    ["a detail that is not an object", { Detail: "[1]" }, "MalformedDetail"],
    ["no source", { Source: undefined }, "InvalidArgument"],
    ["no detail-type", { DetailType: "" }, "InvalidArgument"],
    ["a source reserved for AWS", { Source: "aws.ec2" }, "NotAuthorizedForSourceException"],
    ["an unknown bus", { EventBusName: "nope" }, "ResourceNotFoundException"],
  ] as const) {
    it(`refuses an entry with ${what}, and accepts the others`, async () => {
      target(QUEUE);
      const { FailedEntryCount, Entries } = await put(entry(bad as Partial<PutEventsRequestEntry>), entry());
      expect(FailedEntryCount).to.equal(1);
      expect(Entries?.[0]?.ErrorCode).to.equal(code);
      expect(Entries?.[1]?.EventId).to.be.a("string");
      expect(bodies(QUEUE)).to.have.length(1);
    });
  }

  it("refuses no entries, more than 10, and more than 1 MB", async () => {
    expect((await failure(put(...Array.from({ length: 11 }, () => entry())))).name).to.equal("ValidationException");
    expect((await failure(put())).name).to.equal("ValidationException");
    const large = JSON.stringify({ x: "x".repeat(1_048_576 - '{"x":""}'.length - "hub.orders".length - "OrderPlaced".length) });
    expect((await put(entry({ Detail: large }))).FailedEntryCount).to.equal(0);
    expect((await failure(put(entry({ Detail: large.replace("x", "xx") })))).message).to.match(/over the limit/);
  });

  it("authorizes a role for each entry", async () => {
    target(QUEUE);
    setUp.directory.putRolePolicy(
      ROLE,
      "p",
      policy(
        allow("events:PutEvents", BUS, {
          "ForAllValues:StringEquals": { "events:detail-type": ["OrderPlaced"], "events:source": ["hub.orders"] },
          Null: { "events:detail-type": "false" },
        }),
      ),
    );
    const { FailedEntryCount, Entries } = await put(entry(), entry({ DetailType: "OrderStolen" }));
    expect(FailedEntryCount).to.equal(1);
    expect(Entries?.[1]?.ErrorCode).to.equal("AccessDeniedException");
    expect(bodies(QUEUE)).to.have.length(1);
    const error = await failure(put(entry({ Source: "hub.other" })));
    expect(error.name).to.equal("AccessDeniedException");
    expect(error.message).to.include(`not authorized to perform: events:PutEvents on resource: ${BUS}`);
    expect((await failure(put(entry({ EventBusName: "default" })))).name).to.equal("AccessDeniedException");
  });

  it("does not deliver events while their rule is disabled or removed", async () => {
    target(QUEUE);
    bus.defineRule({ name: "r1", arn: RULE, bus: BUS, pattern: '{"source":["hub.orders"]}', state: "DISABLED" });
    await put(entry());
    bus.defineRule({ name: "r1", arn: RULE, bus: BUS, pattern: '{"source":["hub.orders"]}' });
    await put(entry());
    bus.removeRule(RULE);
    await put(entry());
    expect(bodies(QUEUE)).to.have.length(1);
  });

  it("sends the target's input, or the part of the event at its path", async () => {
    target(QUEUE, { inputPath: "$.detail.data" });
    bus.defineTarget({ ruleArn: RULE, targetId: "t2", arn: QUEUE, input: '{"fixed":1}' });
    await put(entry());
    expect(bodies(QUEUE)).to.deep.equal([{ id: "1" }, { fixed: 1 }]);
  });

  it("dead-letters an event at once when the queue's policy denies it, and reports it", async () => {
    queues.setPolicy(QUEUE, fromRule(QUEUE, `${RULE}-other`));
    target(QUEUE, { deadLetterArn: DEAD });
    await put(entry());
    expect(queues.peek(QUEUE)).to.deep.equal([]);
    const [dead] = queues.peek(DEAD);
    expect(JSON.parse(dead?.body ?? "")).to.include({ source: "hub.orders" });
    const attributes = Object.fromEntries(
      Object.entries(dead?.messageAttributes ?? {}).map(([name, { stringValue }]) => [name, stringValue]),
    );
    expect(attributes).to.include({ RULE_ARN: RULE, TARGET_ARN: QUEUE, ERROR_CODE: "NO_PERMISSIONS", RETRY_ATTEMPTS: "0" });
    expect(attributes.ERROR_MESSAGE).to.match(/not authorized to perform: sqs:SendMessage/);
    expect(attributes).not.to.have.property("EXHAUSTED_RETRY_CONDITION");
    expect(undeliverable.map(({ errorCode, deadLettered }) => [errorCode, deadLettered])).to.deep.equal([
      ["NO_PERMISSIONS", true],
    ]);
  });

  it("dead-letters an event for a queue that does not exist", async () => {
    target(`${QUEUE}-gone`, { deadLetterArn: DEAD });
    await put(entry());
    expect(queues.peek(DEAD)[0]?.messageAttributes.ERROR_CODE?.stringValue).to.equal("NO_RESOURCE");
  });

  it("reports a lost event when the dead-letter queue's policy denies it", async () => {
    queues.setPolicy(DEAD, fromRule(DEAD, `${RULE}-other`));
    target(`${QUEUE}-gone`, { deadLetterArn: DEAD });
    await put(entry());
    expect(queues.peek(DEAD)).to.deep.equal([]);
    expect(undeliverable[0]).to.deep.include({ deadLettered: false, errorCode: "NO_RESOURCE" });
    expect(undeliverable[0]?.deadLetterError).to.match(/not authorized/);
  });

  it("invokes functions after the event is durable", async () => {
    target(FUNCTION);
    const { Entries } = await put(entry());
    await settle();
    expect(invoked).to.have.length(1);
    expect(invoked[0]).to.include({ arn: FUNCTION, sourceArn: RULE });
    expect(JSON.parse(invoked[0]?.payload ?? "").id).to.equal(Entries?.[0]?.EventId);
    expect(bus.pendingDeliveries()).to.equal(0);
  });

  it("retries with exponential backoff until the retries are exhausted, then dead-letters", async () => {
    const at: number[] = [];
    const start = clock.now();
    invoke = () => {
      at.push(clock.now() - start);
      throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    };
    target(FUNCTION, { deadLetterArn: DEAD, retryPolicy: { maximumRetryAttempts: 3 } });
    await put(entry());
    await settle();
    for (let i = 0; i < 10; i++) await clock.advance(1_000);
    expect(at).to.deep.equal([0, 1_000, 3_000, 7_000]);
    const attributes = queues.peek(DEAD)[0]?.messageAttributes;
    expect(attributes?.ERROR_CODE?.stringValue).to.equal("THROTTLING");
    expect(attributes?.RETRY_ATTEMPTS?.stringValue).to.equal("3");
    expect(attributes?.EXHAUSTED_RETRY_CONDITION?.stringValue).to.equal("MaximumRetryAttempts");
    expect(bus.pendingDeliveries()).to.equal(0);
  });

  it("dead-letters an event that exceeds its maximum age", async () => {
    invoke = () => Promise.reject(new Error("down"));
    target(FUNCTION, { deadLetterArn: DEAD, retryPolicy: { maximumEventAgeInSeconds: 60 } });
    await put(entry());
    await settle();
    for (let i = 0; i < 70; i++) await clock.advance(1_000);
    expect(queues.peek(DEAD)[0]?.messageAttributes.EXHAUSTED_RETRY_CONDITION?.stringValue).to.equal("MaximumEventAgeInSeconds");
  });

  it("continues pending deliveries after a restart", async () => {
    invoke = () => Promise.reject(new Error("down"));
    target(FUNCTION);
    await put(entry());
    await settle();
    await bus.stop();
    store.close();
    invoke = (arn, payload, sourceArn) => void invoked.push({ arn, payload, sourceArn });
    open();
    expect(bus.pendingDeliveries()).to.equal(1);
    await clock.advance(1_000);
    expect(invoked.map(({ arn }) => arn)).to.deep.equal([FUNCTION]);
    expect(bus.pendingDeliveries()).to.equal(0);
  });

  it("archives matching events for the retention period", async () => {
    const arn = "arn:aws:events:eu-central-1:111122223333:archive/a";
    bus.defineArchive({ name: "a", arn, busArn: BUS, retentionDays: 1, pattern: '{"source":[{"prefix":"hub."}]}' });
    await put(entry(), entry({ Source: "else" }));
    const between = clock.now() + 1;
    await clock.advance(3_600_000);
    await put(entry({ DetailType: "Later" }));
    expect(bus.archived(arn).map((event) => event["detail-type"])).to.deep.equal(["OrderPlaced", "Later"]);
    expect(bus.archived(arn, { from: between })).to.have.length(1);
    await clock.advance(86_400_000 - 1_800_000);
    expect(bus.archived(arn).map((event) => event["detail-type"])).to.deep.equal(["Later"]);
  });

  for (const [what, define, message] of [
    [
      "a rule on an undefined bus",
      () => bus.defineRule({ name: "x", arn: "arn:x", bus: "nope", pattern: '{"source":["a"]}' }),
      /does not exist/,
    ],
    ["a rule with a bad pattern", () => bus.defineRule({ name: "x", arn: "arn:x", pattern: "{}" }), /Empty pattern/],
    ["a target of an undefined rule", () => bus.defineTarget({ ruleArn: "arn:x", targetId: "t", arn: QUEUE }), /does not exist/],
    ["a target of another kind", () => target("arn:aws:sns:eu-central-1:111122223333:topic"), /neither a queue nor a function/],
    ["a retry policy out of range", () => target(QUEUE, { retryPolicy: { maximumEventAgeInSeconds: 59 } }), /60 to 86400/],
    [
      "a sixth target",
      () => Array.from({ length: 6 }, (_, i) => bus.defineTarget({ ruleArn: RULE, targetId: `t${i}`, arn: QUEUE })),
      /more than 5 targets/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(define).to.throw(message);
    });
  }

  it("delivers nothing to a refused sixth target, and takes a change of the five", async () => {
    for (let i = 0; i < 5; i++) bus.defineTarget({ ruleArn: RULE, targetId: `t${i}`, arn: QUEUE });
    expect(() => bus.defineTarget({ ruleArn: RULE, targetId: "sixth", arn: QUEUE })).to.throw(/more than 5 targets/);
    bus.defineTarget({ ruleArn: RULE, targetId: "t0", arn: QUEUE, input: '{"id":"changed"}' });
    await put(entry());
    expect(bodies(QUEUE)).to.have.length(5);
    expect(bodies(QUEUE)).to.deep.include({ id: "changed" });
  });
});
