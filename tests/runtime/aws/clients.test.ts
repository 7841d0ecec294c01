import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { eventBridgeBus, secretsManager, sqsQueue } from "../../../runtime/aws/adapters.ts";

type Input = Record<string, unknown>;

let server: Server;
let options: {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
};
let calls: { target: string; input: Input }[];
let answer: (input: Input) => unknown;

beforeEach(async () => {
  calls = [];
  server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const input = JSON.parse(Buffer.concat(chunks).toString()) as Input;
      calls.push({ target: String(request.headers["x-amz-target"]), input });
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer(input)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  options = { endpoint, region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" }, maxAttempts: 1 };
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("aws / eventBridgeBus", () => {
  const entries = [1, 2, 3].map((n) => ({ source: "hub.orders", detailType: `Event${n}`, detail: `{"n":${n}}` }));

  it("publishes entries, and returns the error code of each refused one", async () => {
    answer = () => ({
      FailedEntryCount: 2,
      Entries: [{ EventId: "1" }, { ErrorCode: "ThrottlingException", ErrorMessage: "slow down" }, {}],
    });
    expect(await eventBridgeBus("the-bus", new EventBridgeClient(options)).put(entries)).to.eql([
      undefined,
      "ThrottlingException",
      "NoAnswer",
    ]);
    expect(calls[0]?.target).to.equal("AWSEvents.PutEvents");
    expect(calls[0]?.input).to.have.nested.property("Entries[0]").that.eqls({
      EventBusName: "the-bus",
      Source: "hub.orders",
      DetailType: "Event1",
      Detail: '{"n":1}',
    });
  });
});

describe("aws / sqsQueue", () => {
  it("sends body and attributes, without empty ones", async () => {
    // Without an answer's MD5 of the attributes the SDK checks the body's alone.
    answer = ({ MessageBody }) => ({
      MessageId: "m",
      MD5OfMessageBody: createHash("md5").update(String(MessageBody)).digest("hex"),
    });
    await sqsQueue(new SQSClient(options)).send(`${options.endpoint}/1/dead`, "body", { flow: "orders", requestId: "" });
    expect(calls[0]).to.eql({
      target: "AmazonSQS.SendMessage",
      input: {
        QueueUrl: `${options.endpoint}/1/dead`,
        MessageBody: "body",
        MessageAttributes: { flow: { DataType: "String", StringValue: "orders" } },
      },
    });
  });

  it("hides a message", async () => {
    answer = () => ({});
    await sqsQueue(new SQSClient(options)).hide(`${options.endpoint}/1/q`, "handle", 7);
    expect(calls[0]).to.eql({
      target: "AmazonSQS.ChangeMessageVisibility",
      input: { QueueUrl: `${options.endpoint}/1/q`, ReceiptHandle: "handle", VisibilityTimeout: 7 },
    });
  });
});

describe("aws / secretsManager", () => {
  it("reads text, and refuses a binary", async () => {
    const store = secretsManager(new SecretsManagerClient(options));
    answer = () => ({ SecretString: "{}" });
    expect(await store.read("arn:1")).to.equal("{}");
    expect(calls[0]).to.eql({ target: "secretsmanager.GetSecretValue", input: { SecretId: "arn:1" } });
    answer = () => ({ SecretBinary: "AA==" });
    const error = await store.read("arn:1").then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).to.match(/binary/);
  });
});
