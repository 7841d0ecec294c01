/**
 * @param callee the function whose caller is asked for.
 * @returns the URL of the module that called it; `""` where the engine tells no call sites.
 */
// biome-ignore lint/complexity/noBannedTypes: what captureStackTrace takes
export function callSite(callee: Function): string {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, callee);
  const [, caller = ""] = trace.stack?.split("\n") ?? [];
  return /(file:\/\/.+?):\d+:\d+\)?$/.exec(caller)?.[1] ?? "";
}
