import type { Series } from "./metrics.ts";

/** An expression that CloudWatch refuses in an alarm, or that is not simulated. */
export class MathError extends Error {
  override readonly name = "MathError";
}

/** A number, a time series, or an array of time series: S, TS and TS[] in AWS's tables. */
export type Value = number | Series | ListOfSeries;
export interface ListOfSeries {
  readonly list: readonly Series[];
}
export const isList = (value: Value): value is ListOfSeries => typeof value === "object" && "list" in value;
const isSeries = (value: Value): value is Series => Array.isArray(value);

type Fold = (values: readonly number[]) => number;
const FOLDS: Readonly<Record<string, Fold>> = {
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};
const EACH: Readonly<Record<string, (value: number) => number>> = { ABS: Math.abs, CEIL: Math.ceil, FLOOR: Math.floor };

/** Functions that CloudWatch has and refuses in an alarm. */
const NOT_IN_ALARMS = new Set(["SEARCH", "METRIC_COUNT", "SORT", "SLICE", "SERVICE_QUOTA"]);

/**
 * The functions of metric math that are simulated.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
 */
const FUNCTION_NAMES: readonly string[] = [...Object.keys(FOLDS), ...Object.keys(EACH), "FILL", "IF", "METRICS"];

/** @throws MathError for a function that can't be used */
export function checkFunction(name: string): void {
  if (FUNCTION_NAMES.includes(name)) return;
  if (NOT_IN_ALARMS.has(name))
    throw new MathError(`CloudWatch refuses ${name} in an alarm. Name each metric by an id in metricQueries`);
  throw new MathError(`the function ${name} is not simulated. Use ${FUNCTION_NAMES.join(", ")}`);
}

/** Applies a function other than METRICS. @param words words in place of values, such as REPEAT */
export function callFunction(name: string, args: readonly (Value | { readonly word: string })[]): Value {
  const value = (i: number): Value => {
    const given = args[i];
    if (given === undefined || (typeof given === "object" && "word" in given))
      throw new MathError(`${name} needs a number or a metric as argument ${i + 1}`);
    return given;
  };
  const exactly = (...numbers: number[]) => {
    if (!numbers.includes(args.length)) throw new MathError(`${name} takes ${numbers.join(" or ")} arguments`);
  };
  const fold = FOLDS[name];
  if (fold) {
    exactly(1);
    return folded(fold, value(0));
  }
  const each = EACH[name];
  if (each) {
    exactly(1);
    return eachValue(value(0), each);
  }
  if (name === "FILL") {
    exactly(2);
    return filled(value(0), args[1] as Value | { readonly word: string });
  }
  exactly(2, 3);
  return conditional(value(0), value(1), args.length === 3 ? value(2) : undefined);
}

/** Of a series, one number; of an array, one series. A period without data in every series has no value. */
function folded(fold: Fold, value: Value): Value {
  if (typeof value === "number") return value;
  if (!isList(value)) return fold(value.filter((point) => point !== undefined));
  const length = Math.max(0, ...value.list.map((series) => series.length));
  return Array.from({ length }, (_, i) => {
    const points = value.list.map((series) => series[i]).filter((point) => point !== undefined);
    return points.length === 0 ? undefined : fold(points);
  });
}

function eachValue(value: Value, change: (value: number) => number): Value {
  if (typeof value === "number") return change(value);
  const ofSeries = (series: Series): Series => series.map((point) => (point === undefined ? undefined : change(point)));
  return isList(value) ? { list: value.list.map(ofSeries) } : ofSeries(value);
}

/** @param filler a number or series, or the word REPEAT: the value before */
function filled(value: Value, filler: Value | { readonly word: string }): Value {
  if (typeof value === "number") throw new MathError("FILL fills a metric, not a number");
  if (typeof filler === "object" && "word" in filler && filler.word !== "REPEAT")
    throw new MathError(`FILL with ${filler.word} is not simulated. Use a number or REPEAT`);
  const ofSeries = (series: Series): Series => {
    let last: number | undefined;
    return series.map((point, i) => {
      last = point ?? last;
      if (point !== undefined) return point;
      if (typeof filler === "number") return filler;
      return "word" in filler ? last : isSeries(filler) ? filler[i] : undefined;
    });
  };
  return isList(value) ? { list: value.list.map(ofSeries) } : ofSeries(value);
}

/** Without `otherwise`, a period whose condition does not hold has no value. */
function conditional(condition: Value, then: Value, otherwise: Value | undefined): Value {
  if ([condition, then, otherwise].some((value) => value !== undefined && isList(value)))
    throw new MathError("IF takes numbers and single metrics, not arrays");
  if (typeof condition === "number") return condition === 0 ? (otherwise ?? Number.NaN) : then;
  const at = (value: Value | undefined, i: number) =>
    value !== undefined && isSeries(value) ? value[i] : (value as number | undefined);
  return (condition as Series).map((holds, i) =>
    holds === undefined ? undefined : holds !== 0 ? at(then, i) : at(otherwise, i),
  );
}

const yes = (holds: boolean) => (holds ? 1 : 0);
export const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "==": (a, b) => yes(a === b),
  "!=": (a, b) => yes(a !== b),
  "<=": (a, b) => yes(a <= b),
  ">=": (a, b) => yes(a >= b),
  "<": (a, b) => yes(a < b),
  ">": (a, b) => yes(a > b),
  AND: (a, b) => yes(a !== 0 && b !== 0),
  OR: (a, b) => yes(a !== 0 || b !== 0),
};

/** Applies an operator. A period in which an operand has no data has no value, nor has a division by zero. */
export function operate(operator: string, left: Value, right: Value): Value {
  const of = OPERATORS[operator];
  if (!of) throw new MathError(`${operator} is no operator of metric math`);
  if (isList(left) && isList(right)) throw new MathError(`${operator} can't combine two arrays`);
  if (isList(left)) return { list: left.list.map((series) => operate(operator, series, right) as Series) };
  if (isList(right)) return { list: right.list.map((series) => operate(operator, left, series) as Series) };
  if (typeof left === "number" && typeof right === "number") return of(left, right);
  const length = typeof left === "number" ? (right as Series).length : left.length;
  return Array.from({ length }, (_, i) => {
    const a = typeof left === "number" ? left : left[i];
    const b = typeof right === "number" ? right : right[i];
    const result = a === undefined || b === undefined ? undefined : of(a, b);
    return result !== undefined && Number.isFinite(result) ? result : undefined;
  });
}
