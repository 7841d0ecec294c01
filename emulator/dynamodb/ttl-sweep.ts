import { AwsError, type Json } from "../endpoint/service.ts";
import type { Engine } from "./engine.ts";
import { callEngine } from "./engine-client.ts";
import type { Table } from "./table.ts";

const FIVE_YEARS_S = 157_680_000;
/** Items a page: small, so that requests get their turn in between. */
const PAGE = 500;

/**
 * Deletes the table's expired items. As on AWS, what expired more than five years ago stays: it is taken for a mistake.
 *
 * @param now milliseconds since the epoch
 * @returns how many
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
export async function sweepTable(engine: Engine, table: Table, now: number, signal: AbortSignal): Promise<number> {
  if (table.ttl === undefined) return 0;
  const seconds = Math.floor(now / 1_000);
  let swept = 0;
  let from: unknown;
  do {
    const page = await callEngine(engine, "Scan", {
      TableName: table.name,
      Limit: PAGE,
      FilterExpression: "attribute_type(#ttl, :number) AND #ttl <= :now AND #ttl > :old",
      ExpressionAttributeNames: { "#ttl": table.ttl },
      ExpressionAttributeValues: {
        ":number": { S: "N" },
        ":now": { N: String(seconds) },
        ":old": { N: String(seconds - FIVE_YEARS_S) },
      },
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    for (const item of (page.Items ?? []) as Json[]) swept += await deleteExpired(engine, table, table.ttl, item);
    from = page.LastEvaluatedKey;
  } while (from !== undefined && !signal.aborted);
  return swept;
}

/** Unless its time to live has been put off since it was found. */
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
