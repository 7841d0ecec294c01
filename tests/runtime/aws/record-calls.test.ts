import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { awsClient, SERVICES } from "../../../runtime/aws/client.ts";
import { dynamoTable } from "../../../runtime/aws/dynamo-table.ts";
import { isNew, type Table } from "../../../runtime/ports.ts";
import { inPlace, recordSpans } from "../../../runtime/tracing/recorder.ts";
import type { AwsCall } from "../../../runtime/tracing/span.ts";

const answers: Readonly<Record<string, readonly [status: number, body: object]>> = {
  "DynamoDB_20120810.GetItem": [200, {}],
  "DynamoDB_20120810.PutItem": [400, { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" }],
};

describe("AWS calls of an attempt", () => {
  const server = createServer((request, response) => {
    const [status, body] = answers[String(request.headers["x-amz-target"])] ?? [500, {}];
    request.resume().on("end", () => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
    });
  });
  let table: Table;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const env = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
    };
    table = dynamoTable("state", awsClient(SERVICES.dynamodb, env));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const get = () => table.get({ pk: "secret", sk: "s" });
  const recordedIn = async (work: () => Promise<unknown>, aws: AwsCall[] = []) => {
    let now = 0;
    const tracing = { share: 1, send: async () => {} };
    await recordSpans(
      tracing,
      () => inPlace({ beganAt: 0, aws }, work),
      () => ++now,
    );
    return aws;
  };

  it("are recorded with name, times and error, and without what they carry", async () => {
    const calls = await recordedIn(async () => {
      await get();
      expect(await table.put({ pk: "secret", sk: "s" }, isNew)).to.equal(false);
    });
    expect(calls).to.deep.equal([
      { name: "DynamoDB.GetItem", start: 1, end: 2 },
      { name: "DynamoDB.PutItem", start: 3, end: 4, error: "ConditionalCheckFailedException" },
    ]);
  });

  it("are fifty at most", async () => {
    const calls = await recordedIn(async () => {
      for (let n = 0; n < 52; n += 1) await get();
    });
    expect(calls).to.have.lengthOf(50);
  });

  it("need no attempt", async () => {
    expect(await get()).to.equal(undefined);
  });
});
