import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { GroupNote } from "../../protocol/dead-letter-groups.ts";
import { GROUPS, PARTITION_KEY, SORT_KEY } from "../../protocol/table.ts";
import { itemFrom, marshal } from "../../runtime/aws/items.ts";
import { notesIn } from "../../runtime/functions/dead-letters/groups.ts";
import type { Item, Key } from "../../runtime/ports.ts";
import type { Json, ShownHub } from "./hub-port.ts";

type Typed = Record<string, AttributeValue>;
/** @param item in DynamoDB's typed form */
export const itemOf = (item: Json): Item => itemFrom(item as Typed);

/** Reads of the state table. */
export function stateTable({ read, table }: Pick<ShownHub, "read" | "table">) {
  return {
    async get({ pk, sk }: Key): Promise<Item | undefined> {
      const key = { [PARTITION_KEY]: marshal(pk), [SORT_KEY]: marshal(sk) };
      const { Item } = await read("GetItem", { TableName: table, Key: key, ConsistentRead: true });
      return Item === undefined ? undefined : itemOf(Item as Json);
    },
    /** @returns up to `limit` items of a partition whose sort keys start so */
    async query(pk: string, prefix: string, limit: number): Promise<readonly Item[]> {
      const { Items = [] } = await read("Query", {
        TableName: table,
        KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :prefix)",
        ExpressionAttributeNames: { "#pk": PARTITION_KEY, "#sk": SORT_KEY },
        ExpressionAttributeValues: { ":pk": marshal(pk), ":prefix": marshal(prefix) },
        Limit: limit,
      });
      return (Items as readonly Json[]).map(itemOf);
    },
    /** Pages of all items with one of these sort keys. */
    async *scan(sortKeys: readonly string[]): AsyncGenerator<readonly Item[]> {
      const names = sortKeys.map((_, i) => `:sk${i}`);
      let from: unknown;
      do {
        const page: Json = await read("Scan", {
          TableName: table,
          FilterExpression: `#sk IN (${names.join(", ")})`,
          ExpressionAttributeNames: { "#sk": SORT_KEY },
          ExpressionAttributeValues: Object.fromEntries(sortKeys.map((sk, i) => [`:sk${i}`, marshal(sk)])),
          Limit: 500,
          ...(from !== undefined && { ExclusiveStartKey: from }),
        });
        yield ((page.Items ?? []) as readonly Json[]).map(itemOf);
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
    },
  };
}
/** Notes on groups of dead letters that are read at once. */
const MOST_NOTES = 1_000;

/** @returns what operators noted, by the group's id */
export const groupNotes = async (table: StateTable): Promise<ReadonlyMap<string, GroupNote>> =>
  notesIn(await table.query(GROUPS, "", MOST_NOTES));

export type StateTable = ReturnType<typeof stateTable>;
