import { isDeepStrictEqual } from "node:util";
import { accepts, isExact } from "./accepts.ts";
import type { NumberShape, ObjectShape, Schema, Shape, TextShape } from "./shape.ts";

/** Where, and why, a value of the one schema may not fit the other. */
export interface Gap {
  /** The field as people write it, such as `lines[].sku`; `""` for the whole. */
  readonly field: string;
  readonly why: string;
}

/**
 * Sound: where it returns nothing, `wide` accepts each value of `narrow`. Where it returns a gap, there may still be none: shapes of
 * different kinds are compared no further. Fields that an open object of `narrow` does not declare count as absent: zod keeps them, and
 * adding an optional field would else never be compatible.
 */
export const gapBetween = (narrow: Schema, wide: Schema): Gap | undefined =>
  isDeepStrictEqual(narrow, wide) ? undefined : new Comparison(narrow, wide).gap(narrow.shape, wide.shape, "");

class Comparison {
  readonly #narrow: Schema;
  readonly #wide: Schema;
  /** Pairs under comparison. A value is finite, so a pair that leads to itself adds no gap. */
  #open: ReadonlySet<string> = new Set();

  constructor(narrow: Schema, wide: Schema) {
    this.#narrow = narrow;
    this.#wide = wide;
  }

  gap(narrow: Shape, wide: Shape, field: string): Gap | undefined {
    if (narrow.is !== "ref" && wide.is !== "ref") return this.#compare(narrow, wide, field);
    const pair = JSON.stringify([narrow, wide]);
    if (this.#open.has(pair)) return undefined;
    const before = this.#open;
    this.#open = new Set([...before, pair]);
    const found = this.gap(resolved(narrow, this.#narrow), resolved(wide, this.#wide), field);
    // What was compared on this assumption counts only where it holds.
    if (found) this.#open = before;
    return found;
  }

  #compare(narrow: Shape, wide: Shape, field: string): Gap | undefined {
    if (wide.is === "any" || narrow.is === "never") return undefined;
    if (narrow.is === "union") return first(narrow.of, (option) => this.gap(option, wide, field));
    if (narrow.is === "values") return this.#values(narrow.of, wide, field);
    if (wide.is === "union") return this.#oneOf(narrow, wide.of, field);
    if (narrow.is === "opaque") return this.#opaque(narrow, wide, field);
    if (narrow.is === "text" && wide.is === "text") return textGap(narrow, wide, field);
    if (narrow.is === "number" && wide.is === "number") return numberGap(narrow, wide, field);
    if (narrow.is === "object" && wide.is === "object") return this.#objects(narrow, wide, field);
    if (narrow.is === "record" && wide.is === "record") return this.#records(narrow, wide, field);
    if (narrow.is === "list" && wide.is === "list")
      return boundsGap(narrow, wide, field, "items") ?? this.gap(narrow.of, wide.of, `${field}[]`);
    if (narrow.is === "tuple" && wide.is === "tuple") return this.#tuples(narrow, wide, field);
    return this.#same(narrow, wide) ? undefined : { field, why: `it was ${nameOf(narrow)} and is ${nameOf(wide)}` };
  }

  #values(values: readonly unknown[], wide: Shape, field: string): Gap | undefined {
    const schema = { ...this.#wide, shape: wide };
    const other = values.find((value) => accepts(schema, value) !== true);
    return other === undefined && !values.includes(undefined) ? undefined : { field, why: `it may be ${JSON.stringify(other)}` };
  }

  #oneOf(narrow: Shape, options: readonly Shape[], field: string): Gap | undefined {
    if (options.some((option) => this.gap(narrow, option, field) === undefined)) return undefined;
    if (narrow.is === "object" && this.#isSplit(narrow, options, field)) return undefined;
    return options.length === 1
      ? this.gap(narrow, options[0] as Shape, field)
      : { field, why: `no alternative takes all of it (${nameOf(narrow)})` };
  }

  /** Whether for each value of one field, an alternative takes the object: where a discriminator was one of several values before. */
  #isSplit(narrow: ObjectShape, options: readonly Shape[], field: string): boolean {
    return Object.entries(narrow.fields).some(
      ([name, shape]) =>
        shape.is === "values" &&
        shape.of.length > 1 &&
        !(narrow.optional ?? []).includes(name) &&
        shape.of.every((value) => {
          const one: ObjectShape = { ...narrow, fields: { ...narrow.fields, [name]: { is: "values", of: [value] } } };
          return options.some((option) => this.gap(one, option, field) === undefined);
        }),
    );
  }

  #opaque(narrow: Shape & { readonly is: "opaque" }, wide: Shape, field: string): Gap | undefined {
    if (wide.is !== "opaque") return this.gap(narrow.of, wide, field);
    const added = wide.rules.find((rule) => !narrow.rules.some((known) => isDeepStrictEqual(known, rule)));
    return added ? { field, why: `it has the new rule ${JSON.stringify(added)}` } : this.gap(narrow.of, wide.of, field);
  }

  #objects(narrow: ObjectShape, wide: ObjectShape, field: string): Gap | undefined {
    const at = (name: string) => (field === "" ? name : `${field}.${name}`);
    const mayMiss = (shape: ObjectShape, name: string) => !has(shape, name) || (shape.optional ?? []).includes(name);
    const required = Object.keys(wide.fields).find((name) => !mayMiss(wide, name) && mayMiss(narrow, name));
    if (required !== undefined) return { field: at(required), why: "it is required and may be absent" };
    return (
      first(Object.entries(narrow.fields), ([name, shape]) => this.#member(shape, wide, { name, field: at(name) })) ??
      this.#rests(narrow, wide, field) ??
      (narrow.rest === "open" || narrow.rest === "closed" ? undefined : this.#extras(narrow.rest, { narrow, wide }, at))
    );
  }

  #member(shape: Shape, wide: ObjectShape, { name, field }: { readonly name: string; readonly field: string }): Gap | undefined {
    if (has(wide, name)) return this.gap(shape, wide.fields[name] as Shape, field);
    if (wide.rest === "open" || shape.is === "never") return undefined;
    return wide.rest === "closed"
      ? { field, why: "it is no longer declared, and other fields are refused" }
      : this.gap(shape, wide.rest, field);
  }

  /** Undeclared fields. */
  #rests(narrow: ObjectShape, wide: ObjectShape, field: string): Gap | undefined {
    if (wide.rest === "open" || narrow.rest === "closed") return undefined;
    if (wide.rest === "closed") return { field, why: "fields that it does not declare are refused" };
    return this.gap(narrow.rest === "open" ? { is: "any" } : narrow.rest, wide.rest, `${field}.*`);
  }

  /** Fields that the one declares and the other takes among all others. */
  #extras(
    rest: Shape,
    { narrow, wide }: { readonly narrow: ObjectShape; readonly wide: ObjectShape },
    at: (name: string) => string,
  ): Gap | undefined {
    return first(
      Object.entries(wide.fields).filter(([name]) => !has(narrow, name)),
      ([name, shape]) => this.gap(rest, shape, at(name)),
    );
  }

  #records(narrow: Shape & { readonly is: "record" }, wide: Shape & { readonly is: "record" }, field: string): Gap | undefined {
    const anyKey = isDeepStrictEqual(wide.keys, { is: "text" }) && narrow.loose !== true;
    if (!anyKey && !(narrow.loose === wide.loose && this.#same(narrow.keys, wide.keys)))
      return { field: `${field}.*`, why: "its keys have other rules" };
    return this.gap(narrow.values, wide.values, `${field}.*`);
  }

  #tuples(narrow: Shape & { readonly is: "tuple" }, wide: Shape & { readonly is: "tuple" }, field: string): Gap | undefined {
    if (narrow.required < wide.required) return { field, why: `it needs ${wide.required} items and may have ${narrow.required}` };
    const restOf = ({ rest = { is: "never" } }: Shape & { readonly is: "tuple" }): Shape => rest;
    const length = Math.max(narrow.items.length, wide.items.length);
    const pairs = Array.from(
      { length: length + 1 },
      (_, i) => [narrow.items[i] ?? restOf(narrow), wide.items[i] ?? restOf(wide)] as const,
    );
    return first(pairs, ([one, other]) => this.gap(one, other, `${field}[]`));
  }

  /** Equal text of two shapes means the same only where their recursive parts are equal, too. */
  #same(narrow: Shape, wide: Shape): boolean {
    return isDeepStrictEqual(narrow, wide) && isDeepStrictEqual(this.#narrow.parts, this.#wide.parts);
  }
}

function first<T>(all: readonly T[], gapOf: (one: T) => Gap | undefined): Gap | undefined {
  for (const one of all) {
    const gap = gapOf(one);
    if (gap) return gap;
  }
  return undefined;
}

const has = ({ fields }: ObjectShape, name: string) => Object.hasOwn(fields, name);
const resolved = (shape: Shape, { parts = {} }: Schema): Shape => (shape.is === "ref" ? (parts[shape.to] as Shape) : shape);
const NAMES: Readonly<Record<Shape["is"], string>> = {
  any: "any value",
  never: "no value",
  text: "text",
  number: "a number",
  values: "one of listed values",
  object: "an object",
  record: "a record",
  list: "a list",
  tuple: "a tuple",
  union: "one of several alternatives",
  intersection: "an intersection",
  ref: "a recursive value",
  opaque: "a value with rules in code",
};
const nameOf = ({ is }: Shape) => NAMES[is];

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function boundsGap(narrow: Bounds, wide: Bounds, field: string, unit: string): Gap | undefined {
  const [low, high] = [wide.min ?? 0, wide.max ?? Number.POSITIVE_INFINITY];
  if ((narrow.min ?? 0) < low) return { field, why: `it needs at least ${low} ${unit}, and may have ${narrow.min ?? 0}` };
  if ((narrow.max ?? Number.POSITIVE_INFINITY) > high)
    return { field, why: `it takes at most ${high} ${unit}, and may have ${narrow.max ?? "more"}` };
  return undefined;
}

function textGap(narrow: TextShape, wide: TextShape, field: string): Gap | undefined {
  const added = (wide.rules ?? []).find((rule) => !(narrow.rules ?? []).some((known) => isDeepStrictEqual(known, rule)));
  if (added) return { field, why: `it has the new rule ${JSON.stringify(added)}` };
  return boundsGap(narrow, wide, field, "characters");
}

function numberGap(narrow: NumberShape, wide: NumberShape, field: string): Gap | undefined {
  if (wide.int && !narrow.int) return { field, why: "it must be whole, and may have a fraction" };
  const [a, b] = [limits(narrow), limits(wide)];
  if (a.min < b.min || (a.min === b.min && b.open.min && !a.open.min)) return { field, why: `its least value rises to ${b.min}` };
  if (a.max > b.max || (a.max === b.max && b.open.max && !a.open.max))
    return { field, why: `its greatest value falls to ${b.max}` };
  const step = (wide.multipleOf ?? []).find(
    (multiple) =>
      !(narrow.multipleOf ?? []).some(
        (known) => known === multiple || (isExact(a.min, a.max, known, multiple) && known % multiple === 0),
      ),
  );
  return step === undefined ? undefined : { field, why: `it must be a multiple of ${step}` };
}

/** The narrower of a bound and an exclusive bound; `open`: the bound itself is refused. */
function limits({ min = -Infinity, max = Infinity, above = -Infinity, below = Infinity }: NumberShape) {
  return {
    min: Math.max(min, above),
    max: Math.min(max, below),
    open: { min: above >= min && above > -Infinity, max: below <= max && below < Infinity },
  };
}
