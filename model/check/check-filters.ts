import type * as z from "zod";
import { compileFilter, isNested, isPlain, testsOf } from "../filter/compile.ts";
import { fieldNames, fieldsOf, typeOf, valuesIfAbsent, valuesOf } from "../filter/fields.ts";
import { type AnyFilter, type Awaited, type Filtered, isFiltered } from "../filter/filter.ts";
import { holds, type PatternTest } from "../filter/pattern.ts";
import type { Flow } from "../flow.ts";
import { nearest } from "../nearest.ts";
import { alternativesOf } from "../zod-def.ts";
import { testFault } from "./check-filter-tests.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html allows a rule's pattern 2048 characters; names take a part. */
const LONGEST = 1_400;

/** Filters that name an unknown field, that no payload can meet, or that EventBridge can't express. */
export function* checkFilters(flow: Flow): Iterable<Problem> {
  for (const [name, { on }] of Object.entries(flow.steps)) {
    const awaited: readonly (readonly [string, Awaited])[] = on.kind === "join" ? Object.entries(on.parts) : [["", on]];
    for (const [part, one] of awaited)
      if (isFiltered(one)) yield* checkFilter(placeIn(flow, `step ${name}`, ...(part ? [`part ${part}`] : [])), one);
  }
}

function* checkFilter(where: string, { event, filter }: Filtered): Iterable<Problem> {
  const found = isPlain(filter) ? [...faults(event.schema, filter, [event.schema], [])] : [whole("the filter is no object")];
  for (const { field, fact, remedy } of found)
    yield problem("FILTER", `${where}, filter of ${event.type}${field && `, ${field}`}`, fact, remedy);
  if (found.length > 0) return;
  const { length } = JSON.stringify(compileFilter(event, filter));
  if (length > LONGEST)
    yield problem(
      "FILTER",
      `${where}, filter of ${event.type}`,
      `it takes ${length} characters in the rule, and ${LONGEST} is the most`,
      "List fewer values, or compare in the handler",
    );
}

interface FilterFault {
  readonly field: string;
  readonly fact: string;
  readonly remedy: string;
}
const CONTAINERS: readonly string[] = ["object", "record", "array", "tuple"];
const whole = (fact: string): FilterFault => ({ field: "", fact, remedy: "Give one condition or more, by field" });

function* faults(
  root: z.ZodType,
  filter: AnyFilter,
  schemas: readonly z.ZodType[],
  path: readonly string[],
): Iterable<FilterFault> {
  const entries = Object.entries(filter);
  if (entries.length === 0) yield { ...whole("the filter has no condition"), field: path.join(".") };
  for (const [name, condition] of entries) {
    const here = [...path, name];
    const field = here.join(".");
    const fields = schemas.flatMap((schema) => fieldsOf(schema, name));
    if (fields.length === 0) yield { field, ...unknownField(schemas, name, path) };
    else if (name.includes(".") || name.startsWith("$"))
      yield {
        field,
        fact: "EventBridge reads a dot or $ in a name as something else",
        remedy: "Compare this field in the handler",
      };
    else if (isNested(condition, fields)) yield* faults(root, condition, fields, here);
    else yield* leafFaults(root, condition, fields, here);
  }
}

function unknownField(schemas: readonly z.ZodType[], name: string, path: readonly string[]) {
  const known = [...new Set(schemas.flatMap(fieldNames))];
  const where = path.length > 0 ? ` of ${path.join(".")}` : "";
  const meant = nearest(name, known);
  if (known.length === 0) return { fact: "only objects have fields, and this is none", remedy: "Compare the value itself" };
  return {
    fact: `no field${where} has this name, so no event would ever match`,
    remedy: meant ? `Write ${meant}` : `Use one of ${known.join(", ")}`,
  };
}

function* leafFaults(
  root: z.ZodType,
  condition: unknown,
  fields: readonly z.ZodType[],
  path: readonly string[],
): Iterable<FilterFault> {
  const field = path.join(".");
  const given = Array.isArray(condition) ? (condition as readonly unknown[]) : [condition];
  if (given.length === 0) {
    yield { field, fact: "the list of conditions is empty, so no event would ever match", remedy: "List one value or more" };
    return;
  }
  const absent = valuesIfAbsent(root, path);
  const values = fields.flatMap(valuesOf);
  if (values.every((schema) => CONTAINERS.includes(typeOf(schema)))) {
    yield { field, fact: "it holds objects, and a rule compares values", remedy: "Name fields of it, or compare in the handler" };
    return;
  }
  const isList = fields.some((schema) => alternativesOf(schema).some((one) => typeOf(one) === "array"));
  const before = given.flatMap((test) => testFault(test, { fields, values, isList, absent }) ?? []);
  yield* before.map((fault) => ({ field, ...fault }));
  if (before.length > 0) return;
  const tests = testsOf(condition);
  const fit = (value: unknown) => tests.some((test: PatternTest) => holds(test, value));
  if (absent.some(fit) && !absent.every(fit))
    yield {
      field,
      fact: "its default depends on what else is absent, which a rule can't see",
      remedy: "Give the field one default, or compare in the handler",
    };
}
