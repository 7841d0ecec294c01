/**
 * Leaves the trace out of errors without a message. Pulumi's SDK makes two for each promise of a resource, to report promises that never settle,
 * and formatting these takes a third of the time of a program. Errors with a message keep theirs.
 * https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/debuggable.ts
 */
export function skipTraces(): void {
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
