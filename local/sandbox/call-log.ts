import { openStore, type Store } from "../../emulator/store.ts";
import type { Answer, Call, Effect, ListedEffect } from "./types.ts";

const KEPT_CALLS = 10_000;
const KEPT_EFFECTS = 100_000;
const LARGEST_PAGE = 1_000;

export interface CallFilter {
  readonly target?: string | undefined;
  readonly operation?: string | undefined;
  readonly correlationId?: string | undefined;
}

/** The calls that the third parties received, and their effects. A file keeps them over a restart. */
export class CallLog {
  readonly #store: Store;
  #written = 0;

  /** @throws StoreError when the file can't be opened */
  constructor(file: string) {
    this.#store = openStore(file);
    this.#store
      .sql(`CREATE TABLE IF NOT EXISTS sandbox_calls (
      id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, target TEXT NOT NULL, operation TEXT, method TEXT NOT NULL,
      path TEXT NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL, status INTEGER, idempotency_key TEXT,
      effect TEXT NOT NULL, correlation_id TEXT)`)
      .run();
    this.#store
      .sql(`CREATE TABLE IF NOT EXISTS sandbox_effects (
      id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, operation TEXT NOT NULL, idempotency_key TEXT, answer TEXT NOT NULL,
      UNIQUE (target, operation, idempotency_key))`)
      .run();
    const columns = this.#store.sql("SELECT name FROM pragma_table_info('sandbox_effects')").all();
    // Data folders of older versions lack this column.
    if (!columns.some(({ name }) => name === "correlation_id"))
      this.#store.sql("ALTER TABLE sandbox_effects ADD COLUMN correlation_id TEXT").run();
  }

  /** Records a call when it arrives. @returns its id */
  received(call: Omit<Call, "id" | "status" | "effect">): number {
    const { time, target, operation, method, path, headers, body, idempotencyKey } = call;
    const { lastInsertRowid } = this.#store
      .sql(`INSERT INTO sandbox_calls (time, target, operation, method, path, headers, body, idempotency_key, effect, correlation_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'none', ?)`)
      .run(
        time,
        target,
        operation,
        method,
        path,
        JSON.stringify(headers),
        JSON.stringify(body),
        idempotencyKey,
        headers["x-correlation-id"] ?? null,
      );
    if (++this.#written % 100 === 0) this.#trim();
    return Number(lastInsertRowid);
  }

  answered(id: number, status: number): void {
    this.#store.sql("UPDATE sandbox_calls SET status = ? WHERE id = ?").run(status, id);
  }

  /** @returns the answer of the first call with this key; `undefined` when there was none */
  repeated(id: number, target: string, operation: string, idempotencyKey: string | null): Answer | undefined {
    const known = this.#store
      .sql("SELECT answer FROM sandbox_effects WHERE target = ? AND operation = ? AND idempotency_key = ?")
      .get(target, operation, idempotencyKey);
    if (!known) return undefined;
    this.#mark(id, "repeated");
    return JSON.parse(String(known.answer)) as Answer;
  }

  #mark(id: number, effect: Effect): void {
    this.#store.sql("UPDATE sandbox_calls SET effect = ? WHERE id = ?").run(effect, id);
  }

  /**
   * Records the effect of a call, once for each idempotency key.
   * @returns the answer of the first call with this key
   */
  apply(id: number, target: string, operation: string, idempotencyKey: string | null, answer: Answer): Answer {
    return this.#store.transaction(() => {
      const known = this.repeated(id, target, operation, idempotencyKey);
      if (known) return known;
      this.#mark(id, "applied");
      this.#store
        .sql(`INSERT INTO sandbox_effects (target, operation, idempotency_key, answer, correlation_id)
          VALUES (?, ?, ?, ?, (SELECT correlation_id FROM sandbox_calls WHERE id = ?))`)
        .run(target, operation, idempotencyKey, JSON.stringify(answer), id);
      return answer;
    });
  }

  /** @returns at most the last 10,000 calls, in the order of arrival */
  calls({
    target = null,
    operation = null,
    correlationId = null,
  }: { [K in keyof CallFilter]: string | null | undefined }): Call[] {
    const rows = this.#store
      .sql(`SELECT * FROM sandbox_calls WHERE target = ifnull(?, target) AND (? IS NULL OR operation = ?) AND (? IS NULL OR correlation_id = ?)
        ORDER BY id DESC LIMIT ${KEPT_CALLS}`)
      .all(target, operation, operation, correlationId, correlationId);
    return rows.reverse().map((row) => ({
      id: Number(row.id),
      time: String(row.time),
      target: String(row.target),
      operation: row.operation as string | null,
      method: String(row.method),
      path: String(row.path),
      headers: JSON.parse(String(row.headers)) as Record<string, string>,
      body: JSON.parse(String(row.body)) as unknown,
      status: row.status as number | null,
      idempotencyKey: row.idempotency_key as string | null,
      effect: row.effect as Effect,
    }));
  }

  /** Number of effects by operation. */
  effects(target: string | null): { target: string; operation: string; count: number }[] {
    const rows = this.#store
      .sql(
        "SELECT target, operation, count(*) AS count FROM sandbox_effects WHERE target = ifnull(?, target) GROUP BY target, operation ORDER BY 1, 2",
      )
      .all(target);
    return rows.map(({ target, operation, count }) => ({
      target: String(target),
      operation: String(operation),
      count: Number(count),
    }));
  }

  /** @returns at most `LARGEST_PAGE` effects after this id, oldest first */
  listEffects(after: number): ListedEffect[] {
    const rows = this.#store
      .sql("SELECT id, target, operation, idempotency_key, correlation_id FROM sandbox_effects WHERE id > ? ORDER BY id LIMIT ?")
      .all(after, LARGEST_PAGE);
    return rows.map((row) => ({
      id: Number(row.id),
      target: String(row.target),
      operation: String(row.operation),
      idempotencyKey: row.idempotency_key as string | null,
      correlationId: row.correlation_id as string | null,
    }));
  }

  deleteCalls(): void {
    this.#store.sql("DELETE FROM sandbox_calls").run();
  }

  deleteEffects(): void {
    this.#store.sql("DELETE FROM sandbox_effects").run();
  }

  close(): void {
    this.#store.close();
  }

  #trim(): void {
    this.#store.sql("DELETE FROM sandbox_calls WHERE id <= (SELECT max(id) FROM sandbox_calls) - ?").run(KEPT_CALLS);
    this.#store.sql("DELETE FROM sandbox_effects WHERE id <= (SELECT max(id) FROM sandbox_effects) - ?").run(KEPT_EFFECTS);
  }
}
