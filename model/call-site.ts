/**
 * @param callee the called function
 * @returns the URL of the module that called it; `""` where the engine provides no call sites
 */
// biome-ignore lint/complexity/noBannedTypes: what captureStackTrace takes
export function callSite(callee: Function): string {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, callee);
  const [, caller = ""] = trace.stack?.split("\n") ?? [];
  return /(file:\/\/.+?):\d+:\d+\)?$/.exec(caller)?.[1] ?? "";
}
