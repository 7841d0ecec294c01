import type { RuleClause, RuleTest, RuleView } from "../shared/parts.ts";
import { within } from "./declared.ts";
import type { Json, PatternTest, ShownHub } from "./hub-port.ts";
import { existing } from "./parameters.ts";
import { jsonOf, RULE, stepComponent } from "./parts.ts";
import { Problem } from "./problem.ts";
import type { Routes } from "./source.ts";

/** Longest part of an event that is repeated in an answer. */
const SHOWN = 200;
/** Alternatives of which one must be met. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
const OR = "$or";

/** A step's rule as the program declares it, and what it makes of an event: AWS is not asked. */
export function ruleRoutes(hub: Pick<ShownHub, "resources" | "matches">): Routes {
  const pattern = ([flow = "", step = ""]: readonly string[]) => existing(patternOf(hub, flow, step), `rule of ${flow}/${step}`);
  return {
    "GET /api/flows/*/steps/*/rule": ({ parameters }): RuleView => ({
      pattern: pattern(parameters),
      sample: eventFor(pattern(parameters)),
    }),
    "POST /api/flows/*/steps/*/rule/test": ({ parameters, body }) => tested(hub.matches, pattern(parameters), eventIn(body)),
  };
}

/** @returns the pattern of a step's rule; `undefined` for a step that has none */
export function patternOf(hub: Pick<ShownHub, "resources">, flow: string, step: string): Json | undefined {
  const component = stepComponent(hub, flow, step);
  const rule = component && within(hub.resources, component.urn).find(({ type }) => type === RULE);
  const pattern = jsonOf(rule?.outputs.eventPattern);
  return isObject(pattern) ? pattern : undefined;
}

/** @throws Problem 400 */
function eventIn(text: string): Json {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, `The event is not JSON: ${(error as Error).message}.`);
  }
  if (!isObject(event)) throw new Problem(400, "The event is no JSON object. Give it as EventBridge delivers it.");
  return event;
}

/** Tries an event, and each condition of the pattern by itself. */
export function tested(matches: PatternTest, pattern: object, event: Json): RuleTest {
  const isMatch = matches(pattern, event);
  return {
    matches: isMatch,
    clauses: clausesOf(pattern).map(
      ({ path, wanted }): RuleClause => ({
        path: path.join("."),
        wanted,
        found: shown(valueAt(event, path.at(-1) === OR ? path.slice(0, -1) : path)),
        // A condition beside `$or` that one of its alternatives replaces does not count.
        matches: isMatch || matches(nested(path, wanted), event),
      }),
    ),
  };
}

interface Clause {
  readonly path: readonly string[];
  readonly wanted: unknown;
}

const clausesOf = (pattern: object, path: readonly string[] = []): readonly Clause[] =>
  Object.entries(pattern).flatMap(([field, wanted]): readonly Clause[] =>
    isObject(wanted) ? clausesOf(wanted, [...path, field]) : [{ path: [...path, field], wanted }],
  );

const nested = (path: readonly string[], wanted: unknown): object =>
  path.reduceRight<unknown>((inner, field) => ({ [field]: inner }), wanted) as object;

function valueAt(value: unknown, [field, ...rest]: readonly string[]): unknown {
  if (field === undefined) return value;
  if (Array.isArray(value)) {
    const found = value.map((element) => valueAt(element, [field, ...rest])).filter((one) => one !== undefined);
    return found.length > 0 ? found : undefined;
  }
  return isObject(value) && Object.hasOwn(value, field) ? valueAt(value[field], rest) : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** An event with the first value that each condition allows. */
function eventFor(pattern: Json): unknown {
  const fields = Object.entries(pattern).flatMap(([field, wanted]): readonly (readonly [string, unknown])[] => {
    if (isObject(wanted)) return [[field, eventFor(wanted)]];
    const [first] = Array.isArray(wanted) ? (wanted as readonly unknown[]) : [];
    if (field === OR && isObject(first)) return Object.entries(eventFor(first) as Json);
    const value = valueFor(first);
    return value === undefined ? [] : [[field, value]];
  });
  return Object.fromEntries(fields);
}

/** @returns `undefined` for a field that must be absent */
function valueFor(condition: unknown): unknown {
  if (!isObject(condition)) return condition;
  const [[operator, argument] = ["", undefined]] = Object.entries(condition);
  switch (operator) {
    case "exists":
      return argument === true ? "any" : undefined;
    case "anything-but":
      return typeof [argument].flat()[0] === "number" ? 0 : "another";
    case "numeric":
      return numberFor((argument ?? []) as readonly unknown[]);
    case "cidr":
      return String(argument).split("/")[0];
    case "wildcard":
      return String(argument).replaceAll("*", "x");
    default:
      return isObject(argument) ? Object.values(argument)[0] : argument;
  }
}

/** Within a bound such as `[">", 5]`; of two bounds, next to the first. */
function numberFor([operator, bound]: readonly unknown[]): number {
  const limit = Number(bound);
  return operator === ">" ? limit + 1 : operator === "<" ? limit - 1 : limit;
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
