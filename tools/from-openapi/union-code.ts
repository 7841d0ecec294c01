import { type Code, joined, nullableCode, type SchemaContext, UNKNOWN } from "./code.ts";
import { asJson, asList, asText, type Json } from "./document.ts";
import { key, quoted } from "./names.ts";
import { mergedObject } from "./object-code.ts";

/** `enum` and `const`. */
export function literalCode(schema: Json, { notes, place }: SchemaContext): Code {
  const values = schema.const === undefined ? [...new Set(asList(schema.enum))] : [schema.const];
  const held = values.filter((value) => value !== null);
  if (held.some((value) => typeof value === "object")) {
    notes.add("an enum of objects or lists is not checked", place);
    return UNKNOWN;
  }
  if (held.length === 0) return values.length > 0 ? { zod: "z.null()", type: "null" } : { zod: "z.never()", type: "never" };
  const list = held.map(quoted).join(", ");
  const zod =
    held.length === 1
      ? `z.literal(${list})`
      : held.every((value) => typeof value === "string")
        ? `z.enum([${list}])`
        : `z.literal([${list}])`;
  const code = { zod, type: held.map(quoted).join(" | ") };
  return held.length < values.length ? nullableCode(code) : code;
}

/** `oneOf` and `anyOf`. */
export function unionCode(schema: Json, context: SchemaContext): Code {
  const options = [...asList(schema.oneOf), ...asList(schema.anyOf)];
  const held = options.filter((option) => asJson(option).type !== "null");
  const code = discriminated(schema, held, context) ?? joined(held.map((option) => context.write(option, context)));
  if (schema.oneOf !== undefined && !code.zod.startsWith("z.discriminatedUnion") && mayOverlap(held, context))
    context.notes.add("`oneOf` is checked as `anyOf`: a value that matches several schemas is accepted", context.place);
  return held.length < options.length ? nullableCode(code) : code;
}

/** @returns `undefined` where the options can't be distinguished by a field with fixed texts */
function discriminated({ discriminator }: Json, options: readonly unknown[], context: SchemaContext): Code | undefined {
  const field = asText(asJson(discriminator).propertyName);
  if (field === undefined || options.length < 2) return undefined;
  const mapping = Object.entries(asJson(asJson(discriminator).mapping));
  const members = options.map((option) => memberOf(option, field, mapping, context));
  const texts = members.flatMap((member) => member?.texts ?? []);
  if (members.includes(undefined) || new Set(texts).size !== texts.length) {
    context.notes.add(`the discriminator ${quoted(field)} is not used: the options are tried one after the other`, context.place);
    return undefined;
  }
  return {
    zod: `z.discriminatedUnion(${quoted(field)}, [${members.map((member) => member?.zod).join(", ")}])`,
    type: members.map((member) => member?.type).join(" | "),
  };
}

type Member = Code & { readonly texts: readonly unknown[] };

function memberOf(
  option: unknown,
  field: string,
  mapping: readonly (readonly [string, unknown])[],
  context: SchemaContext,
): Member | undefined {
  const { value, ref } = context.api.resolve(option);
  const merged = value.allOf === undefined ? value : mergedObject(value, context);
  const code = context.write(option, context);
  const isExtendable = ref === undefined ? OBJECT.test(code.zod) : code.zod === context.names.of(ref, context.direction)?.name;
  if (!merged || !isExtendable) return undefined;
  const { value: property } = context.api.resolve(asJson(merged.properties)[field]);
  const own = property.const === undefined ? asList(property.enum) : [property.const];
  if (own.length > 0) return asList(merged.required).includes(field) ? { ...code, texts: own } : undefined;
  const name = ref?.split("/").at(-1);
  const mapped = mapping.filter(([, target]) => target === ref || target === name).map(([text]) => text);
  const texts = mapped.length > 0 || name === undefined ? mapped : [name];
  if (texts.length === 0) return undefined;
  const { zod, type } = literalCode({ enum: texts }, context);
  return { zod: `${code.zod}.extend({ ${key(field)}: ${zod} })`, type: `(${code.type} & { ${key(field)}: ${type} })`, texts };
}
const OBJECT = /^z\.(strictObject|looseObject|object)\(/;

/** Whether a value may match two options, as their types show. */
function mayOverlap(options: readonly unknown[], { api }: SchemaContext): boolean {
  const types = options.map((option) => {
    const { type } = api.resolve(option).value;
    return type === "integer" ? "number" : typeof type === "string" ? type : undefined;
  });
  return options.length > 1 && (types.includes(undefined) || new Set(types).size < types.length);
}
