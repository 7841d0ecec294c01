import type { Store } from "../store.ts";
import type { Target } from "./target.ts";

/** The part of a target that is stored with a delivery. */
export type DeliveryTarget = Omit<Target, "payload">;

/** A pending delivery of an event to a target. Times are milliseconds since the epoch. */
export interface Delivery {
  readonly id: number;
  readonly target: DeliveryTarget;
  /** JSON of the event, the message body in the dead-letter queue. */
  readonly event: string;
  /** JSON of the target's input. */
  readonly payload: string;
  /** Number of failed attempts. */
  readonly attempts: number;
  readonly acceptedAt: number;
  readonly nextAt: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, event TEXT NOT NULL, payload TEXT NOT NULL,
    attempts INTEGER NOT NULL, acceptedAt INTEGER NOT NULL, nextAt INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS deliveriesByTime ON deliveries (nextAt)`;

/** Deliveries that a target has not accepted yet. */
export class DeliveryTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    for (const statement of SCHEMA.split(";")) store.sql(statement).run();
  }

  insert({ target, event, payload, attempts, acceptedAt, nextAt }: Omit<Delivery, "id">): void {
    this.#store
      .sql("INSERT INTO deliveries (target, event, payload, attempts, acceptedAt, nextAt) VALUES (?, ?, ?, ?, ?, ?)")
      .run(JSON.stringify(target), event, payload, attempts, acceptedAt, nextAt);
  }

  postpone(id: number, attempts: number, nextAt: number): void {
    this.#store.sql("UPDATE deliveries SET attempts = ?, nextAt = ? WHERE id = ?").run(attempts, nextAt, id);
  }

  delete(id: number): void {
    this.#store.sql("DELETE FROM deliveries WHERE id = ?").run(id);
  }

  /** Up to `max` deliveries, the next one due first. */
  upcoming(max: number): Delivery[] {
    return this.#store
      .sql("SELECT * FROM deliveries ORDER BY nextAt, id LIMIT ?")
      .all(max)
      .map((row) => ({ ...row, target: JSON.parse(String(row.target)) }) as unknown as Delivery);
  }

  count(): number {
    return Number(this.#store.sql("SELECT COUNT(*) AS n FROM deliveries").get()?.n ?? 0);
  }
}
