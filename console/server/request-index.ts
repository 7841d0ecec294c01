import type { Counts, Histogram, RequestPage, RequestRow } from "../shared/api.ts";
import { barsBetween } from "../shared/bars.ts";
import { parseQuery, type Query, type QueryField } from "../shared/query.ts";
import type { IndexDatabase } from "./index-database.ts";

/** A row, and the number of the write that it comes from. */
export type IndexedRequest = RequestRow & {
  readonly rev: number;
  /** Deliveries that have failed and wait for their next attempt, or make it, by step. */
  readonly retrying: Counts;
};

const COLUMNS = "requestId, correlationId, tenant, flow, status, createdAt, updatedAt, step, error";
/** After every other character. */
const LAST = "\u{10ffff}";

/** Requests of the index. */
export function requestIndex({ sql }: IndexDatabase) {
  /** Total and facets from one pass: the query's own filters of facets are applied to the counts. */
  const countsOf = ({ text, values }: Where, { fields }: Query) => {
    const status: Record<string, number> = {};
    const flow: Record<string, number> = {};
    let total = 0;
    const isWanted = (field: "status" | "flow", value: string) => fields[field]?.some((one) => isMatch(one, value)) ?? true;
    const groups = sql(`SELECT flow, status, count(*) AS n FROM requests WHERE ${text} GROUP BY flow, status`).all(...values);
    for (const group of groups) {
      const [ofFlow, ofStatus, n] = [String(group.flow), String(group.status), Number(group.n)];
      const [flowWanted, statusWanted] = [isWanted("flow", ofFlow), isWanted("status", ofStatus)];
      if (flowWanted) status[ofStatus] = (status[ofStatus] ?? 0) + n;
      if (statusWanted) flow[ofFlow] = (flow[ofFlow] ?? 0) + n;
      if (flowWanted && statusWanted) total += n;
    }
    return { total, facets: { status, flow } };
  };
  const count = ({ text, values }: Where, by = "") =>
    Number(sql(`SELECT count(*) AS n FROM requests ${by} WHERE ${text}`).get(...values)?.n ?? 0);

  return {
    /** A write that is older than the known one changes nothing. */
    put(row: IndexedRequest): void {
      const { requestId, correlationId, tenant, flow, status, createdAt, updatedAt, step, error, retrying, rev } = row;
      const waiting = Object.keys(retrying).length > 0 ? JSON.stringify(retrying) : "";
      sql(
        `INSERT INTO requests (${COLUMNS}, retrying, rev) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (requestId) DO UPDATE SET
          correlationId = excluded.correlationId, tenant = excluded.tenant, flow = excluded.flow, status = excluded.status,
          createdAt = excluded.createdAt, updatedAt = excluded.updatedAt, step = excluded.step, error = excluded.error,
          retrying = excluded.retrying, rev = excluded.rev WHERE excluded.rev >= rev`,
      ).run(requestId, correlationId, tenant, flow, status, createdAt, updatedAt, step, error, waiting, rev);
    },
    remove(requestId: string): void {
      sql("DELETE FROM requests WHERE requestId = ?").run(requestId);
    },
    get(requestId: string): RequestRow | undefined {
      return sql(`SELECT ${COLUMNS} FROM requests WHERE requestId = ?`).get(requestId) as RequestRow | undefined;
    },

    /**
     * @param options.query as `parseQuery` reads it
     * @param options.asOf ISO 8601: later requests are only counted, so that places stay
     */
    page(options: {
      /** Leaves counts out, which the first part of a list has. @default false */
      readonly rowsOnly?: boolean;
      readonly query: string;
      readonly offset: number;
      readonly limit: number;
      readonly asOf: string;
      readonly now: number;
    }): RequestPage {
      const query = parseQuery(options.query);
      const until: Condition = { text: "createdAt <= ?", values: [options.asOf] };
      const { text, values } = all([until, ...conditionsOf(query, options.now)]);
      // The places come from an index alone; only the rows that are shown are read. Of most requests, none need be sorted.
      const by = isWide(query) ? BY_TIME : "";
      const rows = sql(
        `SELECT ${COLUMNS} FROM requests WHERE rowid IN (
          SELECT rowid FROM requests ${by} WHERE ${text} ORDER BY createdAt DESC, requestId DESC LIMIT ? OFFSET ?)
        ORDER BY createdAt DESC, requestId DESC`,
      ).all(...values, options.limit, options.offset) as unknown as RequestRow[];
      if (options.rowsOnly) return { rows, total: 0, more: false, facets: { status: {}, flow: {} }, newer: 0 };
      const later: Condition = { text: "createdAt > ?", values: [options.asOf] };
      const counts = countsOf(all([until, ...conditionsOf(query, options.now, FACETS)]), query);
      return { rows, ...counts, more: false, newer: count(all([later, ...conditionsOf(query, options.now)])) };
    },

    /** @returns ids of the requests that match, the newest first */
    ids({
      query,
      asOf,
      limit,
      now,
    }: {
      readonly query: string;
      readonly asOf: string;
      readonly limit: number;
      readonly now: number;
    }) {
      const until: Condition = { text: "createdAt <= ?", values: [asOf] };
      const { text, values } = all([until, ...conditionsOf(parseQuery(query), now)]);
      return sql(`SELECT requestId FROM requests WHERE ${text} ORDER BY createdAt DESC, requestId DESC LIMIT ?`)
        .all(...values, limit)
        .map(({ requestId }) => String(requestId));
    },

    /** Requests that match by the time of their creation: the query's own range of times aside, so that another one can be chosen. */
    histogram(options: { readonly query: string; readonly asOf: string; readonly now: number }): Histogram {
      const query: Query = { ...parseQuery(options.query), from: undefined, to: undefined };
      const until: Condition = { text: "createdAt <= ?", values: [options.asOf] };
      const where = all([until, ...conditionsOf(query, options.now)]);
      const { text, values } = where;
      const end = (order: "ASC" | "DESC") =>
        sql(`SELECT createdAt FROM requests WHERE ${text} ORDER BY createdAt ${order} LIMIT 1`).get(...values)?.createdAt;
      const [first, last] = [end("ASC"), end("DESC")];
      if (first === undefined || last === undefined) return { from: "", barMs: 0, bars: [] };
      const scale = barsBetween(String(first), String(last));
      const bars = Array.from({ length: scale.count }, () => ({ count: 0, failed: 0 }));
      const grouped = (condition: Where, name: "count" | "failed") => {
        const groups = sql(
          `SELECT substr(createdAt, 1, ${scale.digits}) AS time, count(*) AS n FROM requests WHERE ${condition.text} GROUP BY time`,
        );
        for (const { time, n } of groups.all(...condition.values)) {
          const bar = bars[scale.barOf(String(time))];
          if (bar) bar[name] += Number(n);
        }
      };
      const failed = FAILED.filter((status) => query.fields.status?.some((wanted) => isMatch(wanted, status)) ?? true);
      if (failed.length > 0) grouped(all([where, inList("status", failed)]), "failed");
      if (!isWide(query)) grouped(where, "count");
      else {
        // The bars say which times are meant: a second bound of the same column would have the index read to its end for each of them.
        const others = conditionsOf({ ...query, olderThan: undefined, youngerThan: undefined }, options.now);
        for (const [n, bar] of bars.entries()) {
          const [begin, end] = [n, n + 1].map((at) => new Date(Date.parse(scale.from) + at * scale.barMs).toISOString());
          const values = [String(n === 0 ? first : begin), String(n === bars.length - 1 ? last : end)];
          const times = { text: `createdAt >= ? AND createdAt ${n === bars.length - 1 ? "<=" : "<"} ?`, values };
          bar.count = count(all([times, ...others]), BY_TIME);
        }
      }
      return { from: scale.from, barMs: scale.barMs, bars };
    },

    /** Requests with these statuses, by the last change. */
    latest: (statuses: readonly string[], limit: number) =>
      sql(
        `SELECT ${COLUMNS} FROM requests WHERE status IN (${statuses.map(() => "?").join(", ")}) ORDER BY createdAt DESC LIMIT ?`,
      ).all(...statuses, limit) as unknown as readonly RequestRow[],

    related: (correlationId: string, except: string, limit: number) =>
      sql(`SELECT ${COLUMNS} FROM requests WHERE correlationId = ? AND requestId <> ? ORDER BY createdAt LIMIT ?`).all(
        correlationId,
        except,
        limit,
      ) as unknown as readonly RequestRow[],

    /** Counts by flow and status. */
    byFlow(): ReadonlyMap<string, Counts> {
      const counts = new Map<string, Record<string, number>>();
      for (const { flow, status, n } of sql("SELECT flow, status, count(*) AS n FROM requests GROUP BY flow, status").all()) {
        const known = counts.get(String(flow)) ?? {};
        known[String(status)] = Number(n);
        counts.set(String(flow), known);
      }
      return counts;
    },
    /** Deliveries of a flow that retry, by step. */
    retrying(flow: string): Counts {
      const sums: Record<string, number> = {};
      for (const { retrying } of sql("SELECT retrying FROM requests WHERE flow = ? AND retrying <> ''").all(flow))
        for (const [step, n] of Object.entries(JSON.parse(String(retrying)) as Counts)) sums[step] = (sums[step] ?? 0) + n;
      return sums;
    },
    count: () => Number(sql("SELECT count(*) AS n FROM requests").get()?.n ?? 0),
  };
}
export type RequestIndex = ReturnType<typeof requestIndex>;

interface Condition {
  readonly text: string;
  readonly values: readonly string[];
}
type Where = Condition;

/** Statuses that a bar of the histogram marks. */
const FAILED = ["blocked", "failed", "compensation-failed"] as const;

const inList = (column: string, values: readonly string[]): Condition => ({
  text: `${column} IN (${values.map(() => "?").join(", ")})`,
  values,
});
/** Its columns are those that a wide query asks for. */
const BY_TIME = "INDEXED BY requestsByTime";
/** Whether most requests may match: ranges of the index by time are counted then, since groups of so many would have to be sorted. */
const isWide = ({ fields, texts }: Query) =>
  texts.length === 0 && Object.keys(fields).every((field) => (FACETS as readonly string[]).includes(field));

/** Fields by whose values the matching requests are counted. */
const FACETS: readonly QueryField[] = ["status", "flow"];
const isMatch = (wanted: string, value: string) =>
  wanted.endsWith("*") ? value.startsWith(wanted.slice(0, -1)) : value === wanted;

const all = (conditions: readonly Condition[]): Where => ({
  text: conditions.map(({ text }) => text).join(" AND "),
  values: conditions.flatMap(({ values }) => values),
});
const anyOf = (conditions: readonly Condition[]): Condition => ({
  text: `(${conditions.map(({ text }) => text).join(" OR ")})`,
  values: conditions.flatMap(({ values }) => values),
});

const BY_COLUMN: Readonly<Record<Exclude<QueryField, "key">, string>> = {
  status: "status",
  flow: "flow",
  tenant: "tenant",
  error: "error",
  step: "step",
  correlation: "correlationId",
};
/** The columns' collation is binary, so the begin of a value is a range of the index. */
const beginsWith = (column: string, begin: string): Condition => ({
  text: `(${column} >= ? AND ${column} < ?)`,
  values: [begin, begin + LAST],
});
const matches = (column: string, value: string): Condition =>
  value.endsWith("*") ? beginsWith(column, value.slice(0, -1)) : { text: `${column} = ?`, values: [value] };
const inPayload = (value: string): Condition => {
  const { text, values } = matches("value", value);
  return { text: `requestId IN (SELECT requestId FROM keys WHERE ${text})`, values };
};

function conditionsOf(query: Query, now: number, without: readonly QueryField[] = []): readonly Condition[] {
  const { fields, olderThan, youngerThan, from, to, texts } = query;
  const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  return [
    ...Object.entries(fields).flatMap(([field, values]) => {
      if (without.includes(field as QueryField)) return [];
      const column = BY_COLUMN[field as Exclude<QueryField, "key">];
      return [anyOf(values.map((value) => (field === "key" ? inPayload(value) : matches(column, value))))];
    }),
    ...("error" in fields ? [{ text: "error <> ''", values: [] }] : []),
    ...(olderThan === undefined ? [] : [{ text: "createdAt <= ?", values: [ago(olderThan)] }]),
    ...(youngerThan === undefined ? [] : [{ text: "createdAt >= ?", values: [ago(youngerThan)] }]),
    ...(from === undefined ? [] : [{ text: "createdAt >= ?", values: [from] }]),
    ...(to === undefined ? [] : [{ text: "createdAt < ?", values: [to] }]),
    ...texts.map((text) =>
      anyOf([...["requestId", "correlationId"].map((column) => beginsWith(column, text.replace(/\*$/, ""))), inPayload(text)]),
    ),
  ];
}
