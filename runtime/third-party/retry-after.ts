import { LONGEST_HIDE_SECONDS } from "../limits.ts";

/**
 * Reads a `Retry-After` header: seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 * @param now ms since the epoch
 * @returns whole seconds, 1 to 43200; `undefined` when there is none that can be read
 */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (text === "") return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1_000;
  return Number.isNaN(seconds) ? undefined : Math.min(LONGEST_HIDE_SECONDS, Math.max(1, Math.ceil(seconds)));
}
