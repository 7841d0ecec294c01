import { AwsError, type Json } from "../endpoint/service.ts";
import { callEngine, type Engine } from "./engine.ts";
import type { Table } from "./table.ts";

const FIVE_YEARS_S = 157_680_000;
/** Items per page. Small pages let requests run in between. */
const PAGE_SIZE = 500;

/**
 * Deletes the table's expired items. As on AWS, items that expired more than five years ago stay.
 *
 * @param now milliseconds since the epoch
 * @param signal ends the sweep after the current page
 * @returns number of deleted items
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
export async function sweepTable(engine: Engine, table: Table, now: number, signal: AbortSignal): Promise<number> {
  if (table.ttl === undefined) return 0;
  const seconds = Math.floor(now / 1_000);
  let deleted = 0;
  let startKey: unknown;
  do {
    const page = await callEngine(engine, "Scan", {
      TableName: table.name,
      Limit: PAGE_SIZE,
      FilterExpression: "attribute_type(#ttl, :number) AND #ttl <= :now AND #ttl > :old",
      ExpressionAttributeNames: { "#ttl": table.ttl },
      ExpressionAttributeValues: {
        ":number": { S: "N" },
        ":now": { N: String(seconds) },
        ":old": { N: String(seconds - FIVE_YEARS_S) },
      },
      ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
    });
    for (const item of (page.Items ?? []) as Json[]) deleted += await deleteExpired(engine, table, table.ttl, item);
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined && !signal.aborted);
  return deleted;
}

/** Deletes the item unless its TTL value has changed since the scan. @returns number of deleted items, 0 or 1 */
async function deleteExpired(engine: Engine, table: Table, ttl: string, item: Json): Promise<number> {
  const keys = [table.hashKey, ...(table.rangeKey === undefined ? [] : [table.rangeKey])];
  try {
    await callEngine(engine, "DeleteItem", {
      TableName: table.name,
      Key: Object.fromEntries(keys.map((key) => [key, item[key]])),
      ConditionExpression: "#ttl = :seen",
      ExpressionAttributeNames: { "#ttl": ttl },
      ExpressionAttributeValues: { ":seen": item[ttl] },
    });
    return 1;
  } catch (error) {
    if (error instanceof AwsError && error.code === "ConditionalCheckFailedException") return 0;
    throw error;
  }
}
