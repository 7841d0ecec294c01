import { type Code, grouped, type SchemaContext, within } from "./code.ts";
import { asJson, asList, isJson, type Json } from "./document.ts";
import { key, quoted } from "./names.ts";

export interface Fields {
  readonly zod: readonly string[];
  readonly type: readonly string[];
}

/** Names that zod can't hold, and that the hub refuses. */
const isOfEveryObject = (name: string) => name in Object.prototype;

/** Code of an object's fields. Those of the other direction are left out. */
export function fieldsCode(schema: Json, context: SchemaContext): Fields {
  const required = asList(schema.required);
  const other = context.direction === "request" ? "readOnly" : "writeOnly";
  const properties = Object.entries(asJson(schema.properties)).filter(
    ([name, property]) => !isOfEveryObject(name) && context.api.resolve(property).value[other] !== true,
  );
  for (const name of Object.keys(asJson(schema.properties)).filter(isOfEveryObject))
    context.notes.add(`a field named ${name} is left out`, context.place);
  const fields = properties.map(([name, property]) => {
    const { zod, type } = context.write(property, within(context, name));
    const code = required.includes(name)
      ? { zod: `${key(name)}: ${zod}`, type: `${key(name)}: ${type}` }
      : { zod: `${key(name)}: ${zod}.optional()`, type: `${key(name)}?: ${grouped(type)} | undefined` };
    const text = defaultOf(property);
    return { ...code, zod: `${text === undefined ? "" : `/** Without it: ${text}. */\n`}${code.zod}` };
  });
  for (const name of required)
    if (typeof name === "string" && !Object.hasOwn(asJson(schema.properties), name))
      context.notes.add("required, without a schema of its own", `${context.place}.${name}`);
  return { zod: fields.map(({ zod }) => zod), type: fields.map(({ type }) => type) };
}

/** The third party's default. It is not sent, since the third party fills it in. */
function defaultOf(property: unknown): string | undefined {
  const value = asJson(property).default;
  const text = value === undefined || value === null ? undefined : quoted(value).replaceAll("*/", "* /");
  return text === undefined || text.length > 60 ? undefined : text;
}

export function objectCode(schema: Json, context: SchemaContext): Code {
  const rest = restOf(schema, context);
  if (Object.keys(asJson(schema.properties)).length === 0 && asList(schema.required).length === 0) {
    if (rest === "refused") return { zod: "z.strictObject({})", type: "Record<string, never>" };
    const { zod, type } = rest === "any" || rest === undefined ? { zod: "z.unknown()", type: "unknown" } : rest;
    return { zod: `z.record(z.string(), ${zod})`, type: `Record<string, ${type}>` };
  }
  const fields = fieldsCode(schema, context);
  const shape = `{ ${fields.zod.map((field) => `${field},\n`).join("")} }`;
  const type = `{ ${fields.type.map((field) => `${field};`).join(" ")} }`;
  if (rest === "refused") return { zod: `z.strictObject(${shape})`, type };
  if (rest === "any") return { zod: `z.looseObject(${shape})`, type: `${type} & { [key: string]: unknown }` };
  return rest
    ? { zod: `z.object(${shape}).catchall(${rest.zod})`, type: `${type} & { [key: string]: ${rest.type} }` }
    : { zod: `z.object(${shape})`, type };
}

/** @returns what other fields hold; `undefined` where the document does not say */
function restOf(schema: Json, context: SchemaContext): Code | "any" | "refused" | undefined {
  const { additionalProperties: rest, patternProperties } = schema;
  if (patternProperties !== undefined) {
    context.notes.add("`patternProperties` are not checked", context.place);
    return "any";
  }
  if (rest === undefined) return undefined;
  if (rest === false) return "refused";
  return rest === true || (isJson(rest) && Object.keys(rest).length === 0) ? "any" : context.write(rest, within(context, "*"));
}

/**
 * @returns an `allOf` of objects as one object, so that its fields can be used as those of an object; `undefined` where a part is none
 */
export function mergedObject(schema: Json, context: SchemaContext, seen: readonly unknown[] = []): Json | undefined {
  const { allOf, oneOf, anyOf, ...own } = schema;
  if (oneOf !== undefined || anyOf !== undefined) return undefined;
  const parts = [...asList(allOf), own].map((part) => {
    const { value } = context.api.resolve(part);
    if (seen.includes(value)) return undefined;
    return value.allOf === undefined ? value : mergedObject(value, context, [...seen, value]);
  });
  const objects = parts.filter((part) => part !== undefined && !isEmpty(part));
  if (parts.includes(undefined) || !objects.every((part) => part !== undefined && isObject(part))) return undefined;
  const properties = new Map<string, unknown>();
  for (const part of objects)
    for (const [name, property] of Object.entries(asJson(part?.properties)))
      properties.set(
        name,
        properties.has(name) && !isEmpty(asJson(property))
          ? { allOf: [properties.get(name), property] }
          : (properties.get(name) ?? property),
      );
  const rests = objects.flatMap((part) => (part?.additionalProperties === undefined ? [] : [part.additionalProperties]));
  // With `false` in one part of several, no object would match but that of this part.
  const rest = objects.length === 1 ? rests[0] : rests.find((one) => one !== false);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: [...new Set(objects.flatMap((part) => asList(part?.required)))],
    ...(rest !== undefined && { additionalProperties: rest }),
    ...(own.nullable === true && { nullable: true }),
  };
}

const isObject = ({ type, properties, required, enum: values, oneOf, anyOf }: Json) =>
  values === undefined &&
  oneOf === undefined &&
  anyOf === undefined &&
  (type === "object" || (type === undefined && (properties ?? required) !== undefined));
/** Without a rule. */
const isEmpty = (schema: Json) => Object.keys(schema).every((name) => ANNOTATIONS.has(name));
const ANNOTATIONS = new Set([
  "title",
  "description",
  "example",
  "examples",
  "deprecated",
  "default",
  "nullable",
  "readOnly",
  "writeOnly",
  "externalDocs",
  "discriminator",
  "xml",
]);
