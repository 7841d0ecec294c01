import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** All that the local hub must remember, in one SQLite file: messages, deliveries that are due, archives, secrets. */
export interface Store {
  readonly file: string;
  /** A prepared statement; the same text gives the same statement, so it may be called on hot paths. */
  sql(text: string): StatementSync;
  /**
   * Runs `fn` so that all it writes lasts, or nothing of it when it throws. A transaction inside a transaction joins the outer one.
   * @param fn synchronous; a promise would end the transaction before its work is done
   */
  transaction<T>(fn: () => T): T;
  /** Runs `fn` once what the open transaction wrote is durable, and never when it is rolled back; at once when none is open. */
  afterCommit(fn: () => void): void;
  close(): void;
}

/** The store's file can't be used; the message says why and what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/**
 * Opens the file, or makes it with mode 0600 (it holds secrets' values).
 *
 * Write-ahead log with `synchronous = NORMAL`: what was committed survives the end of the process, `kill -9` included. It is not
 * enough for a power cut, which can take the last commits (the file stays consistent): a development machine's bargain, for it
 * makes a commit about a hundred times cheaper. One process at a time: the lock is held until `close` or the process's end.
 *
 * @throws StoreError when the folder can't be written to, another process holds the file, or it is not a store
 */
export function openStore(file: string): Store {
  const db = openDatabase(file);
  const statements = new Map<string, StatementSync>();
  let open = false;
  let onCommit: (() => void)[] = [];

  const sql = (text: string): StatementSync => {
    const known = statements.get(text);
    if (known) return known;
    const made = db.prepare(text);
    statements.set(text, made);
    return made;
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
    const due = onCommit;
    onCommit = [];
    for (const listener of due) listener();
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
    mkdirSync(dirname(file), { recursive: true });
    // SQLite gives its log the mode of the file, so the mode must be right before the database is opened.
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    const db = new DatabaseSync(file, { timeout: 250 });
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT");
    return db;
  } catch (error) {
    throw new StoreError(explain(file, error), { cause: error });
  }
}

function explain(file: string, error: unknown): string {
  const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
  if (code === "EACCES" || code === "EROFS" || code === "EPERM") {
    return `The state file ${file} can't be written to. Choose another folder with --data, or mend its permissions.`;
  }
  // SQLITE_BUSY and SQLITE_NOTADB, https://www.sqlite.org/rescode.html
  if (errcode === 5) return `Another hub uses the state file ${file}. End it, or choose another folder with --data.`;
  if (errcode === 26) return `The file ${file} is not the state of a hub. Move it away, or choose another folder with --data.`;
  return `The state file ${file} can't be opened: ${message}. Choose another folder with --data.`;
}
