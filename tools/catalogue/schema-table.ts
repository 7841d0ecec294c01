import type { JsonSchema } from "../../model/index.ts";
import { code, codes, table } from "./markdown.ts";

interface Field extends JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
  readonly oneOf?: readonly Field[];
  readonly additionalProperties?: Field | boolean;
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
}

/** Keywords that become text as they are. */
const BOUNDS = [
  "format",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minItems",
  "maxItems",
];

/** @returns a row for each field, those of objects and lists within included */
export function schemaTable(schema: JsonSchema): string {
  const rows = [...fields(schema as Field, "")].map(({ name, field, required }) => [
    code(name),
    typeOf(field),
    required ? "yes" : "default" in field ? `default ${code(JSON.stringify(field.default))}` : "no",
    rulesOf(field),
    [typeof field.description === "string" ? field.description : "", isPersonal(field) ? "personal" : ""]
      .filter(Boolean)
      .join("; "),
  ]);
  return table(["field", "type", "required", "rules", "about"], rows);
}

/** @returns the fields with `.meta({ personal: true })` */
export const personalFields = (schema: JsonSchema): readonly string[] =>
  [...fields(schema as Field, "")].flatMap(({ name, field }) => (isPersonal(field) ? [name] : []));

const isPersonal = ({ personal }: Field) => personal === true;

interface Named {
  readonly name: string;
  readonly field: Field;
  readonly required: boolean;
}

function* fields(
  { properties = {}, required = [], items, anyOf = [], oneOf = [], additionalProperties }: Field,
  prefix: string,
): Iterable<Named> {
  for (const [key, field] of Object.entries(properties)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    yield { name, field, required: required.includes(key) };
    yield* fields(field, name);
  }
  if (items) yield* fields(items, `${prefix}[]`);
  if (typeof additionalProperties === "object") yield* fields(additionalProperties, prefix === "" ? "*" : `${prefix}.*`);
  for (const option of [...anyOf, ...oneOf]) yield* fields(option, prefix);
}

function typeOf({ type, items, anyOf, oneOf, enum: values, const: constant, $ref }: Field): string {
  const options = anyOf ?? oneOf;
  if (options) return [...new Set(options.map(typeOf))].join(" or ");
  if (values) return codes(values.map((value) => JSON.stringify(value)));
  if (constant !== undefined) return code(JSON.stringify(constant));
  if ($ref) return "recursive";
  if (type === "array") return `list of ${items ? typeOf(items) : "any"}`;
  return typeof type === "string" ? type : (type?.join(" or ") ?? "any");
}

function rulesOf(field: Field): string {
  const safe = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  return BOUNDS.filter((name) => field[name] !== undefined && !safe.includes(field[name] as number))
    .map((name) => `${name} ${code(String(field[name]))}`)
    .join(", ");
}
