import { expect } from "chai";
import { describe, it } from "mocha";
import { accessOf } from "../../../emulator/dynamodb/access.ts";
import type { Table } from "../../../emulator/dynamodb/table.ts";
import { AwsError } from "../../../emulator/endpoint/service.ts";

const table: Table = {
  name: "state",
  arn: "arn:t",
  hashKey: "pk",
  rangeKey: "sk",
  indexes: new Map([["byCorrelation", "correlationId"]]),
  ttl: undefined,
};
const access = (operation: string, input: Record<string, unknown>) =>
  accessOf(operation, { TableName: "state", ...input }, () => table).map(({ action, resource, leadingKeys }) => [
    action,
    resource,
    leadingKeys,
  ]);
const key = (pk: string) => ({ pk: { S: pk }, sk: { S: "record" } });
const query = (KeyConditionExpression: string, more: object = {}) =>
  access("Query", {
    KeyConditionExpression,
    ExpressionAttributeNames: { "#p": "pk", "#s": "sk" },
    ExpressionAttributeValues: { ":p": { S: "a" }, ":s": { S: "b" }, ":c": { S: "c" } },
    ...more,
  });

describe("dynamodb / leading keys", () => {
  it("are those of the item or key", () => {
    for (const operation of ["GetItem", "UpdateItem", "DeleteItem"])
      expect(access(operation, { Key: key("a") })).to.deep.equal([[operation, "arn:t", ["a"]]]);
    expect(access("PutItem", { Item: { ...key("a"), x: { S: "b" } } })).to.deep.equal([["PutItem", "arn:t", ["a"]]]);
    expect(access("GetItem", { Key: { pk: { N: "5" } } })).to.deep.equal([["GetItem", "arn:t", ["5"]]]);
  });

  for (const [what, expression] of [
    ["plain", "pk = :p"],
    ["by placeholder", "#p = :p AND #s = :s"],
    ["without spaces, second", "#s=:s and #p=:p"],
    ["value before name", ":p = pk AND begins_with(sk, :s)"],
    ["in brackets", "(#p = :p) AND (#s BETWEEN :s AND :c)"],
  ] as const) {
    it(`are read from a key condition: ${what}`, () => {
      expect(query(expression)).to.deep.equal([["Query", "arn:t", ["a"]]]);
    });
  }

  it("are read from legacy key conditions", () => {
    expect(
      access("Query", { KeyConditions: { pk: { ComparisonOperator: "EQ", AttributeValueList: [{ S: "a" }] } } }),
    ).to.deep.equal([["Query", "arn:t", ["a"]]]);
  });

  it("are the index's when an index is queried, and the index is the resource", () => {
    expect(query("correlationId = :c", { IndexName: "byCorrelation" })).to.deep.equal([
      ["Query", "arn:t/index/byCorrelation", ["c"]],
    ]);
    expect(() => query("x = :c", { IndexName: "nope" })).to.throw(AwsError, "does not have the specified index");
  });

  it("are absent from a scan", () => {
    expect(access("Scan", {})).to.deep.equal([["Scan", "arn:t", undefined]]);
  });

  it("are the keys of all requests in a batch", () => {
    expect(access("BatchGetItem", { RequestItems: { state: { Keys: [key("a"), key("b")] } } })).to.deep.equal([
      ["BatchGetItem", "arn:t", ["a", "b"]],
    ]);
    expect(
      access("BatchWriteItem", {
        RequestItems: { state: [{ PutRequest: { Item: key("a") } }, { DeleteRequest: { Key: key("b") } }] },
      }),
    ).to.deep.equal([["BatchWriteItem", "arn:t", ["a", "b"]]]);
  });

  it("are read from each part of a transaction, with the part's action", () => {
    const TransactItems = [
      { Put: { Item: key("a") } },
      { Update: { Key: key("b") } },
      { ConditionCheck: { Key: key("c") } },
      { Delete: { Key: key("d") } },
    ];
    expect(access("TransactWriteItems", { TransactItems })).to.deep.equal([
      ["PutItem", "arn:t", ["a"]],
      ["UpdateItem", "arn:t", ["b"]],
      ["ConditionCheckItem", "arn:t", ["c"]],
      ["DeleteItem", "arn:t", ["d"]],
    ]);
    expect(() => access("TransactWriteItems", { TransactItems: [{ Sneak: {} }] })).to.throw("can't hold Sneak");
  });
});
