import { HUB_EVENTS } from "../../protocol/reports.ts";
import { type AnyEvent, type Lift, namesOf, versionName } from "../event.ts";
import type { Flow } from "../flow.ts";
import { awaitedBy, isImported } from "../graph.ts";
import { emittedBy } from "../trigger.ts";
import { checkSchema } from "./check-values.ts";
import { fieldTypes, KEY_TYPES } from "./field-types.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

const PASCAL = /^[A-Z][A-Za-z0-9]{1,63}$/;

/** Names, versions, schemas and imports of events. */
export function* checkEvents(flow: Flow): Iterable<Problem> {
  const declarations = new Set([
    ...Object.values(flow.triggers).flatMap(emittedBy<AnyEvent>),
    ...flow.imports,
    ...Object.values(flow.steps).flatMap((step) => [...awaitedBy(step), ...step.emits]),
  ]);
  const names = new Set<string>();
  for (const event of declarations) {
    const where = placeIn(flow, `event ${event.type}`);
    if (names.has(event.type))
      yield problem("EVENT", where, "two events share this name", "Declare it once and use that constant everywhere");
    else {
      yield* checkEvent({ where, event });
      yield* checkFormerNames({ where, event, others: [...declarations].filter(({ type }) => type !== event.type) });
    }
    names.add(event.type);
  }
  for (const event of flow.imports) {
    if (!isImported(flow, event.type))
      yield problem(
        "EVENT",
        placeIn(flow, `event ${event.type}`),
        "the flow imports it and publishes it itself",
        "Remove it from `imports`",
      );
  }
}

function* checkEvent({ where, event }: { readonly where: string; readonly event: AnyEvent }): Iterable<Problem> {
  if (!PASCAL.test(event.type))
    yield problem(
      "EVENT",
      where,
      "the name is not PascalCase of 2 to 64 characters",
      'Name the fact in the past tense, like "OrderPlaced"',
    );
  if ((HUB_EVENTS as readonly string[]).includes(event.type))
    yield problem("EVENT", where, "this name is reserved for events of the hub", "Choose another name");
  if (!Number.isInteger(event.version) || event.version < 1)
    yield problem("RANGE", where, `version ${event.version} is not a whole number from 1`, "Count versions 1, 2, 3");
  yield* checkSchema({ where, value: event.schema });
  yield* checkKeys({ where, event });
  yield* checkLifts({ where, event });
}

/** Most business keys of an event: each one costs a write of the table. */
const MOST_KEYS = 3;

function* checkKeys({ where, event }: { readonly where: string; readonly event: AnyEvent }): Iterable<Problem> {
  const keys: readonly string[] = event.keys;
  if (keys.length > MOST_KEYS)
    yield problem("RANGE", where, `${keys.length} keys`, `Name the ${MOST_KEYS} by which requests are looked for, at most`);
  for (const [i, key] of keys.entries()) {
    const types = fieldTypes(event.schema, key);
    if (keys.indexOf(key) !== i) yield problem("EVENT", where, `the key "${key}" is there twice`, "Name it once");
    else if (types.length === 0)
      yield problem("EVENT", where, `the key "${key}" is no field of its payload`, "Name a field at the top of the schema");
    else if (!types.every((type) => KEY_TYPES.includes(type)))
      yield problem(
        "EVENT",
        where,
        `the key "${key}" is ${types.map((type) => type ?? "of no single type").join(" or ")}`,
        "Name a field that is a string or a number",
      );
  }
}

interface Renamed {
  readonly where: string;
  readonly event: AnyEvent;
  readonly others: readonly AnyEvent[];
}

/** An event's messages under way bear its former names, so no other event may. */
function* checkFormerNames({ where, event, others }: Renamed): Iterable<Problem> {
  const { type, formerly } = event;
  const isReserved = (name: string) => (HUB_EVENTS as readonly string[]).includes(name);
  for (const [i, former] of formerly.entries()) {
    if (!PASCAL.test(former) || isReserved(former) || former === type || formerly.indexOf(former) !== i)
      yield problem(
        "NAME",
        where,
        `"${former}" can't be a former name of it`,
        "List each earlier name once, oldest first, without the current one",
      );
    const other = others.find((candidate) => namesOf(candidate).includes(former));
    if (other)
      yield problem(
        "NAME",
        where,
        `event ${other.type} has its former name ${former}, too`,
        "Declare a renamed event once, with all its former names, and use that constant everywhere",
      );
  }
}

/** Lifts lead from version to version up to the current one, without a gap. */
function* checkLifts({ where, event }: { readonly where: string; readonly event: AnyEvent }): Iterable<Problem> {
  const { type, version: current, from } = event;
  for (const [text, { schema }] of Object.entries<Lift>(from)) {
    const version = Number(text);
    if (!Number.isInteger(version) || version < 1 || version >= current)
      yield problem(
        "RANGE",
        `${where}, from`,
        `${text} is not a version below the current one, ${current}`,
        "Lift from versions 1 to the one before the current",
      );
    else if (version + 1 < current && from[version + 1] === undefined)
      yield problem(
        "EVENT",
        `${where}, from`,
        `a lift leads from version ${version} to ${version + 1}, and none leads on to ${current}`,
        `Declare the lift from version ${version + 1}`,
      );
    yield* checkSchema({ where: `${where}, ${versionName(type, version)}`, value: schema });
  }
}
