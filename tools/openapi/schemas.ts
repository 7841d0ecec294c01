import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { lifted, modelName, type SchemaOwner } from "../../components/gateway/models.ts";
import { UniqueNames } from "../../components/gateway/unique-names.ts";
import type { JsonSchema } from "../../model/index.ts";

/** Collects `components.schemas` while operations are described. */
export class Schemas {
  readonly #known = new Map<string, JsonSchema>();
  readonly #names = new UniqueNames();

  /**
   * Adds a flow's schema and its reusable definitions.
   * @returns a reference to it
   */
  add(owner: SchemaOwner, schema: JsonSchema): { readonly $ref: string } {
    for (const [key, value] of Object.entries(lifted(this.#names, owner, schema))) this.#put(key, value);
    return reference(modelName(this.#names, owner));
  }

  /**
   * Adds a schema of the hub. Schemas with an id become components of that name: add them before those of flows.
   * @returns a reference to it, or the schema itself when it has no id
   */
  own(schema: z.ZodType): JsonSchema {
    const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" }) as JsonSchema & {
      readonly $defs?: Readonly<Record<string, JsonSchema>>;
    };
    for (const [key, value] of Object.entries($defs)) {
      this.#names.of(key, ["hub", key]);
      this.#put(key, linked(value));
    }
    return readable(linked(root));
  }

  /** @returns a flow's schema for inline use, such as in a parameter */
  plain(schema: JsonSchema): JsonSchema {
    return readable(schema);
  }

  /** By name, sorted. */
  all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#known].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #put(name: string, schema: JsonSchema) {
    const readably = readable(schema);
    const known = this.#known.get(name);
    if (known && !isDeepStrictEqual(known, readably))
      throw new Error(`schema ${name}: two schemas have this name. Give one of them another id.`);
    this.#known.set(name, readably);
  }
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Rewrites references to zod's definitions to references to components. */
const linked = (schema: JsonSchema): JsonSchema =>
  mapped(schema, (key, value) =>
    key === "$ref" && typeof value === "string" ? [[key, value.replace("#/$defs/", "#/components/schemas/")]] : [[key, value]],
  );

/** Removes noise: the dialect, which is OpenAPI 3.1's default, and the bounds of JavaScript's safe integers. */
const readable = (schema: JsonSchema): JsonSchema =>
  mapped(schema, (key, value) => {
    const isNoise =
      (key === "$schema" && typeof value === "string") ||
      (key === "minimum" && value === Number.MIN_SAFE_INTEGER) ||
      (key === "maximum" && value === Number.MAX_SAFE_INTEGER);
    return isNoise ? [] : [[key, value]];
  });

function mapped(
  schema: JsonSchema,
  change: (key: string, value: unknown) => readonly (readonly [string, unknown])[],
): JsonSchema {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .flatMap(([key, inner]) => change(key, inner))
        .map(([key, inner]) => [key, walk(inner)]),
    );
  };
  return walk(schema) as JsonSchema;
}
