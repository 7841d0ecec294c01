import { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "./span.ts";
import type { Link } from "./trace-ids.ts";

/** What spans are recorded in. */
export interface Current {
  readonly spans: Span[];
  /** When the message was taken up, ms since the epoch. */
  readonly beganAt?: number;
  /** Of the attempt, once it has begun: parent of the spans of calls, and of the handler's own. */
  own?: Link & { readonly attempt: number };
}

const storage = new AsyncLocalStorage<Current>();

/** Most spans of one invocation; a handler may make any number. */
const MOST_SPANS = 1_000;

/** Runs one invocation, and then hands its spans to `send`. Without `send`, nothing is recorded. */
export async function recordSpans<T>(
  send: ((spans: readonly Span[]) => Promise<void>) | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!send) return work();
  const spans: Span[] = [];
  try {
    return await storage.run({ spans }, work);
  } finally {
    if (spans.length > 0) await send(spans);
  }
}

/** Runs the work on one message, whose spans have a parent of their own. */
export function inMessage<T>(beganAt: number, work: () => T): T {
  const current = storage.getStore();
  return current ? storage.run({ spans: current.spans, beganAt }, work) : work();
}

export const currentSpan = (): Current | undefined => storage.getStore();

/** Without effect where nothing is recorded. */
export function record(span: Span): void {
  const current = storage.getStore();
  if (current && current.spans.length < MOST_SPANS) current.spans.push(span);
}

/** Sets the parent of the spans that follow in this message. */
export function enterAttempt(own: Required<Current>["own"]): void {
  const current = storage.getStore();
  if (current) current.own = own;
}
