import { readFileSync } from "node:fs";
import { DynamoDBClient, PutItemCommand, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { answer, type Call, type HttpAnswer, type Memory, type Party } from "./party.ts";

/** The event of a function URL. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
interface UrlEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly requestId: string; readonly http: { readonly method: string } };
}

const { SANDBOX_TABLE = "", SANDBOX_KEY = "" } = process.env;
const parties = JSON.parse(readFileSync(new URL("./parties.json", import.meta.url), "utf8")) as readonly Party[];
const table = new DynamoDBClient({});

/** Sort key of a fault: there is one for each operation. */
const FAULT = "-";

/** Calls and faults as items of a table. */
const memory = (requestId: string): Memory => ({
  async add(correlationId, call) {
    const at = `${new Date().toISOString()} ${requestId}`;
    await put({ about: `call ${correlationId}`, at, text: JSON.stringify(call) });
  },
  async calls(correlationId) {
    const { Items = [] } = await table.send(
      new QueryCommand({
        TableName: SANDBOX_TABLE,
        KeyConditionExpression: "about = :about",
        ExpressionAttributeValues: { ":about": { S: `call ${correlationId}` } },
        ConsistentRead: true,
      }),
    );
    return Items.map(({ text }) => JSON.parse(text?.S ?? "null") as Call);
  },
  async setFault({ target, operation, status, times }) {
    await put({ about: `fault ${target} ${operation}`, at: FAULT, text: String(status), left: times });
  },
  async takeFault(target, operation) {
    try {
      const { Attributes } = await table.send(
        new UpdateItemCommand({
          TableName: SANDBOX_TABLE,
          Key: { about: { S: `fault ${target} ${operation}` }, at: { S: FAULT } },
          UpdateExpression: "SET #left = #left - :one",
          ConditionExpression: "#left > :none",
          ExpressionAttributeNames: { "#left": "left" },
          ExpressionAttributeValues: { ":one": { N: "1" }, ":none": { N: "0" } },
          ReturnValues: "ALL_NEW",
        }),
      );
      return Number(Attributes?.text?.S);
    } catch (error) {
      if ((error as Error).name === "ConditionalCheckFailedException") return undefined;
      throw error;
    }
  },
});

async function put({
  left,
  ...texts
}: {
  readonly about: string;
  readonly at: string;
  readonly text: string;
  readonly left?: number;
}) {
  const item = Object.fromEntries(Object.entries(texts).map(([name, S]) => [name, { S }]));
  const Item = { ...item, ...(left !== undefined && { left: { N: String(left) } }) };
  await table.send(new PutItemCommand({ TableName: SANDBOX_TABLE, Item }));
}

export const handler = ({
  rawPath,
  rawQueryString,
  headers,
  body = "",
  isBase64Encoded,
  requestContext,
}: UrlEvent): Promise<HttpAnswer> =>
  answer(
    {
      method: requestContext.http.method,
      path: rawPath,
      query: new URLSearchParams(rawQueryString),
      headers,
      body: isBase64Encoded ? Buffer.from(body, "base64").toString() : body,
    },
    SANDBOX_KEY,
    parties,
    memory(requestContext.requestId),
  );
