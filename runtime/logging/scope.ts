import { AsyncLocalStorage } from "node:async_hooks";
import type { About, Metric } from "../../protocol/metrics.ts";

/** Fields of every log line of one delivery or request. */
export interface LogScope {
  correlationId?: string;
  requestId?: string;
  /** The gateway's id of the call, of which the access log has more. */
  callId?: string;
  flow?: string;
  step?: string;
  attempt?: number;
  coldStart?: boolean;
  /** Trace of the request; of the invocation where it serves no single one. 32 hex digits. */
  traceId?: string;
}

/** What was measured about one flow, one third party, or the whole hub; a list where there is more than one value. */
export interface Measured {
  readonly about: About;
  readonly values: Partial<Record<Metric, number | number[]>>;
}

interface Scope {
  readonly fields: LogScope;
  /** Values that no line of the scope may show. */
  readonly hidden: string[];
  /** Everything is logged, whatever the level of the stack. */
  debug: boolean;
  /** Values of the invocation's line of metrics. */
  measured?: Measured[];
}
const storage = new AsyncLocalStorage<Scope>();

/** Runs `work` with a copy of the current scope, so that records handled at once do not mix up their lines. */
export function inScope<T>(work: () => T): T {
  const scope = storage.getStore();
  if (!scope) return storage.run({ fields: {}, hidden: [], debug: false }, work);
  return storage.run({ ...scope, fields: { ...scope.fields }, hidden: [...scope.hidden] }, work);
}

/** @returns `undefined` outside a scope */
export const scopeNow = (): Scope | undefined => storage.getStore();
export const isInScope = (): boolean => scopeNow() !== undefined;

/** Adds fields to the current scope. Without effect outside a scope. */
export const addToScope = (fields: LogScope): void => void Object.assign(storage.getStore()?.fields ?? {}, fields);

/** Logs everything from now on in the current scope, whatever the level of the stack. Without effect outside a scope. */
export function debugInScope(): void {
  const scope = storage.getStore();
  if (scope) scope.debug = true;
}

/** Masks these values in each later line of the current scope. Without effect outside a scope. */
export const hideInScope = (values: readonly string[]): void => void storage.getStore()?.hidden.push(...values);
