import { type AnyEvent, type JsonSchema, jsonSchema } from "../../model/index.ts";

/** @returns a model's name: API Gateway takes letters and digits only. */
export const modelName = (flow: string, event: string): string =>
  `${flow.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())}${event}`;

/** @returns the models of an event's schema, draft-04 as API Gateway's are */
export const models = (name: string, { schema }: Pick<AnyEvent, "schema">): Record<string, JsonSchema> =>
  lifted(name, jsonSchema(schema, "draft-04"));

/**
 * @returns the OpenAPI schemas that stand for a JSON Schema: the schema itself, and what it defines for reuse, since within OpenAPI a
 *   schema can only refer to other schemas of the document.
 */
export function lifted(name: string, schema: JsonSchema): Record<string, JsonSchema> {
  const { $schema, definitions, $defs, ...root } = schema as Readonly<{
    $schema?: string;
    /** Draft-04's name of it, and 2020-12's. */
    definitions?: Readonly<Record<string, JsonSchema>>;
    $defs?: Readonly<Record<string, JsonSchema>>;
  }>;
  const nameOf = (definition: string) => `${name}${definition.replace(/[^A-Za-z0-9]/g, "")}`;
  const moved = (ref: string) =>
    ref === "#"
      ? `#/components/schemas/${name}`
      : ref.replace(/^#\/(?:definitions|\$defs)\/(.+)$/, (_, definition: string) => `#/components/schemas/${nameOf(definition)}`);
  const rewrite = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rewrite);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === "$ref" && typeof inner === "string" ? moved(inner) : rewrite(inner),
      ]),
    );
  };
  const own = Object.entries(definitions ?? $defs ?? {}).map(
    ([definition, inner]) => [nameOf(definition), rewrite(inner) as JsonSchema] as const,
  );
  return { [name]: rewrite(root) as JsonSchema, ...Object.fromEntries(own) };
}
