import { createRequire } from "node:module";

/** The SDK's own module, whose types are not published. */
const debuggable = createRequire(import.meta.url)("@pulumi/pulumi/runtime/debuggable.js") as {
  debuggablePromise: <T>(promise: Promise<T>) => Promise<T>;
};

/**
 * Lets Pulumi's SDK leave its promises as they are, and makes no trace of errors without a message. The SDK wraps each promise of each property of
 * a resource, with a trace, to report at the process's end those that never settled; that takes half of a program's time. Errors with a message
 * keep their trace.
 * https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/debuggable.ts
 */
export function skipTraces(): void {
  debuggable.debuggablePromise = (promise) => promise;
  Error.prepareStackTrace = (error, sites) => {
    const title = titleOf(error);
    return title === "Error" ? title : [title, ...sites.map((site) => `    at ${site}`)].join("\n");
  };
}

/** An error's own text may throw. */
function titleOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "(an error without text)";
  }
}
