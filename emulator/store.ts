import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementResultingChanges, type StatementSync } from "node:sqlite";

/** The durable state of the emulated services in one SQLite file: messages, pending deliveries, archives, secrets. */
export interface Store {
  readonly file: string;
  /** Prepares a statement. Statements are cached by their text, so hot paths may call this each time. */
  sql(text: string): StatementSync;
  /**
   * Runs `fn` in a transaction: commits when it returns, rolls back when it throws. A nested transaction joins the outer one.
   * @param fn must be synchronous; the transaction would commit before a promise settles
   * @throws TypeError when `fn` returns a promise
   */
  transaction<T>(fn: () => T): T;
  /** Runs `fn` after the open transaction commits, never after a rollback. Runs it at once when no transaction is open. */
  afterCommit(fn: () => void): void;
  close(): void;
}

/** Instead of a file: a store that ends with the process. https://www.sqlite.org/inmemorydb.html */
export const IN_MEMORY = ":memory:";

/** The state file can't be used. The message gives the reason and the remedy. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/**
 * Opens the file, or creates it with mode 0600 because it holds the values of secrets.
 *
 * Uses a write-ahead log with `synchronous = NORMAL`: commits survive the end of the process, including `kill -9`. A power cut can
 * lose the last commits but leaves the file consistent. This makes a commit about a hundred times cheaper, which suits a development
 * machine. Only one process can open the file: it holds the lock until `close` or until it ends.
 *
 * @param file path, or `IN_MEMORY`
 * @param onProblem called when the file can't be written any more, as on a full disk, and when it can again. Meanwhile each write throws SQLite's
 *   error, and what was committed stays. @default no notice
 * @throws StoreError when the folder is not writable, another process holds the file, or the file is not a store
 */
export function openStore(file: string, onProblem: (message: string) => void = () => {}): Store {
  const db = openDatabase(file);
  let isFull = false;
  /** Runs a statement that may write, and reports the first failure for want of space, and the first success after it. */
  const written = <T>(text: string, write: () => T): T => {
    try {
      const result = write();
      // Within a transaction, the commit decides.
      const isDone = text === "COMMIT" || (!open && text !== "ROLLBACK");
      if (isFull && isDone) onProblem(`The state file ${file} is written again.`);
      if (isDone) isFull = false;
      return result;
    } catch (error) {
      if (isOutOfSpace(error) && !isFull) {
        isFull = true;
        onProblem(
          `The state file ${file} can't be written: ${(error as Error).message}. Free some space: until then the hub accepts nothing new. What it accepted is kept.`,
        );
      }
      throw error;
    }
  };
  const statements = new Map<string, StatementSync>();
  let open = false;
  let onCommit: (() => void)[] = [];

  const sql = (text: string): StatementSync => {
    const cached = statements.get(text);
    if (cached) return cached;
    const prepared = db.prepare(text);
    const run = prepared.run.bind(prepared);
    prepared.run = (...values: readonly unknown[]) =>
      written(text, () => Reflect.apply(run, prepared, values) as StatementResultingChanges);
    statements.set(text, prepared);
    return prepared;
  };

  const transaction = <T>(fn: () => T): T => {
    if (open) return fn();
    open = true;
    let result: T;
    try {
      sql("BEGIN IMMEDIATE").run();
      result = fn();
      if (result instanceof Promise) throw new TypeError("A transaction's function returned a promise. Make it synchronous.");
      sql("COMMIT").run();
    } catch (error) {
      onCommit = [];
      if (db.isTransaction) sql("ROLLBACK").run();
      throw error;
    } finally {
      open = false;
    }
    const listeners = onCommit;
    onCommit = [];
    for (const listener of listeners) listener();
    return result;
  };

  return {
    file,
    sql,
    transaction,
    afterCommit: (fn) => {
      if (open) onCommit.push(fn);
      else fn();
    },
    close: () => {
      statements.clear();
      if (db.isOpen) db.close();
    },
  };
}

/** SQLITE_FULL, and SQLITE_IOERR with what it says more of. https://www.sqlite.org/rescode.html */
export function isOutOfSpace(error: unknown): boolean {
  const { errcode = 0 } = error as { readonly errcode?: number };
  return errcode === 13 || (errcode & 0xff) === 10;
}

function openDatabase(file: string): DatabaseSync {
  try {
    if (file !== IN_MEMORY) createPrivately(file);
    const db = new DatabaseSync(file, { timeout: 250 });
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT");
    return db;
  } catch (error) {
    throw new StoreError(explain(file, error), { cause: error });
  }
}

function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite creates its log with the mode of the database file, so set the mode before opening the database.
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
}

function explain(file: string, error: unknown): string {
  const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
  if (code === "EACCES" || code === "EROFS" || code === "EPERM") {
    return `The state file ${file} is not writable. Choose another folder with --data, or change its permissions.`;
  }
  // SQLITE_BUSY and SQLITE_NOTADB, https://www.sqlite.org/rescode.html
  if (errcode === 5) return `Another hub uses the state file ${file}. Stop it, or choose another folder with --data.`;
  if (errcode === 26) return `The file ${file} is not the state of a hub. Move it away, or choose another folder with --data.`;
  return `The state file ${file} can't be opened: ${message}. Choose another folder with --data.`;
}
