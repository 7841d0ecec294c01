import { textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";

export const table: Simulator = {
  type: "aws:dynamodb/table:Table",
  put(resource, { tables }) {
    return tables.defineTable({ name: textOf(resource, "name"), arn: textOf(resource, "arn"), inputs: resource.inputs });
  },
};

export const tableItem: Simulator = {
  type: "aws:dynamodb/tableItem:TableItem",
  async put(resource, { tables }) {
    await tables.administer("PutItem", {
      TableName: textOf(resource, "tableName"),
      Item: JSON.parse(textOf(resource, "item")) as unknown,
    });
  },
};
