import type { FormLists, QueryLists } from "../../model/content.ts";

type Pair = readonly [name: string, value: string];

/** @returns names and values of a form: objects as `a[b]`, lists as the style says, `null` as an empty value, `undefined` not at all */
export const formPairs = (fields: Readonly<Record<string, unknown>>, lists: FormLists): readonly Pair[] =>
  Object.entries(fields).flatMap(([name, value]) => nested(name, value, lists));

function nested(name: string, value: unknown, lists: FormLists): readonly Pair[] {
  if (value === undefined) return [];
  if (value === null) return [[name, ""]];
  if (Array.isArray(value))
    return value.flatMap((item, i) =>
      nested(lists === "repeat" ? name : `${name}[${lists === "indexed" ? i : ""}]`, item, lists),
    );
  if (typeof value === "object")
    return Object.entries(value).flatMap(([field, inner]) => nested(`${name}[${field}]`, inner, lists));
  return [[name, String(value)]];
}

/** @returns names and values of a query: lists as the style says, objects as JSON, `null` and `undefined` not at all */
export const queryPairs = (fields: Readonly<Record<string, unknown>>, lists: QueryLists): readonly Pair[] =>
  Object.entries(fields).flatMap(([name, value]) => {
    if (!Array.isArray(value)) return single(name, value);
    const items = value.flat(Number.POSITIVE_INFINITY).flatMap((item) => single(lists === "brackets" ? `${name}[]` : name, item));
    return lists === "comma" && items.length > 0 ? [[name, items.map(([, item]) => item).join(",")] as const] : items;
  });

const single = (name: string, value: unknown): readonly Pair[] =>
  value === undefined || value === null ? [] : [[name, typeof value === "object" ? JSON.stringify(value) : String(value)]];
