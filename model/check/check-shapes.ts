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
  for (const [name, trigger] of Object.entries(flow.triggers))
    yield* checkTrigger(flow, placeIn(flow, `trigger ${name}`), trigger);
  yield* checkList(flow, placeIn(flow, "imports"), flow.imports);
  if (typeof flow.steps !== "object") yield problem("RANGE", placeIn(flow), "it has no step", "Declare at least one step");
  for (const [name, step] of Object.entries(flow.steps ?? {})) {
    const { on, emits, uses, handler } = ((step as unknown) ?? {}) as Readonly<Record<string, unknown>>;
    const where = (property: string) => placeIn(flow, `step ${name}`, property);
    if ((on as { readonly kind?: unknown } | undefined)?.kind === "join")
      yield* checkParts(flow, where("on"), (on as { readonly parts?: unknown }).parts);
    else yield* checkEvent(flow, where("on"), on);
    yield* checkList(flow, where("emits"), emits);
    yield* checkUses(where("uses"), uses);
    yield* checkFunction(where("handler"), handler, "Write what the step does, such as (order) => OrderBooked({ … })");
  }
}

const TRIGGERS = new Set(["api", "sync", "webhook", "schedule", "poll"]);

function* checkTrigger(flow: Flow, where: string, trigger: unknown): Iterable<Problem> {
  const { kind, emits, uses, handler, page } = (trigger ?? {}) as Readonly<Record<string, unknown>>;
  if (!TRIGGERS.has(String(kind)))
    return yield problem("ROUTE", where, "it is no trigger", 'Make it by api("POST /orders", { … }), webhook, schedule or poll');
  const place = `${where}, emits`;
  if (kind === "poll") yield* checkList(flow, place, emits);
  else if (emits !== undefined || kind !== "webhook")
    yield* Array.isArray(emits)
      ? [problem("EVENT", place, "it is a list, and this trigger publishes one event", "Give the event without brackets")]
      : checkEvent(flow, place, emits);
  yield* checkUses(`${where}, uses`, uses);
  if (kind === "sync")
    yield* checkFunction(
      `${where}, handler`,
      handler,
      "Return what it answers: ({ sku }) => ({ answer: { … }, event: Asked({ … }) })",
    );
  if (kind === "poll")
    yield* checkFunction(
      `${where}, page`,
      page,
      "Return what a page holds: ({ cursor }) => ({ events: [], cursor, more: false })",
    );
}

function* checkFunction(where: string, value: unknown, remedy: string): Iterable<Problem> {
  if (typeof value !== "function")
    yield problem("HANDLER", where, value === undefined ? "it is missing" : "it is no function", remedy);
}

function* checkParts(flow: Flow, where: string, parts: unknown): Iterable<Problem> {
  if (typeof parts !== "object" || parts === null || Array.isArray(parts))
    return yield problem(
      "JOIN",
      where,
      `its parts are ${Array.isArray(parts) ? "a list" : parts === undefined ? "missing" : "one event"}, and each needs a name`,
      "Write join({ order: OrderPlaced, payment: PaymentCaptured })",
    );
  for (const [name, event] of Object.entries(parts)) yield* checkEvent(flow, `${where}, part ${name}`, event);
}

function* checkUses(where: string, uses: unknown): Iterable<Problem> {
  if (uses === undefined) return;
  const remedy = 'Declare it by adapter("erp", { … }), and give it under a name: uses: { erp }';
  const { kind } = (uses ?? {}) as { readonly kind?: unknown };
  if (typeof uses !== "object" || uses === null || Array.isArray(uses) || kind === "adapter")
    return yield problem("ADAPTER", where, "it holds no adapters by name", remedy);
  for (const [name, value] of Object.entries(uses))
    if ((value as { readonly kind?: unknown } | undefined)?.kind !== "adapter")
      yield problem("ADAPTER", `${where}.${name}`, value === undefined ? "it is missing" : "it is no adapter", remedy);
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
