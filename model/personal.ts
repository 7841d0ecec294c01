import type * as z from "zod";
import type { Operation } from "./adapter.ts";
import { schemasOfVersions } from "./event.ts";
import type { Flow } from "./flow.ts";
import { adaptersOf, eventsOf } from "./flow-parts.ts";
import { pointerKey } from "./json-pointer.ts";
import { type JsonSchema, jsonSchema } from "./json-schema.ts";
import { PERSONAL } from "./schema-rules.ts";

/** @returns `personalFields` of all schemas that a flow declares: those of its events, operations, synchronous endpoints and cursors */
export function personalFieldsOf(flow: Pick<Flow, "steps" | "triggers" | "imports">): readonly string[] {
  const operations = adaptersOf(flow).flatMap(({ operations }) =>
    Object.values(operations as Readonly<Record<string, Operation>>),
  );
  const ofTriggers = Object.values(flow.triggers).flatMap((trigger) => {
    if (trigger.kind === "sync") return [trigger.request, trigger.answers];
    return trigger.kind === "poll" ? [trigger.cursor] : [];
  });
  return personalFields([
    ...eventsOf(flow).flatMap((event) => schemasOfVersions(event).map(([, { schema }]) => schema)),
    ...operations.flatMap(({ body, query, returns, errors = {} }) => [
      ...[body, query, returns].filter((schema) => schema !== undefined),
      ...Object.values(errors).map(({ schema }) => schema),
    ]),
    ...ofTriggers,
  ]);
}

/**
 * @returns names of the fields of these schemas that hold personal data: those marked with `.meta({ personal: true })`, wherever the mark
 *   stands in the field's schema. Sorted
 */
function personalFields(schemas: Iterable<z.ZodType>): readonly string[] {
  const names = new Set<string>();
  for (const schema of schemas) {
    const root = schemaOf(schema);
    const seen = new Set<string>();
    const visit = (node: unknown, name: string): void => {
      if (Array.isArray(node)) for (const part of node) visit(part, name);
      if (typeof node !== "object" || node === null || Array.isArray(node)) return;
      const { $ref, properties, $defs: _, ...rest } = node as JsonSchema;
      if (name !== "" && rest[PERSONAL] === true) names.add(name);
      if (typeof $ref === "string" && !seen.has(`${$ref} ${name}`)) {
        seen.add(`${$ref} ${name}`);
        visit(resolve(root, $ref), name);
      }
      for (const [key, value] of Object.entries((properties ?? {}) as JsonSchema)) visit(value, key);
      for (const keyword of PARTS) visit(rest[keyword], name);
    };
    visit(root, "");
  }
  return [...names].sort();
}

/** Bytes, streams and their like have no fields; checkFlow reports what else has no JSON Schema. */
function schemaOf(schema: z.ZodType): JsonSchema {
  try {
    return jsonSchema(schema);
  } catch {
    return {};
  }
}

/** Keywords whose schemas describe the same field, or what is inside it. */
const PARTS = ["items", "prefixItems", "additionalProperties", "patternProperties", "anyOf", "oneOf", "allOf"] as const;

/** @param ref such as `#/$defs/customer`, or `#` for the whole */
const resolve = (root: JsonSchema, ref: string): unknown =>
  ref
    .split("/")
    .slice(1)
    .reduce<unknown>((node, key) => (node as JsonSchema | undefined)?.[pointerKey(key)], root);
