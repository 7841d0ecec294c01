import type * as z from "zod";
import { COMPARISONS, isPlain, TEST_WORDS, testsOf } from "../filter/compile.ts";
import { typeOf } from "../filter/fields.ts";
import { COMPARE, holds, listOf, pairsOf } from "../filter/pattern.ts";
import { jsonSchema } from "../json-schema.ts";

export interface Fault {
  readonly fact: string;
  readonly remedy: string;
}
/** A field of an event. */
export interface Compared {
  /** As declared, with `optional()` and the like. */
  readonly fields: readonly z.ZodType[];
  /** Of its values; of a list, those of its items. */
  readonly values: readonly z.ZodType[];
  readonly isList: boolean;
  /** What a handler finds where the payload has no such field. */
  readonly absent: readonly unknown[];
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-numeric-matching */
const LARGEST = 5e9;
const IN_HANDLER = "Compare in the handler";

/** @returns why one test of a field is malformed, or holds for no value of the field */
export function testFault(test: unknown, compared: Compared): Fault | undefined {
  if (!isPlain(test)) return valueFault(test, compared);
  const words = Object.keys(test);
  const unknown = words.find((word) => !TEST_WORDS.includes(word));
  if (unknown !== undefined || words.length === 0)
    return {
      fact: unknown === undefined ? "a test has no word" : `"${unknown}" is no test`,
      remedy: `Use ${TEST_WORDS.join(", ")}, a value, or a list of these`,
    };
  const limits = words.filter((word) => word in COMPARISONS);
  if (limits.length > 0 && limits.length === words.length)
    return rangeFault(limits, test, compared) ?? neverFault(test, compared);
  if (words.length > 1) return { fact: `a test has both ${words.join(" and ")}, and EventBridge takes one`, remedy: IN_HANDLER };
  return wordFault(words[0] ?? "", Object.values(test)[0], compared) ?? neverFault(test, compared);
}

function valueFault(value: unknown, { fields, values }: Compared): Fault | undefined {
  if (value !== null && !["string", "number", "boolean"].includes(typeof value))
    return { fact: "a condition is neither a value nor a test", remedy: "Give a text, a number, true, false, null, or a test" };
  if (![...fields, ...values].some((schema) => schema.safeParse(value).success)) {
    const domain = domainOf(values);
    return {
      fact: `${JSON.stringify(value)} is no value of this field, so no event would ever match`,
      remedy: domain ? `Use ${domain.map((one) => JSON.stringify(one)).join(", ")}` : "Use a value that the schema takes",
    };
  }
  return typeof value === "number" ? numberFault(value) : undefined;
}

function numberFault(value: unknown): Fault | undefined {
  if (typeof value !== "number" || !Number.isFinite(value))
    return { fact: `${String(value)} is no number`, remedy: "Give a number" };
  if (Math.abs(value) > LARGEST)
    return { fact: `EventBridge compares with numbers from -5e9 to 5e9, not ${value}`, remedy: IN_HANDLER };
  if (Math.abs(value * 1e6 - Math.round(value * 1e6)) > 1e-3)
    return {
      fact: `EventBridge compares six decimal places, and ${value} has more`,
      remedy: "Round it, or compare in the handler",
    };
  return undefined;
}

const isOpen = (schema: z.ZodType) => ["any", "unknown"].includes(typeOf(schema));
const takes = (values: readonly z.ZodType[], type: "string" | "number") =>
  values.some(
    (schema) =>
      isOpen(schema) ||
      typeOf(schema) === type ||
      (type === "string" && typeOf(schema) === "template_literal") ||
      domainOf([schema])?.some((value) => typeof value === type),
  );

function rangeFault(limits: readonly string[], test: Readonly<Record<string, unknown>>, { values }: Compared): Fault | undefined {
  if (!takes(values, "number"))
    return { fact: `${limits.join(" and ")} compare numbers, and this field is none`, remedy: "Use another test" };
  const wrong = limits.map((word) => numberFault(test[word])).find((fault) => fault !== undefined);
  if (wrong) return wrong;
  if (
    limits.length > 1 &&
    !(limits.some((word) => word.startsWith("g")) && limits.some((word) => word.startsWith("l")) && limits.length === 2)
  )
    return { fact: `${limits.join(" and ")} limit the same side`, remedy: "Give one lower and one upper limit at most" };
  return undefined;
}

function wordFault(word: string, argument: unknown, { values, absent, isList }: Compared): Fault | undefined {
  if (word === "exists") {
    if (typeof argument !== "boolean")
      return { fact: "exists is neither true nor false", remedy: "Write exists: true, or exists: false" };
    if (!argument && !isList && !absent.includes(undefined))
      return {
        fact: "the field is never absent, so no event would ever match",
        remedy: "Remove the condition, or make the field optional()",
      };
    return undefined;
  }
  if (word === "anythingBut") return exceptFault(argument, values);
  return textFault(word, argument, values);
}

function textFault(word: string, text: unknown, values: readonly z.ZodType[]): Fault | undefined {
  if (!takes(values, "string")) return { fact: `${word} compares texts, and this field is none`, remedy: "Use another test" };
  if (typeof text !== "string")
    return { fact: `${word} takes one text`, remedy: `List several as [{ ${word}: … }, { ${word}: … }]` };
  if (text === "" && word !== "equalsIgnoreCase")
    return { fact: `an empty ${word} holds for each text`, remedy: "Remove the condition, or write { exists: true }" };
  return undefined;
}

function exceptFault(argument: unknown, values: readonly z.ZodType[]): Fault | undefined {
  const given = isPlain(argument) ? Object.entries(argument) : [["", argument] as const];
  const [[word, excluded] = ["", undefined]] = given;
  const list = listOf(excluded);
  const type = typeof list[0];
  if (given.length !== 1 || (word !== "" && !["prefix", "suffix", "equalsIgnoreCase"].includes(word)))
    return {
      fact: "anythingBut has no such test",
      remedy: "Give texts, numbers, or one of { prefix: … }, { suffix: … }, { equalsIgnoreCase: … }",
    };
  if ((type !== "string" && (type !== "number" || word !== "")) || list.some((value) => typeof value !== type))
    return { fact: "anythingBut takes texts alone, or numbers alone", remedy: "List values of one type, one or more" };
  if (word !== "" && list.includes("")) return { fact: "anythingBut has an empty text", remedy: "Remove it" };
  if (!takes(values, type === "string" ? "string" : "number"))
    return {
      fact: `anythingBut excludes a ${type === "string" ? "text" : "number"}, and this field is none`,
      remedy: "Exclude values of the field",
    };
  return type === "number" ? list.map(numberFault).find((fault) => fault !== undefined) : undefined;
}

/** A test that is well-formed and holds for no value that the schema takes. */
function neverFault(test: unknown, { values, absent }: Compared): Fault | undefined {
  const [compiled = null] = testsOf(test);
  if (absent.some((value) => value !== undefined && holds(compiled, value))) return undefined;
  const never = (why: string): Fault => ({
    fact: `${why}, so no event would ever match`,
    remedy: "Change the test, or the schema",
  });
  const domain = domainOf(values);
  if (domain) {
    if (holds(compiled, [...domain]) || (isPlain(test) && "exists" in test)) return undefined;
    return never(`the test holds for none of ${domain.map((value) => JSON.stringify(value)).join(", ")}`);
  }
  if (
    isPlain(compiled) &&
    "numeric" in compiled &&
    !values.some((schema) => isOpen(schema) || overlaps(schema, pairsOf(compiled.numeric)))
  )
    return never("the schema has no number in this range");
  const text = isPlain(test) ? (test.prefix ?? test.suffix ?? test.equalsIgnoreCase) : undefined;
  if (
    typeof text === "string" &&
    values.every(
      (schema) => typeOf(schema) === "string" && text.length > (limitsOf(schema).maxLength ?? Number.POSITIVE_INFINITY),
    )
  )
    return never("the text is longer than the field may be");
  return undefined;
}

interface Limits {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly maxLength?: number;
}
function limitsOf(schema: z.ZodType): Limits {
  try {
    return jsonSchema(schema);
  } catch {
    return {}; // checkEvents reports the schema
  }
}

/** Whether the range of a test and that of a number's schema have a number in common. */
function overlaps(schema: z.ZodType, limits: ReturnType<typeof pairsOf>): boolean {
  if (typeOf(schema) !== "number")
    return (
      domainOf([schema])?.some(
        (value) => typeof value === "number" && limits.every(([compare, limit]) => COMPARE[compare]?.(value, limit)),
      ) ?? false
    );
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = limitsOf(schema);
  const all = [
    ...limits,
    ...(minimum === undefined ? [] : [[">=", minimum] as const]),
    ...(maximum === undefined ? [] : [["<=", maximum] as const]),
    ...(exclusiveMinimum === undefined ? [] : [[">", exclusiveMinimum] as const]),
    ...(exclusiveMaximum === undefined ? [] : [["<", exclusiveMaximum] as const]),
  ];
  const whole = type === "integer";
  // A whole number above 1 is 2 or more, and so is one above 1.5.
  const lower = all
    .filter(([sign]) => sign.includes(">") || sign === "=")
    .map(([sign, limit]) => (!whole ? limit : sign === ">" ? Math.floor(limit) + 1 : Math.ceil(limit)));
  const upper = all
    .filter(([sign]) => sign.includes("<") || sign === "=")
    .map(([sign, limit]) => (!whole ? limit : sign === "<" ? Math.ceil(limit) - 1 : Math.floor(limit)));
  const [from, to] = [Math.max(Number.NEGATIVE_INFINITY, ...lower), Math.min(Number.POSITIVE_INFINITY, ...upper)];
  return from < to || (from === to && all.every(([compare, limit]) => COMPARE[compare]?.(from, limit)));
}

/** @returns all values of a field, where they can be listed */
function domainOf(values: readonly z.ZodType[]): readonly unknown[] | undefined {
  const lists = values.map((schema) => {
    const { type, entries, values: literals } = schema._zod.def as unknown as Listed;
    if (type === "enum") return Object.values(entries ?? {});
    if (type === "literal") return literals;
    return type === "boolean" ? [true, false] : type === "null" ? [null] : undefined;
  });
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
}
interface Listed {
  readonly type: string;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly values?: readonly unknown[];
}
