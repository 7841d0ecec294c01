import type { HmacSignature } from "../../../model/signature.ts";

/** Section 5.6 of RFC 3339; Twitch writes nanoseconds. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/**
 * @param form seconds without one; 13 digits are milliseconds
 * @returns ms since the epoch; `undefined` when the text has another form
 */
export function millisecondsOf(text: string, form: HmacSignature["time"]): number | undefined {
  const ms =
    form === "rfc3339"
      ? RFC_3339.test(text)
        ? Date.parse(text)
        : Number.NaN
      : /^\d{1,13}$/.test(text)
        ? Number(text)
        : Number.NaN;
  if (Number.isNaN(ms)) return undefined;
  return form === "rfc3339" || form === "milliseconds" || text.length === 13 ? ms : ms * 1_000;
}
