/** Fields that a query of requests can name. */
export const QUERY_FIELDS = ["status", "flow", "tenant", "error", "step", "correlation", "key"] as const;
export type QueryField = (typeof QUERY_FIELDS)[number];

/** A query such as `status:blocked flow:order* age>1h from:2026-11-29T12:00 A-1`. */
export interface Query {
  /** By field, values of which one must match; `*` at the end of a value stands for any rest. */
  readonly fields: Readonly<Partial<Record<QueryField, readonly string[]>>>;
  /** Minutes; requests that are at least, or at most, as old. */
  readonly olderThan: number | undefined;
  readonly youngerThan: number | undefined;
  /** ISO 8601; requests that were created then or later, and before. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Begin of a request id or a correlation id, or an id in a payload. */
  readonly texts: readonly string[];
  /** What was not understood, each as a sentence. */
  readonly problems: readonly string[];
}

const MINUTES: Readonly<Record<string, number>> = { s: 1 / 60, m: 1, h: 60, d: 1_440 };

/** Never throws: a query is read while it is typed. */
export function parseQuery(text: string): Query {
  const fields: Partial<Record<QueryField, string[]>> = {};
  const texts: string[] = [];
  const problems: string[] = [];
  let olderThan: number | undefined;
  let youngerThan: number | undefined;
  const range: { from?: string; to?: string } = {};
  for (const word of wordsOf(text)) {
    const [, sign, amount, unit = ""] = /^age([<>])(\d{1,6}(?:\.\d+)?)([smhd])$/.exec(word) ?? [];
    if (sign !== undefined) {
      const minutes = Number(amount) * (MINUTES[unit] ?? 1);
      if (sign === ">") olderThan = minutes;
      else youngerThan = minutes;
      continue;
    }
    if (/^age[<>:=]/.test(word)) {
      problems.push(`${word}: an age is written as age>1h or age<30m.`);
      continue;
    }
    const [, end, time = ""] = /^(from|to):(.*)$/.exec(word) ?? [];
    if (end === "from" || end === "to") {
      const iso = isoOf(time);
      if (iso === undefined) problems.push(`${word}: a time is written as ${end}:2026-11-29T12:00, in UTC.`);
      else range[end] = iso;
      continue;
    }
    const field = QUERY_FIELDS.find((name) => word.startsWith(`${name}:`));
    const value = field === undefined ? "" : word.slice(field.length + 1);
    if (field === undefined) texts.push(word);
    else if (value === "") problems.push(`${field}: gives no value.`);
    else fields[field] = [...(fields[field] ?? []), ...value.split(",").filter(Boolean)];
  }
  return { fields, olderThan, youngerThan, from: range.from, to: range.to, texts, problems };
}

/** @returns `undefined` for a text that is no time */
function isoOf(text: string): string | undefined {
  const [, day, time = "T00:00"] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?Z?$/.exec(text) ?? [];
  const ms = Date.parse(`${day}${time}Z`);
  return day === undefined || Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** As a list's `asOf`: later than every time of ISO 8601. */
export const ANY_TIME = "9";

/** @returns the query with this range of times; without one where neither is given. @param range ms since the epoch */
export function ranged(text: string, { from, to }: { readonly from?: number; readonly to?: number } = {}): string {
  const shortOf = (ms: number) => new Date(ms).toISOString().replace(/(?::00)?\.000Z$/, "");
  return [
    ...wordsOf(text).filter((word) => !/^(?:from|to):/.test(word)),
    ...(from === undefined ? [] : [`from:${shortOf(from)}`]),
    ...(to === undefined ? [] : [`to:${shortOf(to)}`]),
  ].join(" ");
}

const wordsOf = (text: string): readonly string[] => text.trim().split(/\s+/).filter(Boolean);

/** @returns the query with this value of a field added, or removed where it has it */
export function toggled(text: string, field: QueryField, value: string): string {
  const { fields } = parseQuery(text);
  const values = fields[field] ?? [];
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  const others = wordsOf(text).filter((word) => !word.startsWith(`${field}:`));
  return [...others, ...(next.length > 0 ? [`${field}:${next.join(",")}`] : [])].join(" ");
}
