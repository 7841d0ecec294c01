import { createRequire } from "node:module";

/** What the SDK's own module has, whose types are not published. */
export interface Debuggable {
  debuggablePromise: (promise: Promise<unknown>, ...context: unknown[]) => Promise<unknown>;
  /** By PULUMI_DEBUG_PROMISE_LEAKS. */
  readonly debugPromiseLeaks: boolean;
}

const made = new WeakSet<Debuggable["debuggablePromise"]>();

/**
 * Lets Pulumi's SDK make no stack trace of its promises, of which each property of each resource has four: half of what it takes to register a
 * hub. The SDK still reports a promise that never settled, with its resource and property; with PULUMI_DEBUG_PROMISE_LEAKS also with its
 * trace. Errors, and the places of resources in the program, keep theirs.
 * https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/debuggable.ts
 * @param sdk where the SDK finds the function. @default the SDK's own module
 */
export function leaveOutPromiseTraces(
  sdk: Debuggable = createRequire(import.meta.url)("@pulumi/pulumi/runtime/debuggable.js") as Debuggable,
): void {
  const { debuggablePromise, debugPromiseLeaks } = sdk;
  if (debugPromiseLeaks || made.has(debuggablePromise)) return;
  sdk.debuggablePromise = (...args) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...args);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  made.add(sdk.debuggablePromise);
}
