import * as z from "zod/mini";
import { LOG_LEVELS, type LogLevel } from "./logs.ts";

/**
 * Environment of each kind of function: what a deployment writes and the function reads; docs/internals.md, "Environment of a
 * function". The names are here and nowhere else.
 */

type ReadOnly<T> = { readonly [P in keyof T]: ReadOnly<T[P]> };

const texts = z.array(z.string());
const url = z.string().check(z.refine((text) => URL.canParse(text)));

/** Whose tokens the API takes, and which claims are read. */
const tokens = z.object({
  issuer: z.string(),
  /** A token has to be for one of these. */
  audience: texts,
  jwksUri: url,
  /** Claim that names the client. */
  consumerClaim: z.string(),
  /** Claim that names the tenant; without it the tenant is the consumer's. */
  tenantClaim: z.optional(z.string()),
  /** Prefix of the scopes that give a token its role; without it the role is the consumer's. */
  roleScopes: z.optional(z.string()),
});
export type TokenSettings = ReadOnly<z.output<typeof tokens>>;

const thirdParty = z.object({ baseUrl: url, tokenUrl: z.optional(url) });

const arns = z.record(z.string(), z.string());
const addresses = z.record(z.string(), thirdParty);
const level = z.enum(LOG_LEVELS);

export type { LogLevel };

/** Which traces are sent, and where to. */
const traces = z.object({
  /** Of the requests, 0 to 1. Spans of failures are always sent. */
  share: z.number(),
  /** URL of an OTLP/HTTP collector without `/v1/traces`; without it they go to X-Ray's daemon. */
  endpoint: z.optional(url),
  /** Longest time that the collector may keep an invocation from ending, in ms. @default 200 */
  longestMs: z.optional(z.number()),
});
export type TraceSettings = ReadOnly<z.output<typeof traces>>;

/** Former names, the first one first. */
const former = z.object({ flow: z._default(texts, []), step: z._default(texts, []) });

const parsed = z.transform((text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
});
const fromJson = <S extends z.ZodMiniType>(value: S) => z.pipe(z.pipe(z.string(), parsed), value);

const text = <N extends string>(name: N) => ({ name, json: false, what: "a text", read: z.string(), value: z.string() });

/** Property -> variable: its name, `read` for its text, `value` for what it holds. */
export const VARIABLES = {
  flow: text("HUB_FLOW"),
  /** Sort key of the flow's graph in the state table. */
  graph: text("HUB_GRAPH"),
  bus: text("HUB_BUS"),
  busArn: text("HUB_BUS_ARN"),
  archive: text("HUB_ARCHIVE_ARN"),
  table: text("HUB_TABLE"),
  /** Where delivery is direct, of the queue for redriven messages. */
  queueUrl: { ...text("HUB_QUEUE_URL"), read: z.optional(z.string()) },
  deadLetterUrl: text("HUB_DEAD_LETTER_URL"),
  formerly: {
    name: "HUB_FORMERLY",
    json: true,
    what: "a JSON object of former names, lists under `flow` and `step`",
    read: z.optional(fromJson(former)),
    value: former,
  },
  /** Secret's name in the declaration -> ARN. */
  secrets: {
    name: "HUB_SECRETS",
    json: true,
    what: "a JSON object of the secrets' names and their ARNs",
    read: z._default(fromJson(arns), {}),
    value: arns,
  },
  thirdParties: {
    name: "HUB_THIRD_PARTIES",
    json: true,
    what: 'a JSON object of the adapters\' names and { "baseUrl", "tokenUrl"? }',
    read: z._default(fromJson(addresses), {}),
    value: addresses,
  },
  jwt: {
    name: "HUB_JWT",
    json: true,
    what: "a JSON object of an issuer with its audience",
    read: z.optional(fromJson(tokens)),
    value: tokens,
  },
  traces: {
    name: "HUB_TRACES",
    json: true,
    what: 'a JSON object such as { "share": 0.05, "endpoint": "https://…" }',
    read: z.optional(fromJson(traces)),
    value: traces,
  },
  logLevel: {
    name: "HUB_LOG_LEVEL",
    json: false,
    what: `one of ${LOG_LEVELS.join(", ")}`,
    read: z._default(level, "info"),
    value: level,
  },
} as const;
type Variables = typeof VARIABLES;
type Property = keyof Variables;

/** Kind of function -> the properties of its environment. `hubWriter`: ledger, recorder and sweeper. */
export const ENVIRONMENTS = {
  step: [
    "flow",
    "graph",
    "bus",
    "table",
    "queueUrl",
    "deadLetterUrl",
    "formerly",
    "secrets",
    "thirdParties",
    "traces",
    "logLevel",
  ],
  webhook: ["flow", "graph", "bus", "table", "formerly", "secrets", "traces", "logLevel"],
  sync: ["flow", "graph", "bus", "table", "secrets", "thirdParties", "traces", "logLevel"],
  poll: ["flow", "graph", "bus", "table", "formerly", "secrets", "thirdParties", "traces", "logLevel"],
  hubWriter: ["table", "bus", "traces", "logLevel"],
  status: ["table", "logLevel"],
  ops: ["table", "bus", "busArn", "archive", "traces", "logLevel"],
  authorizer: ["table", "secrets", "jwt", "logLevel"],
} as const satisfies Readonly<Record<string, readonly Property[]>>;
export type FunctionKind = keyof typeof ENVIRONMENTS;
type PropertyOf<K extends FunctionKind> = (typeof ENVIRONMENTS)[K][number];

type Shape<P extends Property> = { readonly [Q in P]: Variables[Q]["read"] };
/** What a function of this kind reads. */
export type EnvironmentOf<K extends FunctionKind> = ReadOnly<z.output<z.ZodMiniObject<Shape<PropertyOf<K>>>>>;

/** @throws EnvironmentError that names each variable that is missing or malformed */
export function readEnvironment<K extends FunctionKind>(
  kind: K,
  variables: Readonly<Record<string, string | undefined>>,
): EnvironmentOf<K> {
  const properties: readonly Property[] = ENVIRONMENTS[kind];
  const given = properties.flatMap((property) => {
    const value = variables[VARIABLES[property].name];
    return value ? [[property, value] as const] : [];
  });
  const shape = Object.fromEntries(properties.map((property) => [property, VARIABLES[property].read])) as Shape<PropertyOf<K>>;
  const result = z.safeParse(z.object(shape), Object.fromEntries(given));
  if (result.success) return result.data;
  const wrong = new Set(result.error.issues.map(({ path: [property] }) => property as Property));
  const problems = [...wrong].map((property) => {
    const { name, what } = VARIABLES[property];
    return variables[name] ? `${name} is not ${what}` : `${name} is not set`;
  });
  throw new EnvironmentError(`${problems.join("; ")}. Deploy the function with the environment that docs/internals.md lists.`);
}

export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/** `T` with `Text` instead of texts: a deployment knows some of them only later. */
type Deployed<T, Text> = T extends string
  ? T | Text
  : T extends readonly (infer E)[]
    ? readonly Deployed<E, Text>[]
    : { readonly [P in keyof T]: Deployed<T[P], Text> };
type Held<P extends Property, Text> = Deployed<z.input<Variables[P]["value"]>, Text>;
type OptionalProperty = { [P in Property]: undefined extends z.input<Variables[P]["read"]> ? P : never }[Property];
/** What a deployment gives a function of this kind. */
export type EnvironmentValues<K extends FunctionKind, Text> = {
  readonly [P in Exclude<PropertyOf<K>, OptionalProperty>]: Held<P, Text>;
} & { readonly [P in Extract<PropertyOf<K>, OptionalProperty>]?: Held<P, Text> };

/**
 * @param stringify makes JSON of a value with `Text` in it
 * @returns the variables of a function of this kind
 */
export function writeEnvironment<K extends FunctionKind, Text>(
  kind: K,
  values: EnvironmentValues<K, Text>,
  stringify: (value: unknown) => Text,
): Record<string, string | Text> {
  const given = values as { readonly [P in Property]?: unknown };
  return Object.fromEntries(
    ENVIRONMENTS[kind].flatMap((property) => {
      const value = given[property];
      const { name, json } = VARIABLES[property];
      if (value === undefined) return [];
      return [[name, json ? stringify(value) : (value as string | Text)] as const];
    }),
  );
}

/** Set by the local hub alone, where its clock is not the machine's. */
export const CLOCK = "HUB_CLOCK";
/** JSON of `CLOCK`. */
export interface HubClock {
  /** How many times faster than the machine's it runs. */
  readonly speed: number;
  /** What it showed when the machine's showed `at`; both in ms since the epoch. */
  readonly from: number;
  readonly at: number;
}
