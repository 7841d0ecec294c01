/** Fields that a query of requests can name. */
export const QUERY_FIELDS = ["status", "flow", "tenant", "error", "step", "correlation", "key"] as const;
export type QueryField = (typeof QUERY_FIELDS)[number];

/** A query such as `status:blocked flow:order* age>1h A-1`. */
export interface Query {
  /** By field, values of which one must match; `*` at the end of a value stands for any rest. */
  readonly fields: Readonly<Partial<Record<QueryField, readonly string[]>>>;
  /** Minutes; requests that are at least, or at most, as old. */
  readonly olderThan: number | undefined;
  readonly youngerThan: number | undefined;
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
  for (const word of text.trim().split(/\s+/).filter(Boolean)) {
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
    const field = QUERY_FIELDS.find((name) => word.startsWith(`${name}:`));
    const value = field === undefined ? "" : word.slice(field.length + 1);
    if (field === undefined) texts.push(word);
    else if (value === "") problems.push(`${field}: gives no value.`);
    else fields[field] = [...(fields[field] ?? []), ...value.split(",").filter(Boolean)];
  }
  return { fields, olderThan, youngerThan, texts, problems };
}

/** @returns the query with this value of a field added, or removed where it has it */
export function toggled(text: string, field: QueryField, value: string): string {
  const { fields } = parseQuery(text);
  const values = fields[field] ?? [];
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  const others = text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "" && !word.startsWith(`${field}:`));
  return [...others, ...(next.length > 0 ? [`${field}:${next.join(",")}`] : [])].join(" ");
}
