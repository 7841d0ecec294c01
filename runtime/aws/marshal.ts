import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Value } from "../ports.ts";

/** @returns the value in DynamoDB's typed form. */
export function marshal(value: Value): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (isList(value)) return { L: value.map(marshal) };
  return { M: marshalAll(value) };
}

export const marshalAll = (values: { readonly [name: string]: Value }): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, marshal(value)]));

/** @throws TypeError for sets and binaries, which the hub stores none of. */
function unmarshal(value: AttributeValue): Value {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.L !== undefined) return value.L.map(unmarshal);
  if (value.M !== undefined) return unmarshalAll(value.M);
  throw new TypeError(
    `an attribute of type ${Object.keys(value).join()} is none of the hub's. Look who else writes to the table.`,
  );
}

export const unmarshalAll = (values: Record<string, AttributeValue>): Record<string, Value> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, unmarshal(value)]));

// Array.isArray does not narrow a readonly array
const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
