import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, beforeEach, describe, it } from "mocha";
import { AsyncInvocations } from "../../../emulator/lambda/async-invocations.ts";
import { Functions } from "../../../emulator/lambda/functions.ts";
import { LogStore } from "../../../emulator/lambda/log-store.ts";
import { openStore, type Store } from "../../../emulator/store.ts";
import { FakeAuthorizer, FakeQueue, FUNCTION_ARN, functionOf, ManualClock, QUEUE_ARN, temporary, until } from "./support.ts";

const CALLER = {
  kind: "service",
  service: "events.amazonaws.com",
  sourceArn: "arn:aws:events:us-east-1:123456789012:rule/r",
} as const;

describe("lambda / async invocations", () => {
  const folder = temporary();
  let file = 0;
  let store: Store;
  let authorizer: FakeAuthorizer;
  let queues: FakeQueue;
  let clock: ManualClock;
  let functions: Functions;
  let invocations: AsyncInvocations;
  let problems: string[];
  let attempts: number;
  const begin = () => {
    invocations = new AsyncInvocations({
      store,
      functions,
      queues,
      authorizer,
      clock,
      onProblem: (message) => problems.push(message),
    });
  };
  beforeEach(() => {
    [authorizer, clock, problems, attempts] = [new FakeAuthorizer(), new ManualClock(), [], 0];
    queues = new FakeQueue(clock);
    store = openStore(join(folder.dir, `${++file}.sqlite`));
    const logs = new LogStore(join(folder.dir, "logs"), ({ message }) => {
      if (message === "attempt") attempts++;
    });
    functions = new Functions({ authorizer, logs, logGroupArn: (name) => name });
    functions.put(
      functionOf(
        folder.dir,
        `export const handler = async (event) => { console.log("attempt"); if (event.fail) throw new Error("no"); return "yes"; };`,
      ),
    );
    begin();
  });
  afterEach(async () => {
    await invocations.close();
    await functions.close(0);
    store.close();
  });
  after(() => folder.remove());
  const left = () => Number(store.sql("SELECT count(*) AS n FROM lambda_events").get()?.n);

  it("deletes a successful event, and sends a record to the success destination", async () => {
    invocations.configure(FUNCTION_ARN, { onSuccess: QUEUE_ARN });
    const requestId = invocations.accept(FUNCTION_ARN, { n: 1 }, CALLER);
    await until(() => left() === 0, "the event is through");
    expect(JSON.parse(queues.sent[0]?.body ?? "")).to.deep.equal({
      version: "1.0",
      timestamp: "2026-01-01T00:00:00.000Z",
      requestContext: { requestId, functionArn: `${FUNCTION_ARN}:$LATEST`, condition: "Success", approximateInvokeCount: 1 },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: "yes",
    });
  });

  it("retries after one and two minutes, then sends the invocation record to the failure destination", async () => {
    invocations.configure(FUNCTION_ARN, { onFailure: QUEUE_ARN });
    const requestId = invocations.accept(FUNCTION_ARN, { fail: true }, CALLER);
    for (const wait of [60_000, 120_000]) {
      await until(() => clock.next !== undefined, "it waits");
      expect(clock.next).to.equal(wait);
      clock.advance(wait);
    }
    await until(() => queues.sent.length === 1, "its record is sent");
    expect(attempts).to.equal(3);
    const { requestContext, responseContext, responsePayload, requestPayload } = JSON.parse(queues.sent[0]?.body ?? "");
    expect(requestContext).to.deep.equal({
      requestId,
      functionArn: `${FUNCTION_ARN}:$LATEST`,
      condition: "RetriesExhausted",
      approximateInvokeCount: 3,
    });
    expect(responseContext).to.deep.equal({ statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" });
    expect(responsePayload).to.include({ errorType: "Error", errorMessage: "no" });
    expect(requestPayload).to.deep.equal({ fail: true });
    expect(left()).to.equal(0);
  });

  it("respects the configured number of retries", async () => {
    invocations.configure(FUNCTION_ARN, { onFailure: QUEUE_ARN, maximumRetryAttempts: 0 });
    invocations.accept(FUNCTION_ARN, { fail: true }, CALLER);
    await until(() => queues.sent.length === 1, "its record is sent");
    expect(attempts).to.equal(1);
  });

  it("ends the retries of an event that would exceed its maximum age at the next attempt", async () => {
    invocations.configure(FUNCTION_ARN, { onFailure: QUEUE_ARN, maximumEventAgeInSeconds: 60 });
    invocations.accept(FUNCTION_ARN, { fail: true }, CALLER);
    await until(() => clock.next !== undefined, "it waits");
    clock.advance(60_000);
    await until(() => queues.sent.length === 1, "its record is sent");
    expect(JSON.parse(queues.sent[0]?.body ?? "").requestContext).to.include({
      condition: "EventAgeExceeded",
      approximateInvokeCount: 2,
    });
  });

  it("continues the retries after a restart", async () => {
    invocations.accept(FUNCTION_ARN, { fail: true }, CALLER);
    await until(() => clock.next === 60_000, "it waits for its second attempt");
    await invocations.close();
    begin();
    invocations.configure(FUNCTION_ARN, { onFailure: QUEUE_ARN });
    invocations.resume();
    await until(() => clock.next === 60_000, "it waits as before");
    clock.advance(60_000);
    await until(() => clock.next === 120_000, "it waits for its third attempt");
    clock.advance(120_000);
    await until(() => queues.sent.length === 1, "its record is sent");
    expect(attempts).to.equal(3);
  });

  it("refuses a caller who may not invoke, and an event beyond 1 MB", () => {
    expect(() => invocations.accept(FUNCTION_ARN, "x".repeat(1024 * 1024), CALLER)).to.throw(
      /too large for the Event invocation type/,
    );
    authorizer.denied.add("lambda:InvokeFunction");
    expect(() => invocations.accept(FUNCTION_ARN, {}, CALLER)).to.throw(/not authorized/);
    expect(left()).to.equal(0);
  });

  it("reports a record that the role may not send to the destination", async () => {
    invocations.configure(FUNCTION_ARN, { onFailure: QUEUE_ARN, maximumRetryAttempts: 0 });
    authorizer.denied.add("sqs:SendMessage");
    invocations.accept(FUNCTION_ARN, { fail: true }, CALLER);
    await until(() => problems.length > 0, "it reports the problem");
    expect(problems[0]).to.match(/can't be sent to arn:aws:sqs:.*: .*not authorized to perform: sqs:SendMessage/);
    expect(queues.sent).to.deep.equal([]);
  });
});
