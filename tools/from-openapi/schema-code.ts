import { type Code, grouped, joined, nullableCode, type SchemaContext, UNKNOWN, within } from "./code.ts";
import { asJson, asList, asText, type Json } from "./document.ts";
import { quoted } from "./names.ts";
import { mergedObject, objectCode } from "./object-code.ts";
import { numberCode, stringCode, UNCHECKED } from "./scalar-code.ts";
import { literalCode, unionCode } from "./union-code.ts";

/** @returns a JSON Schema of OpenAPI 3.0 or 3.1 as code */
export function schemaCode(given: unknown, context: SchemaContext): Code {
  if (given === true || given === undefined) return UNKNOWN;
  if (given === false) return { zod: "z.never()", type: "never" };
  const schema = asJson(given);
  const ref = asText(schema.$ref);
  if (ref !== undefined) return referenceCode(ref, context);
  noteUnchecked(schema, context);
  const types = typesOf(schema);
  const nullable = schema.nullable === true || (types.length > 1 && types.includes("null"));
  const code = bareCode(
    schema,
    types.filter((type) => type !== "null" || !nullable),
    context,
  );
  return nullable ? nullableCode(code) : code;
}

function referenceCode(ref: string, context: SchemaContext): Code {
  const named = context.names.of(ref, context.direction);
  if (!named) {
    context.notes.add("beyond --depth, taken as z.unknown()", `${context.place} (${ref.split("/").at(-1)})`);
    return UNKNOWN;
  }
  context.uses(named.id);
  const { name, recursive } = named;
  return recursive ? { zod: `z.lazy(() => ${name})`, type: name } : { zod: name, type: `z.infer<typeof ${name}>` };
}

function typesOf({ type, properties, additionalProperties, items, prefixItems }: Json): readonly string[] {
  const given = (Array.isArray(type) ? type : [type]).filter((one) => typeof one === "string");
  if (given.length > 0) return given;
  if (properties !== undefined || additionalProperties !== undefined) return ["object"];
  return items !== undefined || prefixItems !== undefined ? ["array"] : [];
}

function bareCode(schema: Json, types: readonly string[], context: SchemaContext): Code {
  const { allOf, oneOf, anyOf } = schema;
  if (schema.enum !== undefined || schema.const !== undefined) return literalCode(schema, context);
  if (allOf !== undefined || ((oneOf ?? anyOf) !== undefined && schema.properties !== undefined))
    return allOfCode(schema, context);
  if (oneOf !== undefined || anyOf !== undefined) return unionCode(schema, context);
  if (types.length > 1) return joined(types.map((type) => typeCode(type, schema, context)));
  return typeCode(types[0], schema, context);
}

function typeCode(type: string | undefined, schema: Json, context: SchemaContext): Code {
  switch (type) {
    case "string":
      return stringCode(schema, context);
    case "number":
    case "integer":
      return numberCode(schema, context);
    case "boolean":
      return { zod: "z.boolean()", type: "boolean" };
    case "null":
      return { zod: "z.null()", type: "null" };
    case "array":
      return arrayCode(schema, context);
    case "object":
      return objectCode(schema, context);
    case undefined:
      return UNKNOWN;
    default:
      context.notes.add(`the type ${quoted(type)} is none of JSON's, taken as z.unknown()`, context.place);
      return UNKNOWN;
  }
}

function arrayCode({ items, prefixItems, minItems, maxItems }: Json, context: SchemaContext): Code {
  const item = items === false ? undefined : schemaCode(items, within(context, "items"));
  if (prefixItems !== undefined) {
    const members = asList(prefixItems).map((member, i) => schemaCode(member, within(context, String(i))));
    const rest = item ? { zod: `, ${item.zod}`, type: `, ...${grouped(item.type)}[]` } : { zod: "", type: "" };
    return {
      zod: `z.tuple([${members.map(({ zod }) => zod).join(", ")}]${rest.zod})`,
      type: `[${members.map(({ type }) => type).join(", ")}${rest.type}]`,
    };
  }
  const { zod, type } = item ?? { zod: "z.never()", type: "never" };
  return { zod: `z.array(${zod})${bound("min", minItems)}${bound("max", maxItems)}`, type: `Array<${type}>` };
}
const bound = (rule: string, value: unknown) => (Number.isSafeInteger(value) ? `.${rule}(${String(value)})` : "");

/** Objects are merged into one; of other schemas a value must match each. */
function allOfCode(schema: Json, context: SchemaContext): Code {
  const merged = mergedObject(schema, context);
  if (merged) return objectCode(merged, context);
  const { allOf, oneOf, anyOf, discriminator, nullable, ...own } = schema;
  const parts = [
    ...asList(allOf),
    ...(typesOf(own).length > 0 ? [own] : []),
    ...(oneOf !== undefined ? [{ oneOf, discriminator }] : []),
    ...(anyOf !== undefined ? [{ anyOf, discriminator }] : []),
  ];
  const [first = UNKNOWN, ...others] = parts.map((part) => schemaCode(part, context)).filter((code) => code !== UNKNOWN);
  return others.reduce(
    (left, right) => ({
      zod: `z.intersection(${left.zod}, ${right.zod})`,
      type: `${grouped(left.type)} & ${grouped(right.type)}`,
    }),
    first,
  );
}

function noteUnchecked(schema: Json, { notes, place }: SchemaContext): void {
  for (const rule of UNCHECKED)
    if (schema[rule] !== undefined && schema[rule] !== false) notes.add(`\`${rule}\` is not checked`, place);
}
