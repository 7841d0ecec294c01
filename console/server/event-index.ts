import { REPORTS } from "../../protocol/reports.ts";
import type { Counts, EventRow, PassedEvent, PassingEvents } from "../shared/api.ts";
import type { ArchivedEvent } from "./hub-port.ts";
import type { IndexDatabase } from "./index-database.ts";

const COLUMNS = "place, eventId, name, step, causationId, at";
/** Events of a request that are listed. */
const LISTED_EVENTS = 500;
const LONGEST_KEY = 128;

/** Events of the archive: where each is, and which request it belongs to. Payloads stay in the archive. */
export function eventIndex({ sql }: IndexDatabase) {
  return {
    /**
     * @param personal names of the fields that hold personal data: their values find nothing
     * @returns id of the event's request; `""` for an event that is not the hub's
     */
    put({ place, event }: ArchivedEvent, personal: ReadonlySet<string>): string {
      const { metadata, data } = event.detail as {
        readonly metadata?: Readonly<Record<string, unknown>>;
        readonly data?: unknown;
      };
      const name = event["detail-type"];
      const requestId = typeof metadata?.requestId === "string" ? metadata.requestId : "";
      sql("INSERT OR REPLACE INTO marks VALUES ('place', ?)").run(String(place));
      // Reports say what the ledger's facts say.
      if (metadata === undefined || requestId === "" || (REPORTS as readonly string[]).includes(name)) return requestId;
      const text = (field: string) => (typeof metadata[field] === "string" ? (metadata[field] as string) : "");
      sql(
        "INSERT OR REPLACE INTO events (place, requestId, eventId, name, flow, step, causationId, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ).run(
        ...[place, requestId, text("eventId"), name, text("flow"), text("step"), text("causationId")],
        text("occurredAt") || event.time,
      );
      for (const value of keysOf(data, personal)) sql("INSERT OR IGNORE INTO keys VALUES (?, ?)").run(value, requestId);
      return requestId;
    },
    /** Place of the last event that is indexed. */
    place: () => Number(sql("SELECT value FROM marks WHERE name = 'place'").get()?.value ?? 0),
    ofRequest: (requestId: string) =>
      sql(`SELECT ${COLUMNS} FROM events WHERE requestId = ? ORDER BY place LIMIT ${LISTED_EVENTS}`).all(
        requestId,
      ) as unknown as readonly EventRow[],
    /** @returns the newest ones first */
    latest({ names, by }: PassingEvents, limit: number): readonly PassedEvent[] {
      const from = by ? "AND flow = ? AND step = ? " : "";
      const text = `SELECT ${COLUMNS}, requestId FROM events WHERE name = ? ${from}ORDER BY place DESC LIMIT ?`;
      return names
        .flatMap((name) => sql(text).all(name, ...(by ? [by.flow, by.step] : []), limit) as unknown as readonly PassedEvent[])
        .sort((a, b) => b.place - a.place)
        .slice(0, limit);
    },
    /** Events since then, by flow. @param since ISO 8601 */
    byFlowSince: (since: string): Counts =>
      Object.fromEntries(
        sql("SELECT flow, count(*) AS n FROM events WHERE at >= ? GROUP BY flow")
          .all(since)
          .map(({ flow, n }) => [String(flow), Number(n)]),
      ),
    /** Events of a flow since then, by name. @param since ISO 8601 */
    byNameSince: (since: string): Counts =>
      Object.fromEntries(
        sql("SELECT name, count(*) AS n FROM events WHERE at >= ? GROUP BY name")
          .all(since)
          .map(({ name, n }) => [String(name), Number(n)]),
      ),
  };
}
export type EventIndex = ReturnType<typeof eventIndex>;

/** Fields by whose values people look for a request. */
const KEY_NAME = /^(id|key|reference|number)$|(Id|Key|Number|Reference|_id)$/;

/** @returns values of the payload's own fields, and of those one level below, that identify something */
function keysOf(data: unknown, personal: ReadonlySet<string>): readonly string[] {
  const fields = fieldsOf(data).filter(([name]) => !personal.has(name));
  return [...fields, ...fields.flatMap(([, value]) => fieldsOf(value))].flatMap(([name, value]) => {
    if (!KEY_NAME.test(name) || personal.has(name) || /secret|token|api_?key/i.test(name)) return [];
    const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
    return text !== "" && text.length <= LONGEST_KEY ? [text] : [];
  });
}

const fieldsOf = (value: unknown): readonly [string, unknown][] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
