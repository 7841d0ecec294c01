import { AsyncLocalStorage } from "node:async_hooks";
import type { AwsCall, Run, Span } from "./span.ts";
import type * as SpanMakers from "./span-makers.ts";
import { type Link, traceIdOf } from "./trace-ids.ts";

/**
 * What spans can be made of, once it is known that they are sent. Most traces are not sampled, so that recording costs a closure, and the
 * code that makes spans is loaded when some are sent.
 */
export interface Recorded {
  readonly requestId: string;
  /** The trace is sent, whether it is sampled or not. @default false */
  readonly failed?: boolean;
  readonly make: (makers: typeof SpanMakers) => Span;
}

/** Where spans go, and of which traces. */
export interface Tracing {
  /** Of the traces, 0 to 1. */
  readonly share: number;
  /** Sends the spans of one invocation. Never throws: a lost trace must fail nothing. */
  readonly send: (recorded: readonly Recorded[]) => Promise<void>;
}

/** A span that spans of the handler and calls of third parties lie below. Its id is made when it is asked for, as `Cut` in `within.ts`. */
class Own implements Link, Run {
  readonly requestId: string;
  readonly correlationId: string;
  readonly step: string;
  readonly attempt?: number;
  readonly traceId: string;
  /** Spans that the handler has begun. */
  made = 0;
  readonly #spanIdOf: () => string;
  #spanId: string | undefined;

  constructor({ requestId, correlationId, step, attempt }: Run, spanIdOf: () => string) {
    this.requestId = requestId;
    this.correlationId = correlationId;
    this.step = step;
    if (attempt !== undefined) this.attempt = attempt;
    this.traceId = traceIdOf(requestId);
    this.#spanIdOf = spanIdOf;
  }

  get spanId(): string {
    this.#spanId ??= this.#spanIdOf();
    return this.#spanId;
  }
}
/** What spans are recorded in. */
interface Current {
  readonly recorded: Recorded[];
  readonly now: () => number;
  /** When the message was taken up, ms since the epoch. */
  readonly beganAt?: number;
  /** AWS calls that were made for the message, which its attempt shows. */
  readonly aws?: AwsCall[];
  /** The span of the attempt or the endpoint that runs the handler, once it has begun. */
  own?: Own;
  /** OpenTelemetry's context, where the handler has set one, and the handler's span that is active in it. */
  readonly context?: unknown;
  readonly active?: Link | undefined;
}

const storage = new AsyncLocalStorage<Current>();

/** Most spans of one invocation; a handler may make any number. */
const MOST_SPANS = 1_000;

/** Runs one invocation, and then sends what it recorded of sampled traces. Without `tracing`, nothing is recorded. */
export const recordSpans = <T>(tracing: Tracing | undefined, work: () => Promise<T>, now: () => number): Promise<T> =>
  tracing ? recordAll(tracing, work, now) : work();

async function recordAll<T>(tracing: Tracing, work: () => Promise<T>, now: () => number): Promise<T> {
  const recorded: Recorded[] = [];
  try {
    return await storage.run({ recorded, now }, work);
  } finally {
    const sampled = sampledOf(recorded, tracing.share);
    if (sampled.length > 0) await tracing.send(sampled);
  }
}

/** By the trace's id, a hash of the request's: all functions decide alike. Of other traces, those with a failure in this invocation. */
export function sampledOf(recorded: readonly Recorded[], share: number): readonly Recorded[] {
  const decided = new Map<string, boolean>();
  for (const { requestId, failed } of recorded)
    decided.set(
      requestId,
      failed || (decided.get(requestId) ?? Number.parseInt(traceIdOf(requestId).slice(0, 8), 16) / 2 ** 32 < share),
    );
  return recorded.filter(({ requestId }) => decided.get(requestId));
}

/** Runs work whose spans have a place of their own: that of one message, or a context of OpenTelemetry. */
export function inPlace<T>(place: Pick<Current, "beganAt" | "aws" | "context" | "active">, work: () => T): T {
  const current = storage.getStore();
  return current ? storage.run({ ...current, ...place }, work) : work();
}

/** @returns `undefined` where nothing is recorded */
export const currentSpan = (): Current | undefined => storage.getStore();

/** What is recorded from now on lies below this span. @param spanIdOf called when it is needed */
export function enter(current: Current, run: Run, spanIdOf: () => string): Link {
  current.own = new Own(run, spanIdOf);
  return current.own;
}

export function record(to: Current, spans: Recorded): void {
  if (to.recorded.length < MOST_SPANS) to.recorded.push(spans);
}
