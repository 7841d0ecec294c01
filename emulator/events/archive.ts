import type { Clock } from "../clock.ts";
import { parseKeepingDigits } from "../json.ts";
import type { Store } from "../store.ts";
import type { BusEvent } from "./event.ts";
import { compilePattern, type EventTest } from "./pattern.ts";

/** An archive as the recorded `aws:cloudwatch/eventArchive:EventArchive` declares it. */
export interface ArchiveDeclaration {
  readonly name: string;
  readonly arn: string;
  readonly busArn: string;
  /** 0 retains events indefinitely, as on AWS. @default 0 */
  readonly retentionDays?: number;
  /** JSON of the event pattern; only matching events are archived. @default all events of the bus */
  readonly pattern?: string;
}
/** An event with its place among all archived events; places grow. */
export interface ArchivedEvent {
  readonly place: number;
  readonly event: BusEvent;
}
interface Archive {
  readonly arn: string;
  readonly busArn: string;
  readonly retentionMs: number;
  readonly matches: EventTest;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS archivedEvents (id INTEGER PRIMARY KEY AUTOINCREMENT, archive TEXT NOT NULL, acceptedAt INTEGER NOT NULL, event TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS archivedEventsByTime ON archivedEvents (archive, acceptedAt)`;

/** Event archives. Events are deleted after the archive's retention period. */
export class Archives {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #archives = new Map<string, Archive>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    for (const statement of SCHEMA.split(";")) store.sql(statement).run();
  }

  /**
   * Creates or changes an archive; its events stay.
   * @throws PatternError
   */
  define({ arn, busArn, retentionDays = 0, pattern }: ArchiveDeclaration): void {
    const matches = pattern === undefined ? () => true : compilePattern(pattern);
    this.#archives.set(arn, {
      arn,
      busArn,
      retentionMs: retentionDays === 0 ? Number.POSITIVE_INFINITY : retentionDays * 86_400_000,
      matches,
    });
  }

  has(arn: string): boolean {
    return this.#archives.has(arn);
  }

  /** Stores an event in the matching archives of its bus. Call it in the transaction that accepts the event. */
  add(busArn: string, event: BusEvent, eventJson: string): void {
    for (const archive of this.#archives.values()) {
      if (archive.busArn !== busArn || !archive.matches(event)) continue;
      this.#expire(archive);
      this.#store
        .sql("INSERT INTO archivedEvents (archive, acceptedAt, event) VALUES (?, ?, ?)")
        .run(archive.arn, this.#now(), eventJson);
    }
  }

  /**
   * Events of an archive, oldest first.
   * @param range.from milliseconds since the epoch, inclusive. @default all
   * @param range.to milliseconds since the epoch, exclusive. @default all
   * @returns an empty list for an unknown archive
   */
  events(arn: string, { from = 0, to = Number.MAX_SAFE_INTEGER }: { from?: number; to?: number } = {}): BusEvent[] {
    const archive = this.#archives.get(arn);
    if (!archive) return [];
    this.#expire(archive);
    return this.#store
      .sql("SELECT event FROM archivedEvents WHERE archive = ? AND acceptedAt >= ? AND acceptedAt < ? ORDER BY acceptedAt, id")
      .all(arn, Math.floor(from), Math.floor(to))
      .map(({ event }) => parseKeepingDigits(String(event)) as BusEvent);
  }

  /**
   * Events of all archives in the order in which the bus accepted them.
   * @param place of the last event that is known; 0 for all
   * @param limit most events, 1 or more
   */
  after(place: number, limit: number): readonly ArchivedEvent[] {
    return this.#store
      .sql("SELECT id, event FROM archivedEvents WHERE id > ? ORDER BY id LIMIT ?")
      .all(place, limit)
      .map(({ id, event }) => ({ place: Number(id), event: parseKeepingDigits(String(event)) as BusEvent }));
  }

  /** @returns `undefined` where the event has expired */
  at(place: number): BusEvent | undefined {
    const row = this.#store.sql("SELECT event FROM archivedEvents WHERE id = ?").get(place);
    return row && (parseKeepingDigits(String(row.event)) as BusEvent);
  }

  #expire({ arn, retentionMs }: Archive): void {
    if (retentionMs === Number.POSITIVE_INFINITY) return;
    this.#store.sql("DELETE FROM archivedEvents WHERE archive = ? AND acceptedAt < ?").run(arn, this.#now() - retentionMs);
  }

  #now(): number {
    return Math.floor(this.#clock.now());
  }
}
