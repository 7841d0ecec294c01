import type { JsonSchema } from "../../model/index.ts";
import type { UniqueNames } from "./unique-names.ts";

/** Whose schema it is: the flow, and what identifies the schema within it, such as an event's name. */
export type SchemaOwner = readonly [flow: string, ...parts: string[]];

/**
 * @returns a model's name
 * https://docs.aws.amazon.com/apigateway/latest/api/API_CreateModel.html#apigw-CreateModel-request-name
 */
export function modelName(names: UniqueNames, owner: SchemaOwner): string {
  const [flow, ...parts] = owner;
  return names.of([flow.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase()), ...parts].join(""), owner);
}

/**
 * @returns the OpenAPI schemas that stand for a JSON Schema: the schema itself, and what it defines for reuse, since within OpenAPI a
 *   schema can only refer to other schemas of the document.
 */
export function lifted(names: UniqueNames, owner: SchemaOwner, schema: JsonSchema): Record<string, JsonSchema> {
  const { $schema, definitions, $defs, ...root } = schema as Readonly<{
    $schema?: string;
    /** Draft-04's name of it, and 2020-12's. */
    definitions?: Readonly<Record<string, JsonSchema>>;
    $defs?: Readonly<Record<string, JsonSchema>>;
  }>;
  const name = modelName(names, owner);
  // The sign keeps a definition "Request" of event "Ask" apart from the request of endpoint "Ask".
  const nameOf = (definition: string) => modelName(names, [...owner, `#${definition}`]);
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
