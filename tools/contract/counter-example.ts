import { accepts, isObject } from "./accepts.ts";
import type { NumberShape, ObjectShape, Schema, Shape, TextShape } from "./shape.ts";
import { textsFor } from "./text-rules.ts";

/** Most values that are tried. */
const MOST = 4_000;
/** A recursive value is opened this often. */
const DEEPEST = 6;

/** A field that no schema declares. */
const UNDECLARED = "undeclared";

/** @returns a value that `narrow` accepts and `wide` refuses, for certain; `undefined` when none was found */
export function counterExample(narrow: Schema, wide: Schema): { readonly value: unknown } | undefined {
  let tried = 0;
  for (const value of new Candidates(narrow, wide).of(narrow.shape, [wide.shape], 0)) {
    if (accepts(wide, value) === false && accepts(narrow, value, [UNDECLARED]) === true) return { value };
    if (++tried >= MOST) return undefined;
  }
  return undefined;
}

/** @returns values that the schema accepts: as many fields as it declares, each with the values at its bounds */
export function* examplesOf(schema: Schema): Iterable<unknown> {
  let tried = 0;
  for (const value of new Candidates(schema, schema).of(schema.shape, [schema.shape], 0)) {
    if (accepts(schema, value) === true) yield value;
    if (++tried >= MOST / 10) return;
  }
}

const ANYTHING = [null, true, false, 0, -1, 1.5, "", "text", [], {}];

/** Values at the bounds of one schema, and of the others that they are to differ in. */
class Candidates {
  readonly #narrow: Schema;
  readonly #wide: Schema;

  constructor(narrow: Schema, wide: Schema) {
    this.#narrow = narrow;
    this.#wide = wide;
  }

  *of(shape: Shape, against: readonly Shape[], depth: number): Iterable<unknown> {
    if (depth > DEEPEST) return;
    const wide = against.flatMap((one) => flattened(one, this.#wide));
    switch (shape.is) {
      case "ref":
        return yield* this.of(this.#narrow.parts?.[shape.to] as Shape, wide, depth + 1);
      case "union":
        for (const option of shape.of) yield* this.of(option, wide, depth);
        return;
      case "opaque":
        return yield* this.of(shape.of, wide, depth);
      case "intersection":
        return yield* this.#merged(shape.of, wide, depth);
      case "any":
        return yield* ANYTHING;
      case "never":
        return;
      case "values":
        return yield* shape.of;
      case "text":
        return yield* texts([shape, ...wide.filter((one) => one.is === "text")], wide);
      case "number":
        return yield* numbers([shape, ...wide.filter((one) => one.is === "number")]);
      case "object":
        return yield* this.#objects(shape, wide, depth);
      case "record":
        return yield* this.#records(shape, wide, depth);
      case "list":
        return yield* this.#lists(shape, wide, depth);
      case "tuple":
        return yield* this.#tuples(shape, wide, depth);
    }
  }

  /** A value that the schema accepts, the first that is found. */
  #sample(shape: Shape, depth: number): readonly unknown[] {
    for (const value of this.of(shape, [], depth)) if (accepts({ ...this.#narrow, shape }, value) === true) return [value];
    return [];
  }

  *#objects(shape: ObjectShape, wide: readonly Shape[], depth: number): Iterable<unknown> {
    const names = Object.keys(shape.fields);
    const samples = names.map((name) => [name, this.#sample(shape.fields[name] as Shape, depth + 1)] as const);
    const full = Object.fromEntries(samples.flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]])));
    yield full;
    const least = Object.fromEntries(Object.entries(full).filter(([name]) => !(shape.optional ?? []).includes(name)));
    yield least;
    for (const name of shape.optional ?? []) yield Object.fromEntries(Object.entries(full).filter(([other]) => other !== name));
    for (const name of names)
      for (const value of this.of(shape.fields[name] as Shape, members(wide, name), depth + 1)) yield { ...full, [name]: value };
    if (shape.rest === "closed") return;
    if (shape.rest === "open") return yield { ...full, [UNDECLARED]: true };
    for (const name of [UNDECLARED, ...fieldsOf(wide).filter((other) => !names.includes(other))])
      for (const value of this.of(shape.rest, members(wide, name), depth + 1)) yield { ...full, [name]: value };
  }

  *#records(shape: Shape & { readonly is: "record" }, wide: readonly Shape[], depth: number): Iterable<unknown> {
    yield {};
    const others = wide.flatMap((one) => (one.is === "record" ? [one.keys] : []));
    const keys = [...this.of(shape.keys, others, depth + 1)].filter((key) => typeof key === "string");
    for (const key of [...fieldsOf(wide), ...keys])
      for (const value of this.of(shape.values, members(wide, key), depth + 1)) yield { [key]: value };
  }

  *#lists(shape: Shape & { readonly is: "list" }, wide: readonly Shape[], depth: number): Iterable<unknown> {
    const others = wide.filter((one) => one.is === "list");
    const [item] = this.#sample(shape.of, depth + 1);
    const lengths = [shape, ...others].flatMap(({ min = 0, max = 1 }) => [min - 1, min, max, max + 1]);
    for (const length of new Set([...lengths, 0, 1, 2]))
      if (length === 0) yield [];
      else if (item !== undefined && length > 0 && length <= 1_000) yield Array.from({ length }, () => item);
    const least = Math.max(shape.min ?? 1, 1);
    const inner = wide.flatMap((one) => (one.is === "list" ? [one.of] : one.is === "tuple" ? one.items : []));
    for (const value of this.of(shape.of, inner, depth + 1)) yield Array.from({ length: Math.min(least, 1_000) }, () => value);
  }

  *#tuples(shape: Shape & { readonly is: "tuple" }, wide: readonly Shape[], depth: number): Iterable<unknown> {
    const samples = shape.items.map((item) => this.#sample(item, depth + 1)[0]);
    for (let length = shape.required; length <= samples.length; length++) yield samples.slice(0, length);
    const inner = (i: number) =>
      wide.flatMap((one) => (one.is === "tuple" ? [one.items[i] ?? one.rest ?? []].flat() : one.is === "list" ? [one.of] : []));
    for (const [i, item] of shape.items.entries())
      for (const value of this.of(item, inner(i), depth + 1)) yield samples.with(i, value);
    if (shape.rest) for (const value of this.of(shape.rest, inner(samples.length), depth + 1)) yield [...samples, value];
  }

  *#merged([left, right]: readonly [Shape, Shape], wide: readonly Shape[], depth: number): Iterable<unknown> {
    const [[one], [other]] = [this.#sample(left, depth), this.#sample(right, depth)];
    for (const value of this.of(left, wide, depth)) yield isObject(value) && isObject(other) ? { ...other, ...value } : value;
    for (const value of this.of(right, wide, depth)) yield isObject(value) && isObject(one) ? { ...one, ...value } : value;
  }
}

/** The alternatives that a shape is made of. */
function flattened(shape: Shape, schema: Schema, depth = 0): readonly Shape[] {
  if (depth > DEEPEST) return [];
  if (shape.is === "ref") return flattened(schema.parts?.[shape.to] as Shape, schema, depth + 1);
  if (shape.is === "union" || shape.is === "intersection") return shape.of.flatMap((one) => flattened(one, schema, depth + 1));
  return shape.is === "opaque" ? flattened(shape.of, schema, depth + 1) : [shape];
}

const members = (wide: readonly Shape[], name: string): readonly Shape[] =>
  wide.flatMap((one) => {
    if (one.is === "record") return [one.values];
    if (one.is !== "object") return [];
    if (Object.hasOwn(one.fields, name)) return [one.fields[name] as Shape];
    return typeof one.rest === "string" ? [] : [one.rest];
  });
const fieldsOf = (wide: readonly Shape[]) => wide.flatMap((one) => (one.is === "object" ? Object.keys(one.fields) : []));

const FILLS = ["x", "A", "0", "a ", "é"];
const LONGEST = 10_000;

function* texts(shapes: readonly TextShape[], wide: readonly Shape[]): Iterable<unknown> {
  const [{ min = 0, max = LONGEST }] = shapes as [TextShape];
  yield* textsFor(shapes.flatMap(({ rules = [] }) => rules));
  const lengths = new Set(
    shapes.flatMap((shape) => [shape.min ?? 0, (shape.min ?? 0) - 1, shape.max ?? 1, (shape.max ?? 1) + 1, 0, 1]),
  );
  for (const length of lengths)
    if (length >= min && length <= Math.min(max, LONGEST)) for (const fill of FILLS) yield fill.repeat(length).slice(0, length);
  // Listed values are what the other side takes: another text is what it refuses.
  for (const one of wide)
    if (one.is === "values") yield* one.of.filter((value) => typeof value === "string").map((value) => `${value}x`);
}

function* numbers(shapes: readonly NumberShape[]): Iterable<unknown> {
  yield* [0, 1, -1, 2, 0.5, 1.5, -1.5];
  for (const { min, max, above, below, multipleOf = [] } of shapes)
    for (const edge of [min, max, above, below].filter((bound) => bound !== undefined)) {
      yield* [edge, edge - 1, edge + 1, edge - 0.5, edge + 0.5];
      for (const step of multipleOf) yield* [Math.ceil(edge / step) * step, Math.floor(edge / step) * step];
    }
  for (const { multipleOf = [] } of shapes) for (const step of multipleOf) yield* [step, -step, step * 2, step * 3, step * 5];
}
