import { causeGroupOf } from "../../protocol/dead-letter-groups.ts";
import { groupIdOf } from "../../runtime/functions/dead-letters/groups.ts";
import type { Counts, DeadLetterGroup, DeadLetterPage, DeadLetterRow } from "../shared/api.ts";
import type { IndexDatabase } from "./index-database.ts";
import type { DeadLetterQuery } from "./parameters.ts";
import type { FirstFailures } from "./sparks.ts";

export type IndexedDeadLetter = DeadLetterRow & { readonly version: number };

const COLUMNS = "id, state, flow, step, requestId, correlationId, errorCode, errorMessage, attempts, times, at, firstAt";
const GROUPS = 200;

/** Dead letters of the index. */
export function deadLetterIndex({ sql }: IndexDatabase) {
  const where = (query: DeadLetterQuery) => {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
    return {
      text: ["1", ...given.map(([name]) => `${name} = ?`)].join(" AND "),
      values: given.map(([, value]) => String(value)),
    };
  };
  return {
    put(row: IndexedDeadLetter): void {
      const { id, state, flow, step, requestId, correlationId, errorCode, errorMessage } = row;
      const group = causeGroupOf(row);
      sql(
        `INSERT INTO deadLetters (${COLUMNS}, cause, thirdParty, pattern, version)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET state = excluded.state, errorCode = excluded.errorCode, errorMessage = excluded.errorMessage,
          cause = excluded.cause, thirdParty = excluded.thirdParty, pattern = excluded.pattern, attempts = excluded.attempts, times = excluded.times, at = excluded.at, version = excluded.version
          WHERE excluded.version >= version`,
      ).run(
        ...[id, state, flow, step, requestId, correlationId, errorCode, errorMessage],
        ...[row.attempts, row.times, row.at, row.firstAt, groupIdOf(group), group.thirdParty, group.pattern, row.version],
      );
    },
    /** @returns id of its request; empty where the index lacks it */
    remove: (id: string): string =>
      String(sql("DELETE FROM deadLetters WHERE id = ? RETURNING requestId").get(id)?.requestId ?? ""),
    ofRequest: (requestId: string) =>
      sql(`SELECT ${COLUMNS} FROM deadLetters WHERE requestId = ? ORDER BY firstAt LIMIT 200`).all(
        requestId,
      ) as unknown as readonly DeadLetterRow[],
    /** Open ones by flow and step: `<flow>/<step>`. */
    openByStep: (): Counts =>
      Object.fromEntries(
        sql("SELECT flow, step, count(*) AS n FROM deadLetters WHERE state = 'open' GROUP BY flow, step")
          .all()
          .map(({ flow, step, n }) => [`${flow}/${step}`, Number(n)]),
      ),
    /** Groups are without what operators noted. */
    page(query: DeadLetterQuery, offset: number, limit: number): Omit<DeadLetterPage, "sparks"> {
      const { text, values } = where(query);
      const { state } = query;
      const scope = where({ ...(state !== undefined && { state }) });
      const groups = sql(
        `SELECT cause AS id, flow, step, errorCode, thirdParty, pattern, count(*) AS count, min(firstAt) AS firstAt, max(at) AS at
          FROM deadLetters WHERE ${scope.text} GROUP BY cause ORDER BY at DESC LIMIT ${GROUPS}`,
      )
        .all(...scope.values)
        .map((group) => ({ ...group, noted: null }));
      return {
        rows: sql(`SELECT ${COLUMNS} FROM deadLetters WHERE ${text} ORDER BY at DESC, id LIMIT ? OFFSET ?`).all(
          ...values,
          limit,
          offset,
        ) as unknown as readonly DeadLetterRow[],
        total: Number(sql(`SELECT count(*) AS n FROM deadLetters WHERE ${text}`).get(...values)?.n ?? 0),
        states: Object.fromEntries(
          sql("SELECT state, count(*) AS n FROM deadLetters GROUP BY state")
            .all()
            .map(({ state, n }) => [String(state), Number(n)]),
        ),
        groups: groups as unknown as readonly DeadLetterGroup[],
      };
    },
    /** By group and minute. */
    firstFailures({ state }: DeadLetterQuery): readonly FirstFailures[] {
      const { text, values } = where({ ...(state !== undefined && { state }) });
      return sql(
        `SELECT cause AS "group", min(firstAt) AS at, count(*) AS n FROM deadLetters WHERE ${text} GROUP BY cause, substr(firstAt, 1, 16)`,
      ).all(...values) as unknown as readonly FirstFailures[];
    },
    /** @returns ids of the open dead letters that match, the oldest first */
    openIds: (query: Omit<DeadLetterQuery, "state">, limit: number): readonly string[] => {
      const { text, values } = where({ ...query, state: "open" });
      return sql(`SELECT id FROM deadLetters WHERE ${text} ORDER BY at, id LIMIT ?`)
        .all(...values, limit)
        .map(({ id }) => String(id));
    },
  };
}
export type DeadLetterIndex = ReturnType<typeof deadLetterIndex>;
