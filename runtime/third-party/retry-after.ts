import { LONGEST_HIDE_SECONDS } from "../limits.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";

/** The three forms of a date in a header. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  `${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT`,
  // Sunday, 06-Nov-94 08:49:37 GMT
  `${LONG_DAY}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT`,
  // Sun Nov  6 08:49:37 1994
  `${DAY} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/**
 * Reads a `Retry-After` header: digits, or a date in one of the three forms. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 * @param now ms since the epoch
 * @returns whole seconds, 1 to 43200; `undefined` when the header is missing or is neither, such as `1.5`, `-1` or `10, 10`
 */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  const seconds = /^\d+$/.test(text) ? Number(text) : secondsUntil(text, now);
  return seconds === undefined ? undefined : Math.min(LONGEST_HIDE_SECONDS, Math.max(1, Math.ceil(seconds)));
}

function secondsUntil(text: string, now: number): number | undefined {
  const { day, month = "", year = "", hour, minute, second } = FORMS.map((form) => form.exec(text)?.groups).find(Boolean) ?? {};
  if (day === undefined) return undefined;
  const at = new Date(0);
  at.setUTCFullYear(year.length === 2 ? fullYear(Number(year), now) : Number(year), MONTHS.indexOf(month), Number(day));
  // A 30 February or 31 April moves to the next month; a leap second is the next second.
  if (at.getUTCDate() !== Number(day) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  at.setUTCHours(Number(hour), Number(minute), Number(second));
  return (at.getTime() - now) / 1_000;
}

/** "[…] a timestamp that appears to be more than 50 years in the future" is of the last century that ends in these digits. */
function fullYear(digits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + digits;
  return year > thisYear + 50 ? year - 100 : year;
}
