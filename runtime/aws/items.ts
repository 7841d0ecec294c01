import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { convertToAttr, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item, Value } from "../ports.ts";

/** As JavaScript has them: of a number of more than 17 digits DynamoDB would keep more, up to 38. */
const allowImpreciseNumbers = true;
const wrapNumbers = Number;
/** Values are plain data. Without this, an object with a key `constructor` is refused. */
const convertClassInstanceToMap = true;

/** @returns the value in DynamoDB's typed form. */
export const marshal = (value: Value): AttributeValue =>
  convertToAttr(value, { allowImpreciseNumbers, convertClassInstanceToMap });

export const marshalAll = (values: { readonly [name: string]: Value }): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, marshal(value)]));

/** @throws TypeError for a set or a binary, which the hub never writes */
export function itemFrom(values: Record<string, AttributeValue>): Item {
  for (const [name, value] of Object.entries(values)) assertKnown(name, value);
  return unmarshall(values, { wrapNumbers }) as Item;
}

function assertKnown(name: string, value: AttributeValue): void {
  for (const [i, item] of (value.L ?? []).entries()) assertKnown(`${name}[${i}]`, item);
  for (const [key, inner] of Object.entries(value.M ?? {})) assertKnown(`${name}.${key}`, inner);
  const [type = "none"] = Object.keys(value);
  if (!TYPES.has(type))
    throw new TypeError(`${name}: unexpected DynamoDB type ${type}. Another process may be writing to this table.`);
}

const TYPES: ReadonlySet<string> = new Set(["S", "N", "BOOL", "NULL", "L", "M"]);
