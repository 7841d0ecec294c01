import { type AnyEvent, type JsonSchema, jsonSchema } from "../../model/index.ts";

/** @returns a model's name: API Gateway takes letters and digits only. */
export const modelName = (flow: string, event: string): string =>
  `${flow.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())}${event}`;

/**
 * @returns the OpenAPI schemas that stand for an event's schema, draft-04 as API Gateway's models are: the model itself, and what its
 *   schema defines for reuse, since a model can only refer to other models.
 */
export function models(name: string, { schema }: Pick<AnyEvent, "schema">): Record<string, JsonSchema> {
  const {
    $schema,
    definitions = {},
    ...root
  } = jsonSchema(schema, "draft-04") as { $schema?: string; definitions?: Record<string, JsonSchema> };
  const nameOf = (definition: string) => `${name}${definition.replace(/[^A-Za-z0-9]/g, "")}`;
  const moved = (ref: string) =>
    ref === "#"
      ? `#/components/schemas/${name}`
      : ref.replace(/^#\/definitions\/(.+)$/, (_, definition: string) => `#/components/schemas/${nameOf(definition)}`);
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
  const own = Object.entries(definitions).map(
    ([definition, inner]) => [nameOf(definition), rewrite(inner) as JsonSchema] as const,
  );
  return { [name]: rewrite(root) as JsonSchema, ...Object.fromEntries(own) };
}
