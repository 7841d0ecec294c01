import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { eventBridgeBus, secretsManager, sqsQueue } from "../../../runtime/aws/adapters.ts";
import { awsClient, SERVICES } from "../../../runtime/aws/client.ts";

type Input = Record<string, unknown>;

let server: Server;
let env: Readonly<Record<"AWS_ENDPOINT_URL" | "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY", string>>;
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
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  env = { AWS_ENDPOINT_URL: address, AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
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
    expect(await eventBridgeBus("the-bus", awsClient(SERVICES.eventbridge, env)).put(entries)).to.eql([
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
    answer = () => ({ MessageId: "m" });
    await sqsQueue(awsClient(SERVICES.sqs, env)).send(`${env.AWS_ENDPOINT_URL}/1/dead`, "body", {
      flow: "orders",
      requestId: "",
    });
    expect(calls[0]).to.eql({
      target: "AmazonSQS.SendMessage",
      input: {
        QueueUrl: `${env.AWS_ENDPOINT_URL}/1/dead`,
        MessageBody: "body",
        MessageAttributes: { flow: { DataType: "String", StringValue: "orders" } },
      },
    });
  });

  it("hides a message", async () => {
    answer = () => ({});
    await sqsQueue(awsClient(SERVICES.sqs, env)).hide(`${env.AWS_ENDPOINT_URL}/1/q`, "handle", 7);
    expect(calls[0]).to.eql({
      target: "AmazonSQS.ChangeMessageVisibility",
      input: { QueueUrl: `${env.AWS_ENDPOINT_URL}/1/q`, ReceiptHandle: "handle", VisibilityTimeout: 7 },
    });
  });
});

describe("aws / secretsManager", () => {
  it("reads text, and refuses a binary", async () => {
    const store = secretsManager(awsClient(SERVICES.secretsManager, env));
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
