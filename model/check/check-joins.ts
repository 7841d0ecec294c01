import { LONGEST_DEADLINE_SECONDS, MOST_COUNTED } from "../../protocol/limits.ts";
import { type AnyEvent, schemasOfVersions } from "../event.ts";
import { eventOf, isFiltered } from "../filter/filter.ts";
import type { AnyStep, Flow } from "../flow.ts";
import { isImported } from "../graph.ts";
import type { CountedJoin } from "../join.ts";
import { type JsonSchema, jsonSchema } from "../json-schema.ts";
import { checkDuration, checkWholeNumber } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Parts, keys and deadlines of joins. */
export function* checkJoins(flow: Flow): Iterable<Problem> {
  for (const [name, { on, delivery }] of Object.entries(flow.steps)) {
    if (on.kind !== "join") continue;
    const where = placeIn(flow, `step ${name}`);
    yield* checkParts({ where, join: on });
    yield* checkDuration({ where: `${where}, within`, value: on.within, within: [60, LONGEST_DEADLINE_SECONDS] });
    yield* checkKey({ where, join: on });
    if (on.counted) yield* checkCounted(flow, { where, join: on }, on.counted);
    if (on.within && delivery === "direct")
      yield problem(
        "JOIN",
        where,
        "a deadline needs the step's queue, and its delivery is direct",
        "Leave within out, or deliver by queue",
      );
  }
}

interface Placed {
  readonly where: string;
  readonly join: Extract<AnyStep["on"], { readonly kind: "join" }>;
}

function* checkParts({ where, join }: Placed): Iterable<Problem> {
  const events = Object.values(join.parts);
  if (events.length < 2 || events.length > 10)
    yield problem("JOIN", where, `a join of ${events.length} parts`, "Join 2 to 10 events");
  if (new Set(events.map(({ type }) => type)).size < events.length)
    yield problem("JOIN", where, "two parts are the same event", "Name each event once");
}

function* checkKey({ where, join: { by, parts, acrossTenants, once } }: Placed): Iterable<Problem> {
  if (by === undefined) {
    if (acrossTenants)
      yield problem(
        "JOIN",
        where,
        "acrossTenants has no effect without `by`: the parts of one request belong to one tenant",
        "Name their common field with `by`",
      );
    if (once)
      yield problem(
        "JOIN",
        where,
        "once has no effect without `by`: the parts of one request are joined once",
        "Name their common field with `by`, or leave once out",
      );
    return;
  }
  // In older versions too: parts of one join may come in different ones.
  const schemas = Object.values(parts).flatMap((part) => schemasOfVersions(eventOf(part)).map(([, { schema }]) => schema));
  const types = new Set(schemas.map((schema) => keyType(schema, by)));
  if (types.size > 1 || ![...types].every((type) => type === "string" || type === "integer" || type === "number"))
    yield problem(
      "JOIN",
      where,
      `the key "${by}" is ${[...types].map((type) => type ?? "absent").join(" and ")} in its parts`,
      "Join by a field that is a string, or a number, in every part and each of its versions",
    );
}

function keyType(schema: AnyEvent["schema"], key: string): unknown {
  try {
    const { properties = {} } = jsonSchema(schema) as { properties?: Record<string, JsonSchema> };
    return properties[key]?.type;
  } catch {
    return undefined; // checkEvents reports the schema
  }
}

/** Whether the ledger can know for how many events the join waits, and who publishes them. */
function* checkCounted(flow: Flow, { where, join }: Placed, { field, tolerate }: CountedJoin["counted"]): Iterable<Problem> {
  const steps = Object.values(flow.steps);
  const { of, all } = join.parts;
  if (!of || !all) return;
  for (const part of [of, all])
    if (isFiltered(part))
      yield problem(
        "JOIN",
        where,
        `a counted join takes no filter, and ${part.type} has one`,
        "Count each event: leave `when` out",
      );
  if (isImported(flow, of.type))
    yield problem(
      "JOIN",
      where,
      `${of.type} says how many events are awaited, and another flow publishes it`,
      "Let a trigger or a step of this flow publish it",
    );
  if (!steps.some(({ emits }) => emits.some(({ type }) => type === all.type)))
    yield problem("JOIN", where, `no step of the flow publishes ${all.type}, which is counted`, "Name it in `emits` of a step");
  const types = new Set(schemasOfVersions(eventOf(of)).map(([, { schema }]) => countType(schema, field)));
  if (types.size > 1 || ![...types].every((type) => type === "integer" || type === "array"))
    yield problem(
      "JOIN",
      where,
      `the field "${field}" of ${of.type} is ${[...types].map((type) => type ?? "absent or optional").join(" and ")}`,
      "Count by a required integer or list; in all versions of the event the same",
    );
  yield* checkWholeNumber({ where: `${where}, tolerate`, value: tolerate, within: [0, MOST_COUNTED - 1] });
  if (tolerate > 0 && !join.within)
    yield problem("JOIN", where, "tolerate has no effect without a deadline", "Give the join a deadline with `within`");
  if (tolerate > 0 && steps.some(({ compensate }) => compensate))
    yield problem(
      "JOIN",
      where,
      "tolerate does not go with `compensate`: in this flow, what fails undoes the request",
      "Leave tolerate out, or report a failure as an event that is counted",
    );
}

/** Without a default: the ledger sees what was sent. */
function countType(schema: AnyEvent["schema"], field: string): unknown {
  try {
    const { required = [] } = jsonSchema(schema) as { required?: readonly string[] };
    return required.includes(field) ? keyType(schema, field) : undefined;
  } catch {
    return undefined; // checkEvents reports the schema
  }
}
