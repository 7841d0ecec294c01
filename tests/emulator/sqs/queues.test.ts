import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Queues } from "../../../emulator/sqs/queues.ts";
import { openStore, type Store } from "../../../emulator/store.ts";
import {
  ACCOUNT,
  ALLOW_ALL,
  allow,
  CALLER,
  failure,
  ManualClock,
  policy,
  ROLE,
  settle,
  startEndpoint,
  temporaryFolder,
} from "../endpoint/fixture.ts";

const arnOf = (name: string) => `arn:aws:sqs:eu-central-1:111122223333:${name}`;
const ARN = arnOf("orders");
const DEAD = arnOf("dead");

describe("sqs / queues, in process", () => {
  let store: Store;
  let clock: ManualClock;
  let queues: Queues;
  let folder: ReturnType<typeof temporaryFolder>;
  const define = (attributes: Record<string, unknown> = {}, name = "orders") =>
    queues.define({ name, arn: arnOf(name), attributes });
  const receive = (arn = ARN, max = 10, waitMs = 0) => queues.receive(arn, { max, waitMs });
  const redrivePolicy = (maxReceiveCount: number) => JSON.stringify({ deadLetterTargetArn: DEAD, maxReceiveCount });

  beforeEach(() => {
    folder = temporaryFolder();
    store = openStore(`${folder.path}/state.sqlite`);
    clock = new ManualClock();
    queues = new Queues(store, clock, ALLOW_ALL, { ...ACCOUNT, baseUrl: "http://x" });
    define();
  });
  afterEach(() => {
    store.close();
    folder.remove();
  });

  it("hides a received message for the visibility timeout, then delivers it again", async () => {
    define({ visibilityTimeoutSeconds: 30 });
    const id = queues.send(ARN, "a");
    const [first] = await receive();
    expect(first).to.include({ messageId: id, body: "a" });
    expect(first?.attributes).to.include({ ApproximateReceiveCount: "1", SentTimestamp: String(clock.now()) });
    await clock.advance(29_999);
    expect(await receive()).to.deep.equal([]);
    await clock.advance(1);
    expect((await receive())[0]?.attributes.ApproximateReceiveCount).to.equal("2");
  });

  it("deletes a message, also after its visibility timeout if it has not been received again", async () => {
    queues.send(ARN, "a");
    const [message] = await receive();
    await clock.advance(31_000);
    queues.delete(ARN, message?.receiptHandle ?? "");
    expect(queues.statistics(ARN).visible).to.equal(0);
  });

  it("ignores a receipt handle that a newer receive has replaced", async () => {
    queues.send(ARN, "a");
    const [old] = await receive();
    await clock.advance(31_000);
    const [fresh] = await receive();
    queues.delete(ARN, old?.receiptHandle ?? "");
    expect(queues.statistics(ARN).inFlight).to.equal(1);
    queues.delete(ARN, fresh?.receiptHandle ?? "");
    expect(queues.statistics(ARN).inFlight).to.equal(0);
  });

  it("refuses an invalid receipt handle, and the handle of another queue", async () => {
    define({}, "other");
    queues.send(ARN, "a");
    const [message] = await receive();
    expect(await failure(() => queues.delete(ARN, "nonsense"))).to.include({ code: "ReceiptHandleIsInvalid" });
    expect(await failure(() => queues.delete(arnOf("other"), message?.receiptHandle ?? ""))).to.include({
      code: "ReceiptHandleIsInvalid",
    });
  });

  it("delays messages by the queue's delay or by the message's own", async () => {
    define({ delaySeconds: 10 });
    queues.send(ARN, "slow");
    queues.send(ARN, "fast", {}, 1);
    expect(queues.statistics(ARN)).to.include({ visible: 0, delayed: 2, inFlight: 0 });
    await clock.advance(1_000);
    expect((await receive()).map(({ body }) => body)).to.deep.equal(["fast"]);
    await clock.advance(9_000);
    expect((await receive()).map(({ body }) => body)).to.deep.equal(["slow"]);
  });

  it("moves a message to the dead-letter queue when its receive count reaches the maximum", async () => {
    define({ messageRetentionSeconds: 1_209_600 }, "dead");
    define({ visibilityTimeoutSeconds: 1, redrivePolicy: redrivePolicy(2) });
    const id = queues.send(ARN, "poison", { kind: { dataType: "String", stringValue: "x" } });
    const sentAt = String(clock.now());
    for (let i = 0; i < 2; i++) {
      expect(await receive()).to.have.length(1);
      await clock.advance(1_000);
    }
    expect(await receive()).to.deep.equal([]);
    const [dead] = await receive(DEAD);
    expect(dead).to.include({ messageId: id, body: "poison" });
    expect(dead?.attributes).to.include({ DeadLetterQueueSourceArn: ARN, ApproximateReceiveCount: "3", SentTimestamp: sentAt });
    expect(dead?.messageAttributes).to.deep.equal({ kind: { dataType: "String", stringValue: "x" } });
  });

  it("keeps a message whose dead-letter queue does not exist", async () => {
    define({ visibilityTimeoutSeconds: 1, redrivePolicy: redrivePolicy(1) });
    queues.send(ARN, "a");
    await receive();
    await clock.advance(1_000);
    expect(await receive()).to.have.length(1);
  });

  it("deletes expired messages and does not dead-letter them", async () => {
    define({}, "dead");
    define({ messageRetentionSeconds: 60, visibilityTimeoutSeconds: 1, redrivePolicy: redrivePolicy(1) });
    queues.send(ARN, "a");
    await receive();
    await clock.advance(60_000);
    expect(await receive()).to.deep.equal([]);
    expect(queues.statistics(DEAD).visible).to.equal(0);
    expect(queues.statistics(ARN)).to.deep.equal({
      visible: 0,
      inFlight: 0,
      delayed: 0,
      oldestAgeSeconds: 0,
      countedAgeSeconds: 0,
    });
  });

  it("leaves messages received three times out of the age that CloudWatch gets", async () => {
    define({ visibilityTimeoutSeconds: 10 });
    queues.send(ARN, "fails");
    for (let receives = 1; receives <= 2; receives++) {
      await receive();
      await clock.advance(10_000);
    }
    expect(queues.statistics(ARN)).to.include({ visible: 1, oldestAgeSeconds: 20, countedAgeSeconds: 20 });
    queues.send(ARN, "waits");
    await receive(ARN, 1);
    await clock.advance(5_000);
    expect(queues.statistics(ARN)).to.include({ visible: 1, inFlight: 1, oldestAgeSeconds: 25, countedAgeSeconds: 5 });
  });

  it("wakes a waiting receiver when a message is sent to its queue, and no other receiver", async () => {
    define({}, "other");
    const here = receive(ARN, 1, 20_000);
    const there = receive(arnOf("other"), 1, 20_000);
    await settle();
    queues.send(ARN, "a");
    expect((await here).map(({ body }) => body)).to.deep.equal(["a"]);
    expect(clock.waiting).to.equal(1);
    await clock.advance(20_000);
    expect(await there).to.deep.equal([]);
  });

  it("wakes a waiting receiver when a hidden message becomes visible", async () => {
    queues.send(ARN, "a");
    await receive();
    const waiting = receive(ARN, 1, 600_000);
    await settle();
    expect(clock.waiting).to.equal(1);
    await clock.advance(30_000);
    expect((await waiting)[0]?.attributes.ApproximateReceiveCount).to.equal("2");
  });

  it("leaves the message to another receiver when one aborts its wait", async () => {
    const leaving = new AbortController();
    const first = queues.receive(ARN, { max: 1, waitMs: 20_000, signal: leaving.signal });
    const second = receive(ARN, 1, 20_000);
    await settle();
    leaving.abort();
    queues.send(ARN, "a");
    expect(await first).to.deep.equal([]);
    expect(await second).to.have.length(1);
  });

  it("delivers a message to one receiver only", async () => {
    const waiting = Array.from({ length: 5 }, () => receive(ARN, 10, 20_000));
    await settle();
    for (let i = 0; i < 20; i++) queues.send(ARN, `m${i}`);
    await settle();
    await clock.advance(20_000);
    const bodies = (await Promise.all(waiting)).flat().map(({ body }) => body);
    const rest = (await Promise.all([receive(), receive()])).flat().map(({ body }) => body);
    expect([...bodies, ...rest].sort()).to.deep.equal(Array.from({ length: 20 }, (_, i) => `m${i}`).sort());
  });

  it("wakes no receiver for a message whose transaction is rolled back", async () => {
    const waiting = receive(ARN, 1, 1_000);
    await settle();
    expect(() =>
      store.transaction(() => {
        queues.send(ARN, "a");
        throw new Error("no");
      }),
    ).to.throw("no");
    await clock.advance(1_000);
    expect(await waiting).to.deep.equal([]);
  });

  const restart = () => {
    store.close();
    store = openStore(`${folder.path}/state.sqlite`);
    queues = new Queues(store, clock, ALLOW_ALL, { ...ACCOUNT, baseUrl: "http://x" });
    define();
  };

  it("keeps messages over a restart, and makes messages in flight visible at once", async () => {
    queues.send(ARN, "a");
    await receive();
    queues.send(ARN, "b", {}, 60);
    restart();
    expect(queues.statistics(ARN)).to.include({ visible: 1, delayed: 1 });
    await clock.advance(60_000);
    const received = await receive();
    expect(received.map(({ body, attributes }) => [body, attributes.ApproximateReceiveCount]).sort()).to.deep.equal([
      ["a", "2"],
      ["b", "1"],
    ]);
  });

  it("keeps a message hidden over a restart when its consumer changed its visibility timeout", async () => {
    await queues.call("SendMessage", { QueueUrl: "orders", MessageBody: "a" }, CALLER);
    const [message] = await receive();
    await queues.call(
      "ChangeMessageVisibility",
      { QueueUrl: "orders", ReceiptHandle: message?.receiptHandle, VisibilityTimeout: 900 },
      CALLER,
    );
    restart();
    expect(queues.statistics(ARN)).to.include({ visible: 0, inFlight: 1 });
    await clock.advance(900_000);
    expect(await receive()).to.have.length(1);
  });

  for (const [what, attributes, message] of [
    ["a FIFO queue", { fifoQueue: true }, /FIFO queues are not simulated/],
    ["an unknown input", { newFangled: 1 }, /newFangled/],
    ["a visibility timeout over 12 hours", { visibilityTimeoutSeconds: 43_201 }, /visibilityTimeoutSeconds/],
    ["an invalid redrive policy", { redrivePolicy: "{}" }, /redrive policy/],
    [
      "a policy that can't be evaluated",
      {
        policy: policy({
          ...allow("sqs:SendMessage", ARN),
          Principal: "*",
          Condition: { IpAddress: { "aws:SourceIp": "1.2.3.4" } },
        }),
      },
      /IpAddress/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => define(attributes)).to.throw(message);
    });
  }

  it("accepts the inputs that have no effect in the emulator", () => {
    define({ name: "orders", tags: { a: "b" }, sqsManagedSseEnabled: true, fifoQueue: false });
  });
});

describe("sqs / queues, over the SDK", () => {
  let clock: ManualClock;
  let queues: Queues;
  let sqs: SQSClient;
  let setUp: Awaited<ReturnType<typeof startEndpoint>>;
  let store: Store;
  let folder: ReturnType<typeof temporaryFolder>;
  const QueueUrl = "https://sqs.eu-central-1.amazonaws.com/111122223333/orders";
  const grant = (...actions: string[]) => setUp.directory.putRolePolicy(ROLE, "p", policy(allow(actions, "*")));

  beforeEach(async () => {
    folder = temporaryFolder();
    store = openStore(`${folder.path}/state.sqlite`);
    clock = new ManualClock();
    setUp = await startEndpoint();
    queues = new Queues(store, clock, setUp.directory, { ...ACCOUNT, baseUrl: setUp.url });
    queues.define({ name: "orders", arn: ARN, url: QueueUrl, attributes: {} });
    setUp.endpoint.register(queues);
    sqs = new SQSClient(setUp.client);
    grant("sqs:*");
  });
  afterEach(async () => {
    sqs.destroy();
    await setUp.endpoint.stop();
    store.close();
    folder.remove();
    expect(setUp.bugs).to.deep.equal([]);
  });

  it("sends, receives with attributes and digests, and deletes", async () => {
    const sent = await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: "héllo",
        MessageAttributes: {
          a: { DataType: "Number", StringValue: "1" },
          b: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2]) },
          "x.y": { DataType: "String.z", StringValue: "ü" },
        },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
      }),
    );
    // Computed independently of the code under test, by the algorithm in the SQS developer guide.
    expect(sent.MD5OfMessageAttributes).to.equal("75ef629d476c4804d044735b0ad64888");
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MessageAttributeNames: ["x.*", "b"],
        MessageSystemAttributeNames: ["AWSTraceHeader", "ApproximateReceiveCount"],
      }),
    );
    expect(Messages).to.have.length(1);
    expect(Messages?.[0]).to.deep.include({
      Body: "héllo",
      MessageId: sent.MessageId,
      Attributes: { ApproximateReceiveCount: "1", AWSTraceHeader: "Root=1" },
    });
    expect(Object.keys(Messages?.[0]?.MessageAttributes ?? {}).sort()).to.deep.equal(["b", "x.y"]);
    expect([...(Messages?.[0]?.MessageAttributes?.b?.BinaryValue ?? [])]).to.deep.equal([1, 2]);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages?.[0]?.ReceiptHandle }));
    expect(queues.statistics(ARN)).to.include({ visible: 0, inFlight: 0 });
  });

  it("reports failures of a batch per entry", async () => {
    const { Successful, Failed } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "good", MessageBody: "a" },
          { Id: "late", MessageBody: "b", DelaySeconds: 901 },
          { Id: "bad", MessageBody: "\u0001" },
        ],
      }),
    );
    expect(Successful?.map(({ Id }) => Id)).to.deep.equal(["good"]);
    expect(Failed?.map(({ Id, Code }) => [Id, Code])).to.deep.equal([
      ["late", "InvalidParameterValue"],
      ["bad", "InvalidMessageContents"],
    ]);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "1", ReceiptHandle: Messages?.[0]?.ReceiptHandle },
          { Id: "2", ReceiptHandle: "nonsense" },
        ],
      }),
    );
    expect([deleted.Successful?.length, deleted.Failed?.[0]?.Code]).to.deep.equal([1, "ReceiptHandleIsInvalid"]);
  });

  for (const [what, Entries, code] of [
    ["no entries", [], "EmptyBatchRequest"],
    ["eleven entries", Array.from({ length: 11 }, (_, i) => ({ Id: `${i}`, MessageBody: "x" })), "TooManyEntriesInBatchRequest"],
    ["two entries with the same id", ["a", "a"].map((Id) => ({ Id, MessageBody: "x" })), "BatchEntryIdsNotDistinct"],
    ["more than 1 MB in total", ["a", "b"].map((Id) => ({ Id, MessageBody: "x".repeat(600_000) })), "BatchRequestTooLong"],
  ] as const) {
    it(`refuses a batch of ${what}`, async () => {
      const error = await failure(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [...Entries] })));
      expect(error).to.include({ name: code, Code: `AWS.SimpleQueueService.${code}` });
    });
  }

  it("accepts a message of 1 MB and refuses one byte more", async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(1_048_576) }));
    expect(await failure(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(1_048_577) })))).to.include({
      name: "InvalidParameterValue",
    });
  });

  it("changes the visibility timeout within 12 hours, and only of messages in flight", async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a" }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    const change = (VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    await clock.advance(10_000);
    expect((await failure(change(43_195))).message).to.match(/beyond the limit/);
    await change(0);
    expect(queues.statistics(ARN).visible).to.equal(1);
    expect(await failure(change(5))).to.include({ name: "MessageNotInflight" });
  });

  it("returns attributes, URLs and queues", async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a" }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "b", DelaySeconds: 5 }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    expect(Attributes).to.include({
      QueueArn: ARN,
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesDelayed: "1",
      VisibilityTimeout: "30",
      MaximumMessageSize: "1048576",
    });
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }))).QueueUrl).to.equal(QueueUrl);
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: "ord" }))).QueueUrls).to.deep.equal([QueueUrl]);
  });

  it("purges a queue, but not twice within a minute", async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a" }));
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    expect(queues.statistics(ARN).visible).to.equal(0);
    expect(await failure(sqs.send(new PurgeQueueCommand({ QueueUrl })))).to.include({ name: "PurgeQueueInProgress" });
    await clock.advance(60_000);
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  });

  it("returns the SDK's error for a queue that does not exist", async () => {
    const error = await failure(sqs.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}x`, MessageBody: "a" })));
    expect(error).to.include({ name: "QueueDoesNotExist", Code: "AWS.SimpleQueueService.NonExistentQueue" });
  });

  it("allows a role only the actions in its policy", async () => {
    grant("sqs:ReceiveMessage");
    const error = await failure(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a" })));
    expect(error.message).to.equal(
      `User: arn:aws:sts::111122223333:assumed-role/tester/tester is not authorized to perform: sqs:SendMessage on resource: ${ARN} because no identity-based policy allows the sqs:SendMessage action`,
    );
    await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  });

  it("ends a long poll when the caller disconnects, and leaves the message", async () => {
    const abort = new AbortController();
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: abort.signal });
    while (clock.waiting === 0) await settle();
    abort.abort();
    expect((await failure(poll)).name).to.equal("AbortError");
    while (clock.waiting > 0) await settle();
    queues.send(ARN, "a");
    expect(queues.statistics(ARN).visible).to.equal(1);
  });
});
