import { parseDuration, seconds } from "../duration.ts";
import { jsonSchema } from "../json-schema.ts";
import { SYNC_MARGIN, SYNC_TIMEOUT, type SyncTrigger } from "../sync.ts";
import { checkQuotas } from "./check-quotas.ts";
import type { ProblemCode } from "./problem.ts";

/** A problem of a synchronous endpoint. */
interface SyncProblem {
  readonly code: ProblemCode;
  /** Which part of it, such as `, cache`. @default the whole */
  readonly at?: string;
  readonly fact: string;
  readonly remedy: string;
}

/** The gateway waits for 29 seconds, and the function has to answer before that. */
const TIMEOUT = [SYNC_MARGIN + 1, 28] as const;
/** Of API Gateway's cache. */
const CACHE = [1, 3_600] as const;
/** Of one function; the account's own limit may be lower. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const CONCURRENCY = [1, 1_000] as const;
const MEMORY = [128, 10_240] as const;
/** What a query parameter can carry. */
const SCALARS: readonly unknown[] = ["string", "number", "integer", "boolean"];

/** What types can't say of a synchronous endpoint; its route, event and adapters are checked with those of others. */
export function* checkSync(trigger: SyncTrigger): Iterable<SyncProblem> {
  const { timeout = SYNC_TIMEOUT, memory, cache, provisionedConcurrency: warm, route } = trigger;
  yield* inRange("timeout", timeout, TIMEOUT);
  if (memory !== undefined) yield* whole("memory", memory, MEMORY);
  yield* budget(trigger, timeout);
  if (warm) {
    yield* whole("provisionedConcurrency.min", warm.min, CONCURRENCY);
    yield* whole("provisionedConcurrency.max", warm.max, CONCURRENCY);
    if (warm.min > warm.max)
      yield {
        code: "RANGE",
        fact: `provisionedConcurrency goes from ${warm.min} to ${warm.max}`,
        remedy: "Give min and a larger max",
      };
  }
  if (cache !== undefined) {
    yield* inRange("cache", cache, CACHE);
    if (!Number.isInteger(parseDuration(cache) ?? 1))
      yield { code: "DURATION", at: ", cache", fact: `"${cache}" is not whole seconds`, remedy: "Give whole seconds" };
    if (!route.startsWith("GET "))
      yield {
        code: "ROUTE",
        at: ", cache",
        fact: "the gateway keeps answers of GET requests alone",
        remedy: "Use GET, or leave cache out",
      };
  }
  yield* schemas(trigger);
  for (const [fact, remedy] of checkQuotas({ emits: [trigger.emits], ...(trigger.uses && { uses: trigger.uses }) }))
    yield { code: "QUOTA", fact, remedy };
}

/** Each third party may be asked once, one after the other, and time out: the caller still gets an answer that says so. */
function* budget({ uses = {} }: SyncTrigger, timeout: string): Iterable<SyncProblem> {
  const parties = [...new Map(Object.values(uses).map((adapter) => [adapter.name, adapter])).values()];
  const needed = parties.reduce((sum, { timeout: own }) => sum + (parseDuration(own) ?? 0), 0);
  const left = (parseDuration(timeout) ?? seconds(SYNC_TIMEOUT)) - SYNC_MARGIN;
  if (needed > left)
    yield {
      code: "DURATION",
      at: ", uses",
      fact: `its third parties may take ${needed} seconds to time out, and its handler has ${left}`,
      remedy: "Shorten the adapters' timeouts, or let a step ask them",
    };
}

function* schemas({ request, answers, route }: SyncTrigger): Iterable<SyncProblem> {
  for (const [part, schema] of Object.entries({ request, answers })) {
    try {
      jsonSchema(schema);
    } catch (error) {
      yield {
        code: "SCHEMA",
        at: `, ${part}`,
        fact: error instanceof Error ? error.message : String(error),
        remedy: "Say it with what JSON Schema has, and leave the rest to the handler",
      };
      return;
    }
  }
  if (!route.startsWith("GET ")) return;
  for (const [name, type] of Object.entries(queryTypesOf(request))) {
    if (!SCALARS.includes(type))
      yield {
        code: "SCHEMA",
        at: ", request",
        fact: `the query parameter ${name} is no text, number or boolean`,
        remedy: "Make it one of these, or use POST",
      };
  }
}

/** @returns JSON Schema's type of each field; of an enum that of its values */
export function queryTypesOf(request: SyncTrigger["request"]): Readonly<Record<string, unknown>> {
  const { properties = {} } = jsonSchema(request) as {
    readonly properties?: Readonly<Record<string, { readonly type?: unknown; readonly const?: unknown }>>;
  };
  return Object.fromEntries(Object.entries(properties).map(([name, { type, const: only }]) => [name, type ?? typeof only]));
}

function* inRange(at: string, text: string, [least, most]: readonly [number, number]): Iterable<SyncProblem> {
  const value = parseDuration(text);
  if (value === undefined)
    yield { code: "DURATION", at: `, ${at}`, fact: `"${text}" is not a duration`, remedy: 'Write it like "10 seconds"' };
  else if (value < least || value > most)
    yield {
      code: "DURATION",
      at: `, ${at}`,
      fact: `"${text}" is not within ${least} to ${most} seconds`,
      remedy: "Choose one in that range",
    };
}

function* whole(at: string, value: number, [least, most]: readonly [number, number]): Iterable<SyncProblem> {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  yield {
    code: "RANGE",
    at: `, ${at}`,
    fact: `${value} is not a whole number from ${least} to ${most}`,
    remedy: "Choose one in that range",
  };
}
