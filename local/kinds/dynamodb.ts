import { type RecordedResource, textOf } from "../recording.ts";
import type { Kinds } from "./kind.ts";
import { arnOf } from "./outputs.ts";
import { settleItems, tableItemOf } from "./table-items.ts";

export const dynamodb: Kinds = {
  "aws:dynamodb/table:Table": {
    outputs: (resource) => ({ id: resource.physicalName, arn: arnOf(resource, "dynamodb", `table/${resource.physicalName}`) }),
    simulate: {
      put: (resource, { tables }) =>
        tables.defineTable({ name: textOf(resource, "name"), arn: textOf(resource, "arn"), inputs: resource.inputs }),
    },
  },

  "aws:dynamodb/tableItem:TableItem": {
    nameKey: null,
    outputs: ({ inputs }) => ({ id: String(inputs.hashKey) }),
    simulate: {
      async put(resource: RecordedResource, { tables }) {
        const { TableName, Item } = tableItemOf(resource);
        await tables.administer("PutItem", { TableName, Item });
      },
      settle: settleItems,
    },
  },
};
