import * as fc from "fast-check";
import * as z from "zod";
import { ANYTHING, LEAVES } from "./leaves.ts";

/** A schema that the hub takes, a value that it accepts, and values of and near it. */
export interface Taken {
  /** How to write it, for the report of a failure. */
  readonly name: string;
  readonly schema: z.ZodType;
  readonly sample: unknown;
  readonly value: fc.Arbitrary<unknown>;
}

/** Of an object, in the order of its parts. */
const FIELDS = ["a", "b", "c-d", "é"] as const;
const anything = fc.constantFrom(...ANYTHING);
const mostly = (value: fc.Arbitrary<unknown>) => fc.oneof({ weight: 20, arbitrary: value }, { weight: 1, arbitrary: anything });

const leaf: fc.Arbitrary<Taken> = fc.constantFrom(...LEAVES).map(({ name, schema, sample, values }) => ({
  name,
  schema,
  sample,
  value: mostly(fc.oneof({ weight: 3, arbitrary: fc.constant(sample) }, fc.constantFrom(...values))),
}));

type Wrap = (inner: Taken) => Taken;
const wrapped =
  (name: string, schema: (inner: z.ZodType, sample: unknown) => z.ZodType, ...more: readonly unknown[]): Wrap =>
  (inner) => ({
    name: `${name}(${inner.name})`,
    schema: schema(inner.schema, inner.sample),
    sample: inner.sample,
    value: more.length > 0 ? fc.oneof({ weight: 4, arbitrary: inner.value }, fc.constantFrom(...more)) : inner.value,
  });
const WRAPS: readonly Wrap[] = [
  wrapped("optional", (inner) => inner.optional()),
  wrapped("nullable", (inner) => inner.nullable(), null),
  wrapped("nullish", (inner) => inner.nullish(), null),
  wrapped("readonly", (inner) => inner.readonly()),
  wrapped("nonoptional", (inner) => z.nonoptional(inner.optional())),
  wrapped("lazy", (inner) => z.lazy(() => inner)),
  wrapped("brand", (inner) => inner.brand("Brand")),
  wrapped("meta", (inner) => inner.meta({ title: "A title", description: "About it.", "x-own": 1 })),
];
/** A default has to be JSON. */
const DEFAULTS: readonly Wrap[] = [
  wrapped("default", (inner, sample) => inner.default(sample as never)),
  wrapped("prefault", (inner, sample) => inner.prefault(sample as never)),
  wrapped("nullable of default", (inner, sample) => inner.default(sample as never).nullable(), null),
  wrapped("default of nullable", (inner, sample) => inner.nullable().default(sample as never), null),
];
const wrap = (inner: Taken): fc.Arbitrary<Taken> =>
  fc.constantFrom(...WRAPS, ...(accepts(inner) ? DEFAULTS : [])).map((by) => by(inner));
const accepts = ({ schema, sample }: Taken) => sample !== undefined && schema.safeParse(sample).success;

type Shape = Record<string, z.ZodType>;
const byField = <T>(parts: readonly Taken[], of: (part: Taken) => T): Record<string, T> =>
  Object.fromEntries(parts.map((part, i) => [FIELDS[i] ?? "a", of(part)]));
const shapeOf = (parts: readonly Taken[]): Shape => byField(parts, ({ schema }) => schema);
const sampleOf = (parts: readonly Taken[]) =>
  Object.fromEntries(Object.entries(byField(parts, ({ sample }) => sample)).filter(([, sample]) => sample !== undefined));
const namesOf = (parts: readonly Taken[]) => parts.map(({ name }) => name).join(", ");
/** Objects with the fields, most of them present, and sometimes another one. */
const objects = (parts: readonly Taken[], fixed: Readonly<Record<string, unknown>> = {}): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.record(byField(parts, ({ value }) => fc.option(value, { nil: undefined, freq: 10 }))),
      fc.constantFrom(...[{}, {}, {}, { more: 1 }, { more: "x" }, { constructor: 1 }]),
    )
    .map(([fields, more]) => ({ ...fields, ...fixed, ...more }));

type Combine = (parts: readonly Taken[]) => Taken;
const object =
  (name: string, make: (shape: Shape) => z.ZodType): Combine =>
  (parts) => ({
    name: `${name}({${namesOf(parts)}})`,
    schema: make(shapeOf(parts)),
    sample: sampleOf(parts),
    value: mostly(objects(parts)),
  });
const list =
  (name: string, make: (element: z.ZodType) => z.ZodType): Combine =>
  ([first]) => {
    const { name: inner, schema, sample, value } = first as Taken;
    const samples = sample === undefined ? [] : [sample, sample];
    return { name: `${name}(${inner})`, schema: make(schema), sample: samples, value: mostly(fc.array(value, { maxLength: 4 })) };
  };
const record =
  (name: string, keys: readonly string[], sampleKeys: readonly string[], make: (value: z.ZodType) => z.ZodType): Combine =>
  ([first]) => {
    const { name: inner, schema, sample, value } = first as Taken;
    return {
      name: `${name}(${inner})`,
      schema: make(schema),
      sample: Object.fromEntries(sample === undefined ? [] : sampleKeys.map((key) => [key, sample])),
      value: mostly(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 })),
    };
  };
const union =
  (name: string, make: (options: readonly z.ZodType[]) => z.ZodType): Combine =>
  (parts) => ({
    name: `${name}(${namesOf(parts)})`,
    schema: make(parts.map(({ schema }) => schema)),
    sample: undefined,
    value: fc.oneof(...parts.map(({ value }) => value), objects(parts)),
  });

const COMBINATIONS: readonly Combine[] = [
  object("object", (shape) => z.object(shape)),
  object("strictObject", (shape) => z.strictObject(shape)),
  object("looseObject", (shape) => z.looseObject(shape)),
  object("catchall", (shape) => z.object(shape).catchall(z.number())),
  object("partial", (shape) => z.object(shape).partial()),
  list("array", (element) => z.array(element)),
  list("array of 1 to 2", (element) => z.array(element).min(1).max(2)),
  list("tuple with rest", (element) => z.tuple([element], element)),
  list("tuple", (element) => z.tuple([element, element.optional()])),
  record("record", ["x", "y", ""], ["x"], (value) => z.record(z.string(), value)),
  record("record by enum", ["x", "y", "z"], ["x", "y"], (value) => z.record(z.enum(["x", "y"]), value)),
  record("record by literal", ["x", "y"], ["x"], (value) => z.record(z.literal("x"), value)),
  record("record by pattern", ["x1", "X1", "y"], ["x1"], (value) => z.record(z.string().regex(/^x\d$/i), value)),
  record("record by email", ["a@b.co", "a"], ["a@b.co"], (value) => z.record(z.email(), value)),
  record("record by number", ["1", "1.5", "a"], ["1"], (value) => z.record(z.int(), value)),
  record("partialRecord", ["x", "y", "z"], ["x"], (value) => z.partialRecord(z.enum(["x", "y"]), value)),
  record("looseRecord by pattern", ["x1", "y"], ["x1"], (value) => z.looseRecord(z.string().regex(/^x/), value)),
  record("looseRecord by length", ["x1", "y"], ["x1"], (value) => z.looseRecord(z.string().min(2), value)),
  union("union", (options) => z.union(options)),
  union("union of objects", (options) => z.union(options.map((option) => z.strictObject({ a: option })))),
  (parts) => {
    const options = parts.map(({ schema }, i) => z.object({ type: z.literal(`t${i}`), a: schema }));
    const [first, ...others] = options as [(typeof options)[number], ...typeof options];
    return {
      name: `discriminatedUnion(${namesOf(parts)})`,
      schema: z.discriminatedUnion("type", [first, ...others]),
      sample: undefined,
      value: fc.oneof(...parts.map((part, i) => objects([part], { type: `t${i}` })), objects(parts)),
    };
  },
  ...[z.object, z.strictObject, z.looseObject].map(
    (kind): Combine =>
      (parts) => {
        const [left, right] = [parts.slice(0, 1), parts.slice(1)];
        const shape = Object.fromEntries(right.map(({ schema }, i) => [FIELDS[i + 1] ?? "b", schema]));
        return {
          name: `intersection of ${kind.name}s(${namesOf(parts)})`,
          schema: z.intersection(kind(shapeOf(left)), kind(shape)),
          sample: undefined,
          value: objects(parts),
        };
      },
  ),
  ([first]) => {
    const { name, schema, value } = first as Taken;
    const tree = z.object({
      a: schema,
      get next() {
        return tree.optional();
      },
    });
    const trees = fc.letrec((tie) => ({
      tree: fc.record({ a: value, next: fc.option(tie("tree"), { nil: undefined, maxDepth: 3 }) }),
    }));
    return { name: `tree(${name})`, schema: tree, sample: undefined, value: trees.tree };
  },
];
const combine = (of: fc.Arbitrary<Taken>): fc.Arbitrary<Taken> =>
  fc.tuple(fc.constantFrom(...COMBINATIONS), fc.array(of, { minLength: 1, maxLength: 2 })).map(([by, parts]) => by(parts));

const node = fc.letrec<{ node: Taken }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    { weight: 2, arbitrary: fc.oneof(leaf, tie("node")).chain(wrap) },
    { weight: 3, arbitrary: combine(tie("node")) },
  ),
})).node;

/** An event's schema is an object. */
export const taken: fc.Arbitrary<Taken> = fc.array(node, { minLength: 1, maxLength: 3 }).map((parts) => ({
  name: `object({${namesOf(parts)}})`,
  schema: z.object(shapeOf(parts)),
  sample: sampleOf(parts),
  value: objects(parts),
}));

/** An object with the given schema somewhere within. */
export const around = (refused: z.ZodType): fc.Arbitrary<z.ZodType> => {
  const inner: Taken = { name: "refused", schema: refused, sample: undefined, value: fc.constant(undefined) };
  return fc
    .array(
      fc.oneof(
        fc.constantFrom(...WRAPS),
        fc.constantFrom(...COMBINATIONS).map((by) => (part: Taken) => by([part])),
      ),
      { maxLength: 4 },
    )
    .map((steps) => z.object({ field: steps.reduce((part, step) => step(part), inner).schema }));
};
