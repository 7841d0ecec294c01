import * as z from "zod";
import { settings } from "./schema.ts";

/** The part of JSON Schema that settings need, with their metadata. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly form?: string;
  readonly otherwise?: string;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
}

const root = () => z.toJSONSchema(settings, { io: "input" }) as Schema;

/** @returns the schema at a path of keys and indexes, `{}` where there is none */
export const schemaAt = (path: readonly PropertyKey[]): Schema =>
  path.reduce(
    (schema: Schema, key) => schema.properties?.[String(key)] ?? schema.items ?? (schema.additionalProperties || {}),
    root(),
  );

/** @returns what a value has to be, such as `a whole number from 1 to 50` */
export function formOf({ form, type, enum: values, properties, minimum, maximum }: Schema): string {
  if (form !== undefined) return form;
  if (values) return `one of ${values.join(", ")}`;
  if (type === "integer") return `a whole number from ${minimum} to ${maximum}`;
  if (type === "boolean") return "true or false";
  if (type === "object") return properties ? `an object with ${Object.keys(properties).join(", ")}` : "an object";
  return "a text";
}

/** A row of the table of settings; `range` and `otherwise` may be empty. */
export interface SettingRow {
  /** Such as `hub:waf.rateLimit`. */
  readonly setting: string;
  readonly type: string;
  readonly default: string;
  readonly range: string;
  readonly meaning: string;
}

/** @returns every setting with a description, each followed by those within it */
export const settingRows = (): readonly SettingRow[] => [...rowsOf("hub:", root())];

function* rowsOf(path: string, { properties = {}, required = [] }: Schema): Iterable<SettingRow> {
  for (const [key, schema] of Object.entries(properties)) {
    const setting = `${path}${key}`;
    const { description: meaning, default: value, otherwise = "none", additionalProperties } = schema;
    const missing = required.includes(key) ? "required" : otherwise;
    yield {
      setting,
      type: typeOf(schema),
      default: value === undefined ? missing : `\`${JSON.stringify(value)}\``,
      range: rangeOf(schema),
      meaning: meaning ?? "",
    };
    yield* rowsOf(`${setting}.`, schema);
    if (additionalProperties) yield* rowsOf(`${setting}.<name>.`, additionalProperties);
  }
}

function typeOf({ type, additionalProperties, anyOf = [] }: Schema): string {
  if (type === "integer") return "whole number";
  if (type === "string") return "text";
  if (type === "array") return "list";
  if (type === "object") return additionalProperties ? "object by name" : "object";
  return type ?? anyOf.map(typeOf).join(" or ");
}

function rangeOf({ form, type, enum: values, minimum, maximum, items, propertyNames, additionalProperties }: Schema): string {
  if (type === "integer") return `${minimum} to ${maximum}`;
  const within = { name: propertyNames, value: additionalProperties || undefined, each: items };
  const forms = Object.entries(within).flatMap(([part, schema]) => (schema?.form ? [`${part}: ${schema.form}`] : []));
  return [form ?? values?.join(", ") ?? [], ...forms].flat().join("; ");
}
