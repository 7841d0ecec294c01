import * as fc from "fast-check";
import * as z from "zod";

/** A schema to be, small enough to be edited: its neighbours are what a deployment changes. */
export type Plan =
  | { readonly of: "text"; readonly min: number; readonly more: number; readonly rule: number }
  | {
      readonly of: "number";
      readonly int: boolean;
      readonly min: number;
      readonly more: number;
      readonly step: number;
      readonly open: boolean;
    }
  | { readonly of: "choice"; readonly values: readonly unknown[] }
  | {
      readonly of: "nullable" | "list" | "record" | "tuple" | "tree";
      readonly inner: Plan;
      readonly min: number;
      readonly more: number;
    }
  | { readonly of: "union"; readonly options: readonly Plan[] }
  | { readonly of: "object"; readonly fields: readonly Field[]; readonly rest: number };
interface Field {
  readonly plan: Plan;
  readonly presence: number;
}

const RULES: readonly ((text: z.ZodString) => z.ZodString)[] = [
  (text) => text,
  (text) => text,
  (text) => text.regex(/^[a-c]/i),
  (text) => text.startsWith("a"),
  (text) => text.regex(/a/).regex(/b/),
];
const NAMES = ["a", "b", "c"] as const;
const REST: readonly ((shape: Record<string, z.ZodType>) => z.ZodType)[] = [
  (shape) => z.object(shape),
  (shape) => z.object(shape),
  (shape) => z.strictObject(shape),
  (shape) => z.looseObject(shape),
  (shape) => z.object(shape).catchall(z.number()),
];
const CHOICES = ["a", "b", "ab", 1, 2, true, null] as const;

export function schemaOfPlan(plan: Plan): z.ZodType {
  switch (plan.of) {
    case "text":
      return (RULES[plan.rule] ?? RULES[0])?.(
        z
          .string()
          .min(plan.min)
          .max(plan.min + plan.more),
      ) as z.ZodType;
    case "number": {
      const base = plan.int ? z.int() : z.number();
      const bounded = plan.open ? base.gt(plan.min).lt(plan.min + plan.more) : base.min(plan.min).max(plan.min + plan.more);
      return plan.step > 1 ? bounded.multipleOf(plan.step) : bounded;
    }
    case "choice":
      return z.literal(plan.values as [string, ...string[]]);
    case "nullable":
      return schemaOfPlan(plan.inner).nullable();
    case "list":
      return z
        .array(schemaOfPlan(plan.inner))
        .min(plan.min)
        .max(plan.min + plan.more);
    case "record":
      return plan.min === 0
        ? z.record(z.string(), schemaOfPlan(plan.inner))
        : z.partialRecord(z.enum(["a", "b"]), schemaOfPlan(plan.inner));
    case "tuple":
      return plan.min === 0
        ? z.tuple([schemaOfPlan(plan.inner)], z.number())
        : z.tuple([schemaOfPlan(plan.inner), z.string().optional()]);
    case "tree": {
      const inner = schemaOfPlan(plan.inner);
      const tree = z.object({
        a: inner,
        get next() {
          return tree.optional();
        },
      });
      return tree;
    }
    case "union":
      return z.union(plan.options.map(schemaOfPlan) as [z.ZodType, ...z.ZodType[]]);
    case "object":
      return (REST[plan.rest] ?? REST[0])?.(
        Object.fromEntries(plan.fields.map((field, i) => [NAMES[i] ?? "a", fieldOf(field)])),
      ) as z.ZodType;
  }
}
const fieldOf = ({ plan, presence }: Field) => {
  const schema = schemaOfPlan(plan);
  return [schema.optional(), schema.nullish(), schema.nullable().default(null)][presence] ?? schema;
};

const small = fc.integer({ min: 0, max: 3 });
export const plans: fc.Arbitrary<Plan> = fc.letrec<{ plan: Plan; leaf: Plan }>((tie) => ({
  leaf: fc.oneof(
    fc.record({ of: fc.constant("text" as const), min: small, more: small, rule: fc.nat(RULES.length - 1) }),
    fc.record({
      of: fc.constant("number" as const),
      int: fc.boolean(),
      min: fc.integer({ min: -3, max: 3 }),
      more: fc.integer({ min: 1, max: 6 }),
      step: small,
      open: fc.boolean(),
    }),
    fc.record({
      of: fc.constant("choice" as const),
      values: fc.uniqueArray(fc.constantFrom(...CHOICES), { minLength: 1, maxLength: 4 }),
    }),
  ),
  plan: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    tie("leaf"),
    fc.record({
      of: fc.constantFrom("nullable" as const, "list" as const, "record" as const, "tuple" as const, "tree" as const),
      inner: tie("plan"),
      min: small,
      more: small,
    }),
    fc.record({ of: fc.constant("union" as const), options: fc.array(tie("plan"), { minLength: 1, maxLength: 3 }) }),
    fc.record({
      of: fc.constant("object" as const),
      fields: fc.array(fc.record({ plan: tie("plan"), presence: small }), { minLength: 0, maxLength: 3 }),
      rest: fc.nat(REST.length - 1),
    }),
  ),
})).plan;

/** One step of an edit: where, what, and by what another part is replaced. */
export interface Edit {
  readonly path: readonly number[];
  readonly by: number;
  readonly other: Plan;
}
export const edits: fc.Arbitrary<Edit> = fc.record({
  path: fc.array(fc.nat(5), { maxLength: 3 }),
  by: fc.constantFrom(-1, 1),
  other: plans,
});

/** @returns the plan with one part of it changed a little, such as a bound, a field or an alternative */
export function edited(plan: Plan, { path: [here = 0, ...path], by, other }: Edit): Plan {
  const deeper = (inner: Plan) => edited(inner, { path, by, other });
  switch (plan.of) {
    case "text":
      return [
        { ...plan, min: Math.max(0, plan.min + by) },
        { ...plan, more: Math.max(0, plan.more + by) },
        { ...plan, rule: (plan.rule + by + RULES.length) % RULES.length },
      ][here % 3] as Plan;
    case "number":
      return [
        { ...plan, min: plan.min + by },
        { ...plan, more: Math.max(1, plan.more + by) },
        { ...plan, int: !plan.int },
        { ...plan, step: (plan.step + by + 4) % 4 },
        { ...plan, open: !plan.open },
      ][here % 5] as Plan;
    case "choice":
      return by < 0 && plan.values.length > 1
        ? { ...plan, values: plan.values.slice(1) }
        : { ...plan, values: [...new Set([...plan.values, CHOICES[here % CHOICES.length]])] };
    case "nullable":
      return here === 0 ? plan.inner : { ...plan, inner: deeper(plan.inner) };
    case "list":
    case "record":
    case "tuple":
    case "tree":
      return here === 0
        ? { ...plan, min: Math.max(0, plan.min + by) }
        : here === 1
          ? { ...plan, more: Math.max(0, plan.more + by) }
          : { ...plan, inner: deeper(plan.inner) };
    case "union": {
      const at = here % plan.options.length;
      if (by > 0 && here > 3) return { ...plan, options: [...plan.options, other] };
      if (by < 0 && here > 3 && plan.options.length > 1) return { ...plan, options: plan.options.slice(1) };
      return { ...plan, options: plan.options.map((option, i) => (i === at ? deeper(option) : option)) };
    }
    case "object": {
      if (here === 5) return { ...plan, rest: (plan.rest + by + REST.length) % REST.length };
      if (here === 4)
        return by > 0
          ? { ...plan, fields: [...plan.fields, { plan: other, presence: 0 }].slice(0, 3) }
          : { ...plan, fields: plan.fields.slice(0, -1) };
      return {
        ...plan,
        fields: plan.fields.map((field, i) =>
          i !== here % Math.max(1, plan.fields.length)
            ? field
            : here === 3
              ? { ...field, presence: (field.presence + by + 4) % 4 }
              : { ...field, plan: deeper(field.plan) },
        ),
      };
    }
  }
}

/** A value of the plan, or near it. */
export function valuesOf(plan: Plan): fc.Arbitrary<unknown> {
  switch (plan.of) {
    case "text":
      return fc.oneof(
        fc.string({ minLength: plan.min, maxLength: plan.min + plan.more, unit: fc.constantFrom("a", "b", "B", "é", "1") }),
        fc.constantFrom("abb", "ab", "b"),
      );
    case "number":
      return fc.oneof(
        fc.integer({ min: plan.min, max: plan.min + plan.more }),
        fc.constantFrom(plan.min, plan.min + 0.5, plan.min + plan.more - 0.25, 0, 2, 6),
      );
    case "choice":
      return fc.constantFrom(...plan.values);
    case "nullable":
      return fc.option(valuesOf(plan.inner));
    case "list":
      return fc.array(valuesOf(plan.inner), { minLength: plan.min, maxLength: plan.min + plan.more });
    case "record":
      return fc.dictionary(fc.constantFrom("a", "b", ...(plan.min === 0 ? ["zz"] : [])), valuesOf(plan.inner), { maxKeys: 3 });
    case "tuple":
      return plan.min === 0
        ? fc.tuple(valuesOf(plan.inner), fc.array(fc.integer(), { maxLength: 2 })).map(([first, rest]) => [first, ...rest])
        : fc.tuple(valuesOf(plan.inner), fc.array(fc.string(), { maxLength: 1 })).map(([first, rest]) => [first, ...rest]);
    case "tree":
      return fc
        .letrec((tie) => ({
          tree: fc.record({ a: valuesOf(plan.inner), next: fc.option(tie("tree"), { nil: undefined, maxDepth: 2 }) }),
        }))
        .tree.map(json);
    case "union":
      return fc.oneof(...plan.options.map(valuesOf));
    case "object": {
      const fields = Object.fromEntries(
        plan.fields.map(({ plan: inner, presence }, i) => [
          NAMES[i] ?? "a",
          [
            fc.option(valuesOf(inner), { nil: undefined }),
            fc.option(valuesOf(inner)),
            fc.option(valuesOf(inner), { nil: undefined }),
          ][presence] ?? valuesOf(inner),
        ]),
      );
      const extras = [
        {},
        { zz: 1 },
        { zz: "a" },
        ...(plan.rest === 3 ? [{ b: "x" }, { c: null }] : plan.rest === 4 ? [{ c: 7 }] : []),
      ];
      return fc
        .tuple(fc.constantFrom<object>(...extras), fc.record(fields))
        .map(([extra, declared]) => json({ ...extra, ...declared }));
    }
  }
}
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
