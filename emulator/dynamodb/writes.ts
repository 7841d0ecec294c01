import type { Json } from "../endpoint/service.ts";

/** One item that a call has written. */
export interface ItemWrite {
  readonly table: string;
  /** The item afterwards, in DynamoDB's typed form; `undefined` where the call does not show it, as a deletion. */
  readonly item: Json | undefined;
  /** The item's key where `item` is undefined. */
  readonly key: Json | undefined;
}

type Part = Readonly<Record<string, Json | undefined>>;

/**
 * @param output of a call that succeeded
 * @returns the items that the call has written; none for a call that reads
 */
export function writesOf(operation: string, input: Json, output: Json): readonly ItemWrite[] {
  switch (operation) {
    case "PutItem":
      return [put(input)];
    case "UpdateItem":
      return [input.ReturnValues === "ALL_NEW" ? put({ ...input, Item: output.Attributes }) : changed(input)];
    case "DeleteItem":
      return [changed(input)];
    case "TransactWriteItems":
      return (input.TransactItems as readonly Part[]).flatMap(({ Put, Update, Delete }) => [
        ...(Put ? [put(Put)] : []),
        ...[Update, Delete].flatMap((part) => (part ? [changed(part)] : [])),
      ]);
    case "BatchWriteItem":
      return Object.entries(input.RequestItems as Readonly<Record<string, readonly Part[]>>).flatMap(([table, parts]) =>
        parts.flatMap(({ PutRequest, DeleteRequest }) => [
          ...(PutRequest ? [put({ ...PutRequest, TableName: table })] : []),
          ...(DeleteRequest ? [changed({ ...DeleteRequest, TableName: table })] : []),
        ]),
      );
    default:
      return [];
  }
}

const put = ({ TableName, Item }: Json): ItemWrite => ({ table: String(TableName), item: Item as Json, key: undefined });
const changed = ({ TableName, Key }: Json): ItemWrite => ({ table: String(TableName), item: undefined, key: Key as Json });
