import type { Json } from "../endpoint/service.ts";

/** An attribute's value as DynamoDB's JSON carries it, such as `{ "S": "x" }`. */
type Value = Readonly<Record<string, unknown>>;

/** Values of the partition key in a request's keys or items; what lacks it is left out. */
export function keysOf(items: readonly unknown[], hashKey: string): string[] {
  return items.flatMap((item) => textOf((item as Json | undefined)?.[hashKey]));
}

/**
 * The partition key's value that a Query asks for.
 * @param hashKey of the table, or of the index that is queried
 */
export function queriedKey(query: Json, hashKey: string): string[] {
  const legacy = (query.KeyConditions as Json | undefined)?.[hashKey] as { AttributeValueList?: unknown[] } | undefined;
  if (legacy) return textOf(legacy.AttributeValueList?.[0]);
  const names = (query.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
  const values = (query.ExpressionAttributeValues ?? {}) as Json;
  // Name and value may stand on either side of the sign, and a sort key may have an equality of its own.
  for (const [, left = "", right = ""] of String(query.KeyConditionExpression ?? "").matchAll(/([#:\w.-]+)\s*=\s*([#:\w.-]+)/g)) {
    const [name, value] = left.startsWith(":") ? [right, left] : [left, right];
    if ((names[name] ?? name) === hashKey) return textOf(values[value]);
  }
  return [];
}

/** As IAM compares it: text, or a number or base64 as text. */
function textOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { S, N, B } = value as Value;
  const found = S ?? N ?? B;
  return typeof found === "string" ? [found] : [];
}
