import type { Exchange } from "./exchange.ts";

/**
 * Fills in `$context.x`, `$stageVariables.x` and `$method.request.…` where there is no Velocity: in gateway responses and in
 * access logs. Values are escaped for a JSON string, except `$context.error.messageString`, which brings its own quotes.
 * @param absent what stands for a variable without value
 */
export function substitute(text: string, exchange: Exchange, absent: string): string {
  const reference = /\$(context|stageVariables|method\.request)((?:\.[A-Za-z0-9_-]+)+)/g;
  return text.replace(reference, (_, root: string, path: string) => {
    const value = exchange.mapped(`${root}${path}`);
    if (value === undefined) return absent;
    return path === ".error.messageString" ? value : JSON.stringify(value).slice(1, -1);
  });
}
