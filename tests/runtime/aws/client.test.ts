import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand, StartReplayCommand } from "@aws-sdk/client-eventbridge";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Sha256 } from "../../../local/sandbox/sha256.ts";
import { eventBridgeBus, eventBridgeReplays, secretsManager, sqsReader } from "../../../runtime/aws/adapters.ts";
import { AwsError, awsClient, endpointOf, SERVICES } from "../../../runtime/aws/client.ts";
import { dynamoTable } from "../../../runtime/aws/dynamo-table.ts";
import { post } from "../../../runtime/aws/post.ts";

interface Call {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}
type Answer = (response: ServerResponse, call: number) => void;

const NOW = Date.parse("2026-11-29T12:00:00Z");
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };

let server: Server;
let url: string;
let calls: Call[];
let answer: Answer;
let slept: number[];

const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));

beforeEach(async () => {
  calls = [];
  slept = [];
  answer = json(200, {});
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url: path, headers } = request;
      calls.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      answer(response, calls.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const env = () => ({
  AWS_REGION: "eu-west-1",
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  AWS_SESSION_TOKEN: KEYS.sessionToken,
});
const outside = {
  clock: { now: () => NOW, sleep: async (ms: number) => void slept.push(ms) },
  random: () => 0.5,
};
const client = (service: (typeof SERVICES)[keyof typeof SERVICES]) => awsClient<never>(service, env(), outside) as never;
type Any = { readonly [name: string]: { readonly input: object; readonly output: object } };
const put = () => awsClient<Any>(SERVICES.dynamodb, env(), outside)("PutItem", { TableName: "t" });
const thrownBy = async (work: Promise<unknown>): Promise<Error & Partial<AwsError>> =>
  work.then(
    () => expect.fail("nothing was thrown"),
    (error: Error) => error,
  );

describe("aws / client", () => {
  const sdk = () => ({ endpoint: url, region: "eu-west-1", credentials: KEYS, maxAttempts: 1 });
  const entry = { source: "hub.orders", detailType: "Ordered", detail: '{"data":{"name":"ü\u2028"}}' };
  const twice: readonly (readonly [what: string, ours: () => Promise<unknown>, theirs: () => Promise<unknown>])[] = [
    [
      "PutEvents",
      () => eventBridgeBus("bus", client(SERVICES.eventbridge)).put([entry]),
      () =>
        new EventBridgeClient(sdk()).send(
          new PutEventsCommand({
            Entries: [{ EventBusName: "bus", Source: entry.source, DetailType: entry.detailType, Detail: entry.detail }],
          }),
        ),
    ],
    [
      "StartReplay, with times",
      () =>
        eventBridgeReplays("archive", "bus", client(SERVICES.eventbridge)).start({
          ...{ name: "r", ruleArns: ["rule"] },
          ...{ from: Date.parse("2026-11-29T10:00:00.000Z"), to: Date.parse("2026-11-29T11:00:00.500Z") },
        }),
      () =>
        new EventBridgeClient(sdk()).send(
          new StartReplayCommand({
            ReplayName: "r",
            EventSourceArn: "archive",
            EventStartTime: new Date("2026-11-29T10:00:00.000Z"),
            EventEndTime: new Date("2026-11-29T11:00:00.500Z"),
            Destination: { Arn: "bus", FilterArns: ["rule"] },
          }),
        ),
    ],
    [
      "ReceiveMessage",
      () => sqsReader(client(SERVICES.sqs)).receive("http://queue"),
      () =>
        new SQSClient({ ...sdk(), useQueueUrlAsEndpoint: false }).send(
          new ReceiveMessageCommand({
            ...{ QueueUrl: "http://queue", MaxNumberOfMessages: 10 },
            ...{ MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"] },
          }),
        ),
    ],
    [
      "GetSecretValue",
      () => secretsManager(client(SERVICES.secretsManager)).read("arn"),
      () => new SecretsManagerClient(sdk()).send(new GetSecretValueCommand({ SecretId: "arn" })),
    ],
    [
      "UpdateItem",
      () => dynamoTable("t", client(SERVICES.dynamodb)).update({ pk: "p", sk: "s" }, { set: { n: 1, list: [{ a: null }] } }),
      () =>
        new DynamoDBClient(sdk()).send(
          new UpdateItemCommand({
            TableName: "t",
            Key: { pk: { S: "p" }, sk: { S: "s" } },
            UpdateExpression: "SET #n0 = :v0, #n1 = :v1",
            ExpressionAttributeNames: { "#n0": "n", "#n1": "list" },
            ExpressionAttributeValues: { ":v0": { N: "1" }, ":v1": { L: [{ M: { a: { NULL: true } } }] } },
            ReturnValues: "ALL_NEW",
          }),
        ),
    ],
  ];
  for (const [what, ours, theirs] of twice)
    it(`sends ${what} as the AWS SDK does`, async () => {
      answer = json(200, { SecretString: "{}" });
      await ours();
      await theirs();
      const seen = calls.map(({ method, path, headers, body }) => ({
        ...{ method, path, body: JSON.parse(body) as unknown, target: headers["x-amz-target"] },
        ...{ type: headers["content-type"], token: headers["x-amz-security-token"] },
        scope: /Credential=[^/]+\/\d{8}(\/[^,]+)/.exec(headers.authorization ?? "")?.[1],
      }));
      expect(seen).to.have.length(2);
      expect(seen[0]).to.deep.equal(seen[1]);
    });

  it("signs what it sends, as AWS's own signer does", async () => {
    await put();
    const [{ headers, body } = expect.fail("no call")] = calls;
    const { authorization = "" } = headers;
    const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
    expect(names).to.include.members(["content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"]);
    const scope = { service: "dynamodb", region: "eu-west-1" };
    const signer = new SignatureV4({ ...scope, credentials: KEYS, sha256: Sha256, applyChecksum: false });
    const { hostname, protocol, host } = new URL(url);
    const again = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
    const signed = await signer.sign(
      { method: "POST", protocol, hostname, path: "/", query: {}, headers: { ...again, host }, body },
      { signingDate: new Date(NOW) },
    );
    expect(authorization).to.equal(signed.headers.authorization);
  });

  it("keeps its connection for the next call", async () => {
    const ports: (number | undefined)[] = [];
    server.on("request", ({ socket }: IncomingMessage) => ports.push(socket.remotePort));
    await put();
    await put();
    expect(new Set(ports).size).to.equal(1);
  });

  for (const [form, body, headers] of [
    ["with its namespace", { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", message: "no" }, {}],
    ["in a header, with a link", { Message: "no" }, { "x-amzn-errortype": "ConditionalCheckFailedException:http://internal/" }],
    ["in a list", { code: "ConditionalCheckFailedException,other", message: "no" }, {}],
  ] as const)
    it(`names an error by its code, which comes ${form}`, async () => {
      answer = json(400, body, headers);
      const error = await thrownBy(put());
      expect(error).to.be.instanceOf(AwsError);
      expect(error).to.include({ name: "ConditionalCheckFailedException", message: "no", status: 400 });
      expect([calls.length, slept]).to.deep.equal([1, []]);
    });

  it("tries three times where the service has failed, and waits longer each time", async () => {
    answer = json(503, "<html>");
    expect(await thrownBy(put())).to.include({ name: "Status503", message: "status 503" });
    expect([calls.length, slept]).to.deep.equal([3, [50, 100]]);
  });

  it("waits longer where it is throttled", async () => {
    answer = json(400, { __type: "x#ThrottlingException", message: "slow down" });
    expect(await thrownBy(put())).to.include({ name: "ThrottlingException" });
    expect([calls.length, slept]).to.deep.equal([3, [250, 500]]);
  });

  it("returns what a later try answers, after a connection that broke too", async () => {
    answer = (response, call) => {
      if (call === 1) response.destroy();
      else if (call === 2) json(500, { __type: "x#InternalServerError" })(response, call);
      else json(200, { Attributes: {} })(response, call);
    };
    expect(await put()).to.deep.equal({ Attributes: {} });
    expect([calls.length, slept]).to.deep.equal([3, [50, 100]]);
  });

  it("gives up on a service that is silent, and on an answer that breaks off", async () => {
    answer = () => {};
    expect(await thrownBy(post(new URL(url), {}, "", { connectMs: 1_000, silenceMs: 1 }))).to.include({ name: "TimeoutError" });
    answer = (response) => {
      response.writeHead(200, { "content-length": "10" }).write("{");
      response.destroy();
    };
    expect(await thrownBy(post(new URL(url), {}, ""))).to.include({ code: "ECONNRESET" });
  });

  it("finds a service's address by region and partition, and by the SDKs' variables", () => {
    const of = (given: Readonly<Record<string, string>>) => endpointOf(SERVICES.eventbridge, given);
    expect(of({ AWS_REGION: "eu-central-1" })).to.equal("https://events.eu-central-1.amazonaws.com/");
    expect(of({ AWS_REGION: "us-gov-west-1" })).to.equal("https://events.us-gov-west-1.amazonaws.com/");
    expect(of({ AWS_REGION: "cn-north-1" })).to.equal("https://events.cn-north-1.amazonaws.com.cn/");
    expect(of({ AWS_REGION: "eusc-de-east-1" })).to.equal("https://events.eusc-de-east-1.amazonaws.eu/");
    expect(of({ AWS_REGION: "us-isob-east-1" })).to.equal("https://events.us-isob-east-1.sc2s.sgov.gov/");
    expect(of({ AWS_REGION: "x", AWS_ENDPOINT_URL: "http://a" })).to.equal("http://a");
    expect(of({ AWS_REGION: "x", AWS_ENDPOINT_URL: "http://a", AWS_ENDPOINT_URL_EVENTBRIDGE: "http://b" })).to.equal("http://b");
    expect(() => of({})).to.throw("AWS_REGION");
  });
});
