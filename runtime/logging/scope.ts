import { AsyncLocalStorage } from "node:async_hooks";

/** What every log line tells of the delivery or request it belongs to. */
export interface LogScope {
  correlationId?: string;
  requestId?: string;
  flow?: string;
  step?: string;
  attempt?: number;
  coldStart?: boolean;
}

const storage = new AsyncLocalStorage<LogScope>();

/** Runs `work` with a scope of its own, so that records worked on at once do not mix up their lines. */
export const inScope = <T>(work: () => T): T => storage.run({}, work);

/** Adds to the scope that this code runs in; without effect outside of one. */
export const addToScope = (fields: LogScope): void => void Object.assign(storage.getStore() ?? {}, fields);

export const currentScope = (): Readonly<LogScope> => storage.getStore() ?? {};
