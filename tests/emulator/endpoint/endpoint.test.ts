import { createHash } from "node:crypto";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { AwsError, type Caller, type Json, type Service } from "../../../emulator/endpoint/service.ts";
import type { CallFault } from "../../../emulator/fault-injection.ts";
import { CALLER, failure, startEndpoint } from "./fixture.ts";

describe("emulator / endpoint", () => {
  let setUp: Awaited<ReturnType<typeof startEndpoint>>;
  let calls: { operation: string; input: Json; caller: Caller }[];
  let answer: () => Json;
  let sqs: SQSClient;
  const service = (target: string): Service => ({
    target,
    call: async (operation, input, caller) => {
      calls.push({ operation, input, caller });
      return answer();
    },
  });
  const post = (headers: Record<string, string>, body = "{}") => fetch(setUp.url, { method: "POST", headers, body });
  const authorization = () => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${setUp.client.credentials.accessKeyId}/20260101/x/x/aws4_request, SignedHeaders=host, Signature=00`,
    "x-amz-security-token": setUp.client.credentials.sessionToken,
  });

  beforeEach(async () => {
    setUp = await startEndpoint();
    setUp.endpoint.register(service("AmazonSQS"), service("AWSEvents"));
    calls = [];
    answer = () => ({});
    sqs = new SQSClient(setUp.client);
  });
  afterEach(async () => {
    sqs.destroy();
    await setUp.endpoint.stop();
  });

  it("finds the service and operation by X-Amz-Target, and the caller by its access key", async () => {
    // The digest of "ü": the SDK checks it.
    answer = () => ({ MessageId: "1", MD5OfMessageBody: createHash("md5").update("ü").digest("hex") });
    const { MessageId, $metadata } = await sqs.send(new SendMessageCommand({ QueueUrl: "http://q", MessageBody: "ü" }));
    expect(MessageId).to.equal("1");
    expect($metadata.requestId).to.match(/^[0-9a-f-]{36}$/);
    expect(calls).to.have.length(1);
    expect(calls[0]).to.deep.include({ operation: "SendMessage", input: { QueueUrl: "http://q", MessageBody: "ü" } });
    expect(calls[0]?.caller).to.include({ ...CALLER });
  });

  it("has trouble with the calls that the faultInjection picks: refused, failed, or never answered because the caller dies", async () => {
    await setUp.endpoint.stop();
    let trouble: CallFault | undefined;
    const killed: string[] = [];
    setUp = await startEndpoint(undefined, { faultInjection: { awsCall: () => trouble }, onKill: (key) => killed.push(key) });
    setUp.endpoint.register(service("AmazonSQS"), service("AWSEvents"));
    const call = (target: string) =>
      post({ ...authorization(), "x-amz-target": target, "content-type": "application/x-amz-json-1.1" });
    trouble = "throttle";
    expect(await (await call("AmazonSQS.X")).json()).to.include({ __type: "RequestThrottled" });
    trouble = "fail-entries";
    expect(await (await call("AWSEvents.PutEvents")).json()).to.deep.equal({ FailedEntryCount: 0, Entries: [] });
    expect(calls).to.have.length(0);
    trouble = "kill-before";
    expect(await failure(call("AmazonSQS.X"))).to.be.instanceOf(TypeError);
    expect(calls).to.have.length(0);
    trouble = "kill-after";
    expect(await failure(call("AmazonSQS.X"))).to.be.instanceOf(TypeError);
    expect(calls).to.have.length(1);
    const key = setUp.client.credentials.accessKeyId;
    expect(killed).to.deep.equal([key, key]);
    expect(setUp.bugs).to.deep.equal([]);
  });

  it("handles a call that the faultInjection delays after those that came later", async () => {
    await setUp.endpoint.stop();
    setUp = await startEndpoint(undefined, {
      faultInjection: { awsDelayMs: ({ operation }) => (operation === "Slow" ? 400 : 0) },
    });
    setUp.endpoint.register(service("AmazonSQS"));
    const call = (operation: string) => setUp.endpoint.call("AmazonSQS", operation, {}, CALLER);
    const slow = call("Slow");
    await call("Fast");
    await slow;
    expect(calls.map(({ operation }) => operation)).to.deep.equal(["Fast", "Slow"]);
  });

  it("returns errors in the form that the SDK parses", async () => {
    answer = () => {
      throw new AwsError("SomethingException", "no", 409, { Reasons: ["x"] });
    };
    const error = await failure(sqs.send(new GetQueueAttributesCommand({ QueueUrl: "http://q" })));
    expect(error).to.include({ name: "SomethingException", message: "no", Code: "SomethingException" });
    const answered = await post({
      ...authorization(),
      "x-amz-target": "AmazonSQS.X",
      "content-type": "application/x-amz-json-1.1",
    });
    expect([answered.status, answered.headers.get("content-type"), answered.headers.get("x-amzn-errortype")]).to.deep.equal([
      409,
      "application/x-amz-json-1.1",
      "SomethingException",
    ]);
    expect(await answered.json()).to.deep.equal({ __type: "SomethingException", message: "no", Reasons: ["x"] });
  });

  it("responds to a bug with a 500 without details, and reports it", async () => {
    answer = () => {
      throw new Error("secret detail");
    };
    const error = await failure(sqs.send(new GetQueueAttributesCommand({ QueueUrl: "http://q" })));
    expect(error.name).to.equal("InternalFailure");
    expect(error.message).not.to.include("secret detail");
    expect(String(setUp.bugs[0])).to.include("secret detail");
  });

  it("refuses unknown callers", async () => {
    const unknownKey = new SQSClient({
      ...setUp.client,
      credentials: { accessKeyId: "ASIAX", secretAccessKey: "x", sessionToken: "x" },
    });
    const wrongToken = new SQSClient({ ...setUp.client, credentials: { ...setUp.client.credentials, sessionToken: "guess" } });
    for (const client of [unknownKey, wrongToken]) {
      expect((await failure(client.send(new GetQueueAttributesCommand({ QueueUrl: "http://q" })))).name).to.equal(
        "UnrecognizedClientException",
      );
      client.destroy();
    }
    expect((await post({ "x-amz-target": "AmazonSQS.X" })).status).to.equal(403);
    expect(calls).to.deep.equal([]);
  });

  it("refuses unknown services, and bodies that are not a JSON object", async () => {
    const unknown = await post({ ...authorization(), "x-amz-target": "Kinesis.PutRecord" });
    expect([unknown.status, ((await unknown.json()) as Json).__type]).to.deep.equal([400, "UnknownOperationException"]);
    const malformed = await post({ ...authorization(), "x-amz-target": "AmazonSQS.X" }, "[1]");
    expect([malformed.status, ((await malformed.json()) as Json).__type]).to.deep.equal([400, "SerializationException"]);
  });

  it("refuses a body over 16 MB, and serves the next request", async () => {
    const large = await post(
      { ...authorization(), "x-amz-target": "AmazonSQS.X" },
      JSON.stringify({ x: "x".repeat(16 * 1_048_576) }),
    );
    expect(large.status).to.equal(413);
    expect((await post({ ...authorization(), "x-amz-target": "AmazonSQS.X" })).status).to.equal(200);
  });

  it("throttles the given number of calls, over HTTP and in process", async () => {
    setUp.endpoint.setFault("AmazonSQS", { mode: "throttle", times: 2 });
    expect((await failure(sqs.send(new GetQueueAttributesCommand({ QueueUrl: "http://q" })))).name).to.equal("RequestThrottled");
    expect(await failure(setUp.endpoint.call("AmazonSQS", "X", {}, CALLER))).to.include({ code: "RequestThrottled" });
    await sqs.send(new GetQueueAttributesCommand({ QueueUrl: "http://q" }));
    expect(calls).to.have.length(1);
  });

  it("fails one operation and not the others, until the fault is removed", async () => {
    setUp.endpoint.setFault("AmazonSQS", { mode: "error", operation: "SendMessage" });
    await setUp.endpoint.call("AmazonSQS", "ReceiveMessage", {}, CALLER);
    expect(await failure(setUp.endpoint.call("AmazonSQS", "SendMessage", {}, CALLER))).to.include({
      code: "InternalFailure",
      status: 500,
    });
    setUp.endpoint.setFault("AmazonSQS", undefined);
    await setUp.endpoint.call("AmazonSQS", "SendMessage", {}, CALLER);
  });

  it("fails every entry of PutEvents, with status 200", async () => {
    setUp.endpoint.setFault("AWSEvents", { mode: "fail-entries", times: 1 });
    const events = new EventBridgeClient(setUp.client);
    const put = new PutEventsCommand({ Entries: [{ Source: "a" }, { Source: "b" }] });
    const { FailedEntryCount, Entries } = await events.send(put);
    expect([FailedEntryCount, Entries?.map(({ ErrorCode }) => ErrorCode)]).to.deep.equal([
      2,
      ["ThrottlingException", "ThrottlingException"],
    ]);
    await events.send(put);
    expect(calls).to.have.length(1);
    events.destroy();
  });
});
