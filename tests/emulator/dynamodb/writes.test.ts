import { expect } from "chai";
import { describe, it } from "mocha";
import { writesOf } from "../../../emulator/dynamodb/writes.ts";

const key = { pk: { S: "a" } };
const item = { pk: { S: "a" }, n: { N: "1" } };

describe("emulated DynamoDB / reported writes", () => {
  for (const [operation, input, output, writes] of [
    ["PutItem", { TableName: "t", Item: item }, {}, [{ table: "t", item, key: undefined }]],
    [
      "UpdateItem",
      { TableName: "t", Key: key, ReturnValues: "ALL_NEW" },
      { Attributes: item },
      [{ table: "t", item, key: undefined }],
    ],
    [
      "UpdateItem",
      { TableName: "t", Key: key, ReturnValues: "UPDATED_NEW" },
      { Attributes: {} },
      [{ table: "t", item: undefined, key }],
    ],
    ["DeleteItem", { TableName: "t", Key: key }, {}, [{ table: "t", item: undefined, key }]],
    [
      "TransactWriteItems",
      {
        TransactItems: [
          { Put: { TableName: "t", Item: item } },
          { ConditionCheck: { TableName: "t", Key: key } },
          { Update: { TableName: "u", Key: key } },
          { Delete: { TableName: "t", Key: key } },
        ],
      },
      {},
      [
        { table: "t", item, key: undefined },
        { table: "u", item: undefined, key },
        { table: "t", item: undefined, key },
      ],
    ],
    [
      "BatchWriteItem",
      { RequestItems: { t: [{ PutRequest: { Item: item } }, { DeleteRequest: { Key: key } }] } },
      {},
      [
        { table: "t", item, key: undefined },
        { table: "t", item: undefined, key },
      ],
    ],
    ["Query", { TableName: "t" }, {}, []],
  ] as const)
    it(`reports what ${operation} ${JSON.stringify(input).slice(0, 60)} wrote`, () => {
      expect(writesOf(operation, input, output)).to.deep.equal(writes);
    });
});
