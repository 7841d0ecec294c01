import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, beforeEach, describe, it } from "mocha";
import type { FaultInjection } from "../../../emulator/fault-injection.ts";
import { EventSourceMapping, type EventSourceMappingSpec } from "../../../emulator/lambda/event-source-mapping.ts";
import { Functions } from "../../../emulator/lambda/functions.ts";
import { LogStore } from "../../../emulator/lambda/log-store.ts";
import { FakeAuthorizer, FakeQueue, FUNCTION_ARN, functionOf, ManualClock, QUEUE_ARN, temporary, until } from "./support.ts";

/** Reports messages whose body says so as failed, and logs each batch. */
const CODE = `export const handler = async (event) => {
  console.log(JSON.stringify({ batch: event.Records.map(({ body }) => body), first: event.Records[0] }));
  return { batchItemFailures: event.Records.filter(({ body }) => body.startsWith("bad")).map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

describe("lambda / event source mapping", () => {
  const folder = temporary();
  let authorizer: FakeAuthorizer;
  let queues: FakeQueue;
  let clock: ManualClock;
  let functions: Functions;
  let batches: string[][];
  let first: Record<string, unknown> | undefined;
  let problems: string[];
  let mapping: EventSourceMapping | undefined;
  beforeEach(() => {
    [authorizer, clock, batches, problems] = [new FakeAuthorizer(), new ManualClock(), [], []];
    queues = new FakeQueue(clock);
    const logs = new LogStore(join(folder.dir, "logs"), ({ message }) => {
      const { batch, first: record } = message as { batch: string[]; first: Record<string, unknown> };
      batches.push(batch);
      first = record;
    });
    functions = new Functions({ authorizer, logs, logGroupArn: (name) => name });
    functions.put(functionOf(folder.dir, CODE));
  });
  afterEach(async () => {
    await mapping?.stop();
    await functions.close(0);
  });
  after(() => folder.remove());
  const start = (overrides: Partial<EventSourceMappingSpec> = {}, faultInjection: FaultInjection = {}) => {
    const spec = {
      queueArn: QUEUE_ARN,
      functionArn: FUNCTION_ARN,
      batchSize: 10,
      batchingWindowSeconds: 0,
      reportsBatchItemFailures: true,
      ...overrides,
    };
    mapping = new EventSourceMapping(spec, {
      functions,
      queues,
      authorizer,
      clock,
      faultInjection,
      onProblem: (message) => problems.push(message),
    });
  };

  it("does not delete a message whose deletion the faultInjection loses", async () => {
    queues.put("one", "two");
    start({}, { losesDeletion: (_queue, body) => body === "one" });
    await until(() => queues.deleted.length === 1, "a message is deleted");
    expect(batches).to.deep.equal([["one", "two"]]);
    expect(queues.deleted).to.deep.equal(["handle-two"]);
  });

  it("invokes the function with AWS's event, deletes the successful messages and leaves the others", async () => {
    queues.put("one", "bad-two", "three");
    start();
    await until(() => queues.deleted.length === 2, "two messages are deleted");
    expect(queues.deleted).to.deep.equal(["handle-one", "handle-three"]);
    expect(first).to.deep.equal({
      messageId: "id-one",
      receiptHandle: "handle-one",
      body: "one",
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: {},
      md5OfBody: "f97c5d29941bfb1b2fdab0874906ab82",
      eventSource: "aws:sqs",
      eventSourceARN: QUEUE_ARN,
      awsRegion: "us-east-1",
    });
  });

  it("invokes the function with at most one batch at a time", async () => {
    queues.put(..."abcde");
    start({ batchSize: 2, maximumConcurrency: 2 });
    await until(() => queues.deleted.length === 5, "all are deleted");
    expect(batches.map(({ length }) => length)).to.satisfy((lengths: number[]) => lengths.every((length) => length <= 2));
  });

  it("waits at an empty queue with one poller, and with the next one while a batch runs", async () => {
    start({ batchSize: 1 });
    await until(() => queues.received.length > 0, "it waits");
    await new Promise(setImmediate);
    expect(queues.received.length).to.equal(1);
    queues.put("a");
    await until(() => queues.deleted.length === 1, "it is deleted");
    expect(queues.received.length).to.equal(2);
  });

  it("gathers a batch within its window", async () => {
    start({ batchSize: 100, batchingWindowSeconds: 5, maximumConcurrency: 1 });
    queues.put("a");
    await until(() => queues.received.at(-1)?.waitMs === 5_000, "it waits for more");
    clock.advance(2_000);
    queues.put("b");
    await until(() => queues.received.at(-1)?.waitMs === 3_000, "it waits for the rest of the window");
    expect(batches).to.deep.equal([]);
    clock.advance(3_000);
    await until(() => queues.deleted.length === 2, "all are deleted");
    expect(batches).to.deep.equal([["a", "b"]]);
  });

  it("deletes no message of a batch whose invocation fails", async () => {
    functions.put(
      functionOf(
        folder.dir,
        `export const handler = async (event) => { if (event.Records[0].body === "x") throw new Error("no"); };`,
      ),
    );
    queues.put("x");
    start({ batchSize: 1 });
    await until(() => queues.ready.length === 0, "it took the message");
    queues.put("y");
    await until(() => queues.deleted.length > 0, "the other one is deleted");
    expect(queues.deleted).to.deep.equal(["handle-y"]);
  });

  it("may poll by the queue's own policy as well as by the role's", async () => {
    start();
    await until(() => queues.received.length > 0, "it polls");
    const polling = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
    const asked = authorizer.asked.filter(({ action }) => polling.includes(action));
    expect(new Set(asked.map(({ action }) => action))).to.deep.equal(new Set(polling));
    for (const { policy } of asked) expect(policy).to.equal("the queue's policy");
  });

  it("does not invoke the function with messages that arrive after the role lost its permission", async () => {
    start({ maximumConcurrency: 1 });
    await until(() => queues.received.length === 1, "it waits for messages");
    authorizer.denied.add("sqs:ReceiveMessage");
    queues.put("a");
    await until(() => problems.length > 0, "it reports the problem");
    expect(batches).to.deep.equal([]);
    expect(queues.deleted).to.deep.equal([]);
  });

  for (const action of ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]) {
    it(`does not poll while the function's role lacks ${action}`, async () => {
      authorizer.denied.add(action);
      queues.put("a");
      start();
      await until(() => problems.length > 0, "it reports the problem");
      expect(problems[0]).to.match(new RegExp(`not authorized to perform: ${action} on resource: ${QUEUE_ARN}`));
      expect(queues.received).to.deep.equal([]);
      authorizer.denied.clear();
      await until(() => clock.next !== undefined, "it waits");
      clock.advance(1_000);
      await until(() => queues.deleted.length === 1, "it polls again");
    });
  }
});
