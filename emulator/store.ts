import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

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
 * @throws StoreError when the folder is not writable, another process holds the file, or the file is not a store
 */
export function openStore(file: string): Store {
  const db = openDatabase(file);
  const statements = new Map<string, StatementSync>();
  let open = false;
  let onCommit: (() => void)[] = [];

  const sql = (text: string): StatementSync => {
    const cached = statements.get(text);
    if (cached) return cached;
    const prepared = db.prepare(text);
    statements.set(text, prepared);
    return prepared;
  };

  const transaction = <T>(fn: () => T): T => {
    if (open) return fn();
    sql("BEGIN IMMEDIATE").run();
    open = true;
    let result: T;
    try {
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
