import type { z } from "zod";
import {
  type AnyAdapter,
  type AnyEvent,
  type AnyStep,
  adaptersOf,
  awaitsIn,
  changesSomething,
  emittedBy,
  eventsOf,
  type FilterPattern,
  type Flow,
  type FlowGraph,
  firstName,
  graph,
  isImported,
  type PollTrigger,
  type RoutedTrigger,
  routedTriggers,
  type Serial,
} from "../../model/index.ts";
import { OWN_ROUTES } from "../openapi/own-routes.ts";
import { type ObjectShape, type Schema, schemaOf } from "./shape.ts";

/** What the code of one deployment promises to its callers, and to messages and requests that outlive it. Plain data: contract.lock.json holds it. */
export interface Contract {
  readonly flows: Readonly<Record<string, FlowContract>>;
  /** By name. */
  readonly thirdParties: Readonly<Record<string, Readonly<Record<string, OperationContract>>>>;
  /** The hub's own routes. */
  readonly hub: Readonly<Record<string, RouteContract>>;
}
export interface FlowContract {
  /** Former names, oldest first: keys of the state table, and ids, hold the first one. */
  readonly formerly?: readonly string[];
  /** Those that the flow publishes. */
  readonly events: Readonly<Record<string, EventContract>>;
  readonly steps: Readonly<Record<string, StepContract>>;
  readonly routes: Readonly<Record<string, RouteContract>>;
  /** By the trigger's name, which keys of the state table and ids hold. */
  readonly polls?: Readonly<Record<string, PollContract>>;
}
interface PollContract {
  /** Names of events. */
  readonly emits: readonly string[];
  /** Of the stored cursor. */
  readonly cursor: Schema;
}
export interface EventContract {
  readonly version: number;
  /** Former names, oldest first: the first one is the event's name on the bus. */
  readonly formerly?: readonly string[];
  /** Schemas of the current version and of those before it; `null` where a version's schema is not known. */
  readonly schemas: Readonly<Record<string, Schema | null>>;
}
export interface StepContract {
  /** Former names, oldest first: keys of the state table, and ids, hold the first one. */
  readonly formerly?: readonly string[];
  /** Part of the join -> event; of a step without a join, the event under `""`. */
  readonly awaits: Readonly<Record<string, string>>;
  /** Of parts with a filter, or of the event under `""`: what must hold of which version of it. */
  readonly when?: Readonly<Record<string, { readonly version: number; readonly pattern: FilterPattern }>>;
  /** Of a join: the field that its parts have in common; `null`: the request. */
  readonly by?: string | null;
  /** Of a counted join: the field that says how many. */
  readonly counts?: string;
  /** Of a join by a field: parts of different tenants meet. */
  readonly acrossTenants?: true;
  readonly serial?: Serial;
  readonly emits: readonly string[];
  readonly compensates?: true;
}
export interface RouteContract {
  /** Name of the trigger: ids of repeated calls hold it. */
  readonly trigger?: string;
  readonly kind: RoutedTrigger["kind"] | "hub";
  readonly scopes?: readonly string[];
  /** Settings that a caller has to know: how it authenticates, signs, and writes what. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** By the type of the call; of calls of one type, under `""`. */
  readonly requests: Readonly<Record<string, Schema>>;
  /** By status. */
  readonly answers?: Readonly<Record<string, Schema>>;
}
interface OperationContract {
  /** Method and path; only where a repeated call may have its effect twice. */
  readonly route?: string;
  readonly idempotencyHeader: string;
  /** By status; `2xx` for success. */
  readonly answers: Readonly<Record<string, Schema>>;
}

export function contractOf(flows: readonly Flow[]): Contract {
  const adapters = new Map(flows.flatMap(adaptersOf).map((adapter) => [adapter.name, adapter]));
  return {
    flows: sorted(flows.map((flow) => [flow.name, flowContract(flow)])),
    thirdParties: sorted([...adapters].map(([name, adapter]) => [name, operationsOf(adapter)])),
    hub: sorted(Object.entries(OWN_ROUTES).map(([route, own]) => [route, ownRoute(own)])),
  };
}

const sorted = <T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

function flowContract(flow: Flow): FlowContract {
  const polls = Object.entries(flow.triggers).flatMap(([name, trigger]) =>
    trigger.kind === "poll" ? [[name, pollContract(trigger)] as const] : [],
  );
  const published = eventsOf(flow).filter(({ type }) => !isImported(flow, type));
  return {
    ...(flow.formerly && { formerly: flow.formerly }),
    events: Object.fromEntries(published.map((event) => [event.type, eventContract(event)])),
    steps: Object.fromEntries(
      graph(flow).steps.map(({ name, on, emits, compensates, formerly }) => [
        name,
        {
          ...(formerly && { formerly }),
          awaits: on.kind === "event" ? { "": on.event } : on.parts,
          ...filtersIn(flow, on),
          ...(on.kind === "join" && { by: on.by }),
          ...(on.kind === "join" && on.counted && { counts: on.counted.field }),
          ...keysOf(flow.steps[name] as AnyStep),
          emits,
          ...(compensates && { compensates }),
        },
      ]),
    ),
    routes: Object.fromEntries(
      routedTriggers(flow.triggers).map(([name, trigger]) => [trigger.route, routeContract(name, trigger)]),
    ),
    ...(polls.length > 0 && { polls: Object.fromEntries(polls) }),
  };
}

const pollContract = ({ emits, cursor }: PollTrigger): PollContract => ({
  emits: emits.map(({ type }) => type),
  cursor: schemaOf(cursor),
});

/** What the keys of the step's items in the state table are made of. */
const keysOf = ({ on, serial }: AnyStep): Pick<StepContract, "acrossTenants" | "serial"> => ({
  ...(on.kind === "join" && on.acrossTenants && { acrossTenants: true }),
  ...(serial && { serial }),
});

function filtersIn(flow: Flow, on: FlowGraph["steps"][number]["on"]): Pick<StepContract, "when"> {
  const versions = new Map(eventsOf(flow).map(({ type, version }) => [type, version]));
  const filters = awaitsIn({ on }).flatMap(({ part, event, when: pattern }) =>
    pattern ? [[part, { version: versions.get(event) ?? 1, pattern }] as const] : [],
  );
  return filters.length > 0 ? { when: Object.fromEntries(filters) } : {};
}

/** @returns the event's name on the bus, which no deployment may change. @param flow that publishes it, or imports it */
export function busNameIn({ flows }: Contract, flow: string, type: string): string {
  const publisher = [flows[flow], ...Object.values(flows)].find((one) => one && Object.hasOwn(one.events, type));
  return firstName(type, publisher?.events[type]?.formerly);
}

export const eventContract = ({ version, formerly, schema, from }: AnyEvent): EventContract => ({
  version,
  ...(formerly.length > 0 && { formerly }),
  schemas: {
    ...Object.fromEntries(Object.entries(from).map(([older, lift]) => [older, lift.schema ? schemaOf(lift.schema) : null])),
    [version]: schemaOf(schema),
  },
});

function routeContract(name: string, trigger: RoutedTrigger): RouteContract {
  const { kind } = trigger;
  const base = { trigger: name, kind };
  if (trigger.kind === "webhook") {
    const { verify, by, batch, otherwise, headers = {}, events } = trigger;
    const { scheme: _, answer: __, ...signature } = verify;
    const typed = Object.entries(events ?? {}).map(([type, event]) => [type, body(event, headers)] as const);
    const untyped = emittedBy(trigger).map((event) => ["", body(event, headers)] as const);
    return {
      ...base,
      settings: plain({ verify: signature, by, batch, headers: Object.values(headers), otherwise }),
      requests: Object.fromEntries(typed.length > 0 ? typed : untyped),
    };
  }
  const { auth } = trigger;
  const { query = [] } = trigger;
  const settings = { auth: auth.kind, ...(query.length > 0 && { query: query.toSorted() }) };
  const access = { ...(auth.kind === "jwt" && { scopes: auth.scopes }), settings };
  if (trigger.kind === "api") return { ...base, ...access, requests: { "": schemaOf(trigger.emits.schema) } };
  return { ...base, ...access, requests: { "": schemaOf(trigger.request) }, answers: { 200: schemaOf(trigger.answers) } };
}

const plain = (value: object) => JSON.parse(JSON.stringify(value)) as Readonly<Record<string, unknown>>;

/** What a caller writes: fields that come from headers are not in the body. */
function body({ schema }: AnyEvent, headers: Readonly<Record<string, string | undefined>>): Schema {
  const whole = schemaOf(schema);
  if (whole.shape.is !== "object" || Object.keys(headers).length === 0) return whole;
  const { fields, optional = [], rest } = whole.shape;
  const kept = ([name]: readonly [string, unknown]) => !Object.hasOwn(headers, name);
  const shape: ObjectShape = {
    is: "object",
    fields: Object.fromEntries(Object.entries(fields).filter(kept)),
    optional: optional.filter((name) => kept([name, ""])),
    rest,
  };
  return { ...whole, shape };
}

const operationsOf = (adapter: AnyAdapter): Readonly<Record<string, OperationContract>> =>
  Object.fromEntries(
    Object.entries(adapter.operations as Readonly<Record<string, OperationSource>>).map(([name, operation]) => [
      name,
      {
        ...(changesSomething(operation) && { route: operation.route }),
        idempotencyHeader: (operation.idempotencyHeader ?? adapter.idempotencyHeader ?? "Idempotency-Key").toLowerCase(),
        answers: {
          "2xx": schemaOf(operation.returns),
          ...Object.fromEntries(Object.entries(operation.errors ?? {}).map(([status, { schema }]) => [status, schemaOf(schema)])),
        },
      },
    ]),
  );
interface OperationSource {
  readonly route: string;
  readonly safeToRepeat: boolean;
  readonly idempotencyHeader: string | undefined;
  readonly returns: z.ZodType;
  readonly errors: Readonly<Record<number, { readonly schema: z.ZodType }>> | undefined;
}

function ownRoute({ parameters, body: sent, answers }: (typeof OWN_ROUTES)[string]): RouteContract {
  const entries = Object.entries(parameters);
  const optional = entries.flatMap(([name, schema]) => (schema._zod.optin === undefined ? [] : [name]));
  const query: Schema = {
    shape: {
      is: "object",
      fields: Object.fromEntries(entries.map(([name, schema]) => [name, schemaOf(schema).shape])),
      optional,
      rest: "open",
    },
  };
  return {
    kind: "hub",
    requests: { "": query, ...(sent && { body: schemaOf(sent) }) },
    answers: Object.fromEntries(Object.entries(answers).map(([status, { schema }]) => [status, schemaOf(schema)])),
  };
}
