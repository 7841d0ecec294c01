import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item, Value } from "../ports.ts";

/** @returns the value in DynamoDB's typed form. @throws TypeError for what no item can hold, such as NaN */
export function marshal(value: Value): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "boolean") return { BOOL: value };
  // As JavaScript has it: of more than 17 digits DynamoDB would keep more, up to 38.
  if (typeof value === "number" && Number.isFinite(value)) return { N: String(value) };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: (value as readonly Value[]).map((item) => marshal(item)) };
  if (typeof value === "object") return { M: marshalAll(value as Readonly<Record<string, Value>>) };
  throw new TypeError(`an item can't hold ${String(value)}`);
}

/** Names may be any, such as `__proto__`, which assignment would lose. */
export const marshalAll = (values: Readonly<Record<string, Value>>): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, marshal(value)]));

/** @throws TypeError for a set or a binary, which the hub never writes */
export const itemFrom = (values: Readonly<Record<string, AttributeValue>>): Item => mapFrom(values, "") as Item;

/** @param place of the map in the item, for the error */
const mapFrom = (values: Readonly<Record<string, AttributeValue>>, place: string) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, valueFrom(value, `${place}${name}`)]));

function valueFrom({ S, N, BOOL, NULL, L, M, ...other }: AttributeValue, place: string): Value {
  if (S !== undefined) return S;
  if (N !== undefined) return Number(N);
  if (BOOL !== undefined) return BOOL;
  if (NULL !== undefined) return null;
  if (L) return L.map((item, i) => valueFrom(item, `${place}[${i}]`));
  if (M) return mapFrom(M, `${place}.`);
  const [type = "none"] = Object.keys(other);
  throw new TypeError(`${place}: unexpected DynamoDB type ${type}. Another process may be writing to this table.`);
}
