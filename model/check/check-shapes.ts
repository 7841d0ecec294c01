import type { Flow } from "../flow.ts";
import { describeProblem, type Problem, placeIn, problem } from "./problem.ts";

/** Remedies of events: the two mistakes of a first flow are a schema in an event's place and one event in that of a list. */
const DECLARE = 'Declare one by event("OrderPlaced", z.object({ … })), and give it here';
const LIST = "Write a list, such as [OrderPlaced], or [] for none";

/**
 * What the compiler refuses and JavaScript does not, such as a schema where an event is needed. The other checks rely on it, so they wait until it
 * holds.
 */
export function checkShapes(flow: Flow): readonly Problem[] {
  // An event may stand in several places, and its schema is wrong once.
  return [...new Map([...shapes(flow)].map((one) => [describeProblem(one), one])).values()];
}

function* shapes(flow: Flow): Iterable<Problem> {
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    const { emits } = trigger as { readonly emits?: unknown };
    const where = placeIn(flow, `trigger ${name}`, "emits");
    if (trigger.kind === "poll") yield* checkList(flow, where, emits);
    else if (emits !== undefined || trigger.kind !== "webhook")
      yield* Array.isArray(emits)
        ? [problem("EVENT", where, "it is a list, and this trigger publishes one event", "Give the event without brackets")]
        : checkEvent(flow, where, emits);
  }
  for (const [name, step] of Object.entries(flow.steps)) {
    const { on, emits, handler } = step as { readonly on?: unknown; readonly emits?: unknown; readonly handler?: unknown };
    const where = (property: string) => placeIn(flow, `step ${name}`, property);
    if ((on as { readonly kind?: unknown } | undefined)?.kind !== "join") yield* checkEvent(flow, where("on"), on);
    yield* checkList(flow, where("emits"), emits);
    if (typeof handler !== "function")
      yield problem(
        "HANDLER",
        where("handler"),
        handler === undefined ? "it is missing" : "it is no function",
        "Write what the step does, such as (order) => OrderBooked({ … })",
      );
  }
}

function* checkList(flow: Flow, where: string, value: unknown): Iterable<Problem> {
  if (!Array.isArray(value))
    return yield problem("EVENT", where, value === undefined ? "it is missing" : "it is no list of events", LIST);
  for (const one of value as readonly unknown[]) yield* checkEvent(flow, where, one);
}

function* checkEvent(flow: Flow, where: string, value: unknown): Iterable<Problem> {
  const { type, schema, safeParse } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (value === undefined || value === null) return yield problem("EVENT", where, "it is missing", DECLARE);
  if (typeof safeParse === "function") return yield problem("EVENT", where, "it is a schema, and no event", DECLARE);
  if (typeof type !== "string" || schema === undefined)
    return yield problem("EVENT", where, `it is ${typeof value === "string" ? `the text "${value}"` : "no event"}`, DECLARE);
  if (typeof (schema as { readonly safeParse?: unknown }).safeParse !== "function")
    yield problem(
      "SCHEMA",
      placeIn(flow, `event ${type}`),
      "its schema is no schema of zod",
      "Write z.object({ … }) around the fields",
    );
}
