import { asJson, asList, type Json, type OpenApi } from "./document.ts";
import { pascal, UniqueNames } from "./names.ts";

/** Fields that only one direction has (readOnly, writeOnly) make two schemas of one. */
export type Direction = "request" | "answer";

export interface Named {
  readonly id: string;
  readonly direction: Direction;
  readonly name: string;
  readonly schema: Json;
  /** It contains itself. */
  readonly recursive: boolean;
}

/** The schemas that references lead to, by name. Which of them contain themselves is known before any is written. */
export class SchemaNames {
  readonly #api: OpenApi;
  readonly #names = new UniqueNames();
  readonly #named = new Map<string, Named>();
  readonly #known = new Map<string, About>();
  readonly #reachable = new Map<string, readonly string[]>();
  readonly #deepest: number;

  /** @param deepest how many references are followed, one within the other */
  constructor(api: OpenApi, deepest: number) {
    this.#api = api;
    this.#deepest = deepest;
  }

  /** @returns the schema that a reference leads to; `undefined` beyond the deepest */
  of = (ref: string, direction: Direction): Named | undefined => this.#named.get(this.#idOf(ref, direction));

  byId = (id: string): Named | undefined => this.#named.get(id);

  take = (wanted: string): string => this.#names.take(wanted);

  /** Collects what the schemas of the operations refer to, the nearest first. */
  collect(roots: readonly { readonly schema: unknown; readonly direction: Direction }[]): void {
    let level = roots.flatMap(({ schema, direction }) => refsIn(schema).map((ref) => ({ ref, direction })));
    for (let depth = 0; level.length > 0 && depth < this.#deepest; depth += 1) {
      const next: typeof level = [];
      for (const { ref, direction } of level) {
        const id = this.#idOf(ref, direction);
        if (this.#named.has(id)) continue;
        const { value: schema } = this.#api.resolve({ $ref: ref });
        const recursive = refsIn(schema).some((inner) => this.#within(inner).includes(ref));
        const twice = this.#isDirected(ref) && direction === "request";
        const name = this.#names.take(`${pascal(nameIn(ref))}${twice ? "Input" : ""}`);
        this.#named.set(id, { id, direction, name, schema, recursive });
        next.push(...refsIn(schema).map((inner) => ({ ref: inner, direction })));
      }
      level = next;
    }
  }

  #idOf = (ref: string, direction: Direction) => (this.#isDirected(ref) ? `${direction} ${ref}` : ref);

  /** @returns whether the schema has fields of one direction, itself or by reference */
  #isDirected = (ref: string): boolean => this.#within(ref).some((inner) => this.#about(inner).directed);

  /** @returns the reference, and those that can be reached from it */
  #within(ref: string): readonly string[] {
    const known = this.#reachable.get(ref);
    if (known) return known;
    const seen = new Set([ref]);
    for (const inner of seen) for (const next of this.#about(inner).refs) seen.add(next);
    this.#reachable.set(ref, [...seen]);
    return [...seen];
  }

  #about(ref: string): About {
    const known = this.#known.get(ref);
    if (known) return known;
    const { value } = this.#api.resolve({ $ref: ref });
    const directed = partsOf(value).some(({ readOnly, writeOnly }) => readOnly === true || writeOnly === true);
    const about = { refs: refsIn(value), directed };
    this.#known.set(ref, about);
    return about;
  }
}

interface About {
  readonly refs: readonly string[];
  readonly directed: boolean;
}

function nameIn(ref: string): string {
  const keys = ref.split("/").map((part) => part.replaceAll("~1", "-"));
  return ref.startsWith("#/components/") ? keys.slice(3).join("-") : keys.slice(-2).join("-");
}

const refsIn = (schema: unknown): readonly string[] => [
  ...new Set(partsOf(schema).flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []))),
];

/** The schema and all schemas in it, references not followed. */
function partsOf(schema: unknown): readonly Json[] {
  const found = asJson(schema);
  const { properties, patternProperties, items, additionalProperties, allOf, anyOf, oneOf, prefixItems, not } = found;
  return [
    found,
    ...[...Object.values(asJson(properties)), ...Object.values(asJson(patternProperties))].flatMap(partsOf),
    ...[items, additionalProperties, not].flatMap((inner) => (inner === undefined ? [] : partsOf(inner))),
    ...[allOf, anyOf, oneOf, prefixItems].flatMap(asList).flatMap(partsOf),
  ];
}
