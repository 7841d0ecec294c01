import { closeSync, openSync, rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** Raised with each change of the tables below: an index of another version is made anew. */
const VERSION = 4;

const SCHEMA = `
  CREATE TABLE requests (
    requestId TEXT PRIMARY KEY, correlationId TEXT NOT NULL, tenant TEXT NOT NULL, flow TEXT NOT NULL, status TEXT NOT NULL,
    createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, step TEXT NOT NULL, error TEXT NOT NULL,
    retrying TEXT NOT NULL, rev INTEGER NOT NULL) STRICT;
  CREATE INDEX requestsByTime ON requests (createdAt, requestId, flow, status);
  CREATE INDEX requestsByTenant ON requests (tenant, createdAt, flow, status);
  CREATE INDEX requestsByFlow ON requests (flow, status, createdAt);
  CREATE INDEX requestsByStatus ON requests (status, createdAt, flow);
  CREATE INDEX requestsByCorrelation ON requests (correlationId, createdAt);
  CREATE INDEX requestsByError ON requests (error, createdAt, flow, status) WHERE error <> '';
  CREATE INDEX requestsRetrying ON requests (flow, retrying) WHERE retrying <> '';
  CREATE TABLE deadLetters (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, flow TEXT NOT NULL, step TEXT NOT NULL, requestId TEXT NOT NULL,
    correlationId TEXT NOT NULL, errorCode TEXT NOT NULL, errorMessage TEXT NOT NULL, cause TEXT NOT NULL, thirdParty TEXT NOT NULL, pattern TEXT NOT NULL,
    attempts INTEGER NOT NULL, times INTEGER NOT NULL, at TEXT NOT NULL, firstAt TEXT NOT NULL, version INTEGER NOT NULL) STRICT;
  CREATE INDEX deadLettersByState ON deadLetters (state, at);
  CREATE INDEX deadLettersByRequest ON deadLetters (requestId);
  CREATE TABLE events (
    place INTEGER PRIMARY KEY, requestId TEXT NOT NULL, eventId TEXT NOT NULL, name TEXT NOT NULL, flow TEXT NOT NULL,
    step TEXT NOT NULL, causationId TEXT NOT NULL, at TEXT NOT NULL) STRICT;
  CREATE INDEX eventsByRequest ON events (requestId);
  CREATE INDEX eventsByName ON events (name, place);
  CREATE INDEX eventsByTime ON events (at, flow);
  CREATE TABLE keys (value TEXT NOT NULL, requestId TEXT NOT NULL, PRIMARY KEY (value, requestId)) STRICT, WITHOUT ROWID;
  CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** What the console knows of the hub's state, in a file of its own that may be deleted at any time. */
export interface IndexDatabase {
  /** Prepares a statement, each text once. */
  sql(text: string): StatementSync;
  transaction(run: () => void): void;
  /** False when the hub's state has to be read: the index is new, or the process ended without `close`. */
  readonly complete: boolean;
  close(complete: boolean): void;
}

/**
 * Opens the index, or makes it. Its file has mode 0600: it holds messages of errors and ids of orders.
 * @param file path, or `:memory:`
 */
export function openIndexDatabase(file: string): IndexDatabase {
  const db = usable(file) ?? fresh(file);
  const statements = new Map<string, StatementSync>();
  const sql = (text: string) => {
    const statement = statements.get(text) ?? db.prepare(text);
    statements.set(text, statement);
    return statement;
  };
  const complete = sql("SELECT value FROM marks WHERE name = 'complete'").get() !== undefined;
  // Only `close` sets it again: after a crash the last writes may be missing.
  sql("DELETE FROM marks WHERE name = 'complete'").run();
  return {
    sql,
    complete,
    transaction(run) {
      db.exec("BEGIN");
      try {
        run();
        db.exec("COMMIT");
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    },
    close(isComplete) {
      if (isComplete) sql("INSERT OR REPLACE INTO marks VALUES ('complete', '1')").run();
      statements.clear();
      db.close();
    },
  };
}

/** @returns `undefined` for a file of another version, or one that is no database */
function usable(file: string): DatabaseSync | undefined {
  let db: DatabaseSync | undefined;
  try {
    if (file !== ":memory:") closeSync(openSync(file, "a", 0o600));
    db = new DatabaseSync(file);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000");
    if (db.prepare("PRAGMA user_version").get()?.user_version === VERSION) return db;
    db.close();
  } catch {
    if (db?.isOpen) db.close();
  }
  return undefined;
}

function fresh(file: string): DatabaseSync {
  if (file !== ":memory:") {
    for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
    closeSync(openSync(file, "a", 0o600));
  }
  const db = new DatabaseSync(file);
  db.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000; ${SCHEMA} PRAGMA user_version = ${VERSION}`,
  );
  return db;
}
