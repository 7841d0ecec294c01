import type { Json } from "../endpoint/service.ts";

/** An attribute value in DynamoDB JSON, such as `{ "S": "x" }`. */
type Value = Readonly<Record<string, unknown>>;

/** Partition key values of a request's keys or items. Items without the key are left out. */
export function keysOf(items: readonly unknown[], hashKey: string): string[] {
  return items.flatMap((item) => textOf((item as Json | undefined)?.[hashKey]));
}

/**
 * The partition key value of a Query.
 * @param hashKey partition key of the table, or of the index that is queried
 * @returns an empty list when the key condition does not name the partition key
 */
export function queriedKey(query: Json, hashKey: string): string[] {
  const legacy = (query.KeyConditions as Json | undefined)?.[hashKey] as { AttributeValueList?: unknown[] } | undefined;
  if (legacy) return textOf(legacy.AttributeValueList?.[0]);
  const names = (query.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
  const values = (query.ExpressionAttributeValues ?? {}) as Json;
  // The value may precede the name, and the sort key may have an equality condition too.
  for (const [, left = "", right = ""] of String(query.KeyConditionExpression ?? "").matchAll(
    /(?<![#:\w.-])([#:\w.-]+)\s*=\s*([#:\w.-]+)/g,
  )) {
    const [name, value] = left.startsWith(":") ? [right, left] : [left, right];
    if ((names[name] ?? name) === hashKey) return textOf(values[value]);
  }
  return [];
}

/** The value as IAM compares it: a string; numbers and base64 as text. */
function textOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { S, N, B } = value as Value;
  const scalar = S ?? N ?? B;
  return typeof scalar === "string" ? [scalar] : [];
}
