import type { Code, SchemaContext } from "./code.ts";
import { asText, type Json } from "./document.ts";
import { quoted } from "./names.ts";

/** Rules of JSON Schema that zod, or the hub, does not have. */
export const UNCHECKED = [
  ...["not", "if", "then", "else", "uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems"],
  ...["minProperties", "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties"],
];

/** Formats that zod checks as JSON Schema means them. https://json-schema.org/draft/2020-12/json-schema-validation#section-7.3 */
const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "z.iso.datetime({ offset: true })",
  date: "z.iso.date()",
  email: "z.email()",
  uuid: "z.guid()",
  uri: "z.url()",
  ipv4: "z.ipv4()",
  ipv6: "z.ipv6()",
  byte: "z.base64()",
};
/** They name a use, not a rule. */
const NO_RULE = new Set(["uri", "password", "binary", "decimal", "float", "double", "int32"]);

export function stringCode(
  { format, pattern, minLength, maxLength, contentEncoding }: Json,
  { notes, place, direction }: SchemaContext,
): Code {
  const name = asText(format) ?? (contentEncoding === "base64" ? "byte" : undefined);
  // Answers hold relative URLs under this format, too (Twilio's do).
  const checked = name === undefined || (name === "uri" && direction === "answer") ? undefined : FORMATS[name];
  if (name !== undefined && !checked && !NO_RULE.has(name)) notes.add(`the format ${quoted(name)} is not checked`, place);
  const rules = [
    ...(Number.isSafeInteger(minLength) && Number(minLength) > 0 ? [`.min(${String(minLength)})`] : []),
    ...(Number.isSafeInteger(maxLength) ? [`.max(${String(maxLength)})`] : []),
    ...patternRule(pattern, { notes, place }),
  ];
  return { zod: `${checked ?? "z.string()"}${rules.join("")}`, type: "string" };
}

function patternRule(pattern: unknown, { notes, place }: Pick<SchemaContext, "notes" | "place">): readonly string[] {
  if (typeof pattern !== "string") return [];
  try {
    return [`.regex(${new RegExp(pattern).toString()})`];
  } catch {
    notes.add("the pattern is none of JavaScript and not checked", place);
    return [];
  }
}

export function numberCode(schema: Json, { notes, place }: SchemaContext): Code {
  const { type, format, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const whole = type === "integer" || (Array.isArray(type) && type.includes("integer") && !type.includes("number"));
  if (format === "int64" || format === "uint64")
    notes.add("numbers beyond 2^53 are refused; declare int64(), which is text, where ids are that large", place);
  const rule = (name: string, value: unknown) =>
    typeof value === "number" && !(whole && Math.abs(value) > Number.MAX_SAFE_INTEGER) ? `.${name}(${value})` : "";
  const rules = [
    exclusiveMinimum === true ? rule("gt", minimum) : rule("min", minimum),
    exclusiveMaximum === true ? rule("lt", maximum) : rule("max", maximum),
    rule("gt", exclusiveMinimum),
    rule("lt", exclusiveMaximum),
    Number(multipleOf) > 0 ? rule("multipleOf", multipleOf) : "",
  ];
  return { zod: `${whole ? "z.int()" : "z.number()"}${rules.join("")}`, type: "number" };
}
