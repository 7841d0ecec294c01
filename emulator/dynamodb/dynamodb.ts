import { join } from "node:path";
import type { Clock } from "../clock.ts";
import {
  type Account,
  type Authorizer,
  AwsError,
  type Caller,
  type Json,
  type Service,
  unknownOperation,
} from "../endpoint/service.ts";
import { accessOf } from "./access.ts";
import { startDynalite } from "./dynalite.ts";
import { Dynoxide, dynoxideBinary, secretAddress } from "./dynoxide.ts";
import { callEngine, type Engine } from "./engine.ts";
import { readTable, sameSchema, type Table, type TableDeclaration, TableDefinitionError } from "./table.ts";
import { sweepTable } from "./ttl-sweep.ts";
import { type ItemWrite, writesOf } from "./writes.ts";

export interface DynamoDbOptions extends Account {
  /** Folder for the engine's data. */
  readonly dataFolder: string;
  /** Called with a message when the engine exits unexpectedly. */
  readonly onCrash?: (message: string) => void;
}

/** Operations that callers can use. Only `defineTable` creates tables, and PartiQL is not simulated. */
const OPERATIONS: ReadonlySet<string> = new Set([
  "GetItem",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "Query",
  "Scan",
  "BatchGetItem",
  "BatchWriteItem",
  "TransactGetItems",
  "TransactWriteItems",
  "DescribeTable",
  "DescribeTimeToLive",
]);
/** Interval of the TTL sweep. AWS deletes expired items within a few days. */
const SWEEP_INTERVAL_MS = 60_000;

/** DynamoDB: authorizes each request and forwards it to dynoxide, or to dynalite where dynoxide is not installed or can't be hidden. */
export class DynamoDb implements Service {
  readonly target = "DynamoDB_20120810";
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #authorizer: Authorizer;
  readonly #account: Account;
  readonly #tables = new Map<string, Table>();
  readonly #stopping = new AbortController();
  readonly #sweeping: Promise<void>;
  readonly #listeners = new Set<(write: ItemWrite) => void>();

  private constructor(engine: Engine, clock: Clock, authorizer: Authorizer, account: Account) {
    this.#engine = engine;
    this.#clock = clock;
    this.#authorizer = authorizer;
    this.#account = account;
    this.#sweeping = this.#sweepLoop();
  }

  /**
   * Starts the engine and the TTL sweep.
   * @throws EngineError when no engine can be started
   */
  static async start(
    clock: Clock,
    authorizer: Authorizer,
    { dataFolder, onCrash, region, accountId }: DynamoDbOptions,
  ): Promise<DynamoDb> {
    const binary = dynoxideBinary();
    const address = await secretAddress();
    const engine =
      binary && address
        ? new Dynoxide(binary, join(dataFolder, "dynamodb.sqlite"), address, onCrash)
        : await startDynalite(join(dataFolder, "dynamodb"));
    await engine.url();
    return new DynamoDb(engine, clock, authorizer, { region, accountId });
  }

  /** Stops the sweep and the engine. Resolves when the engine has exited. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#sweeping;
    await this.#engine.stop();
  }

  /**
   * Creates the table if it does not exist.
   * @throws TableDefinitionError for an invalid declaration, or when the existing table has other keys or indexes
   */
  async defineTable(declaration: TableDeclaration): Promise<void> {
    const { table, create } = readTable(declaration);
    const existing = await this.#describe(table.name);
    if (!existing) await callEngine(this.#engine, "CreateTable", create);
    else if (!sameSchema(create, existing)) {
      throw new TableDefinitionError(
        `Table ${table.name} in the data folder has other keys or indexes than the declaration. Remove the folder, or choose another with --data.`,
      );
    }
    while ((await this.#describe(table.name))?.TableStatus !== "ACTIVE") await this.#clock.wait(10);
    this.#tables.set(table.name, table);
  }

  async #describe(name: string): Promise<Json | undefined> {
    try {
      const { Table } = await callEngine(this.#engine, "DescribeTable", { TableName: name });
      return Table as Json;
    } catch (error) {
      if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  /**
   * Calls the engine without authorization: the deployment writes and deletes items, and the console reads them.
   * @throws AwsError the engine's error
   */
  administer(operation: "PutItem" | "DeleteItem" | "GetItem" | "Query" | "Scan", input: Json): Promise<Json> {
    return callEngine(this.#engine, operation, input);
  }

  /**
   * Reports each item that a caller writes, after the engine has written it. Items that expire are not reported.
   * @returns a function that removes the listener
   */
  onWrite(listener: (write: ItemWrite) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async call(operation: string, input: Json, caller: Caller): Promise<Json> {
    if (!OPERATIONS.has(operation)) throw unknownOperation(this.target, operation);
    for (const { action, resource, leadingKeys } of accessOf(operation, input, (name) => this.#table(caller, operation, name))) {
      this.#authorizer.authorize(
        caller,
        `dynamodb:${action}`,
        resource,
        leadingKeys === undefined ? {} : { "dynamodb:LeadingKeys": leadingKeys },
      );
    }
    const output = await callEngine(this.#engine, operation, input);
    if (this.#listeners.size > 0)
      for (const write of writesOf(operation, input, output)) for (const listener of this.#listeners) listener(write);
    return output;
  }

  /** Finds a table. As on AWS, the caller must be authorized before the response reveals that the table does not exist. */
  #table(caller: Caller, operation: string, name: unknown): Table {
    const table = this.#tables.get(String(name));
    if (table) return table;
    if (typeof name !== "string" || !/^[\w.-]{3,255}$/.test(name)) {
      throw new AwsError("ValidationException", `${String(name)} is not a table name. Use the table's name, not its ARN.`);
    }
    const { region, accountId } = this.#account;
    this.#authorizer.authorize(caller, `dynamodb:${operation}`, `arn:aws:dynamodb:${region}:${accountId}:table/${name}`);
    throw new AwsError("ResourceNotFoundException", "Requested resource not found");
  }

  /**
   * Deletes the expired items of all tables.
   * @returns number of deleted items
   */
  async sweep(): Promise<number> {
    let deleted = 0;
    for (const table of this.#tables.values())
      deleted += await sweepTable(this.#engine, table, this.#clock.now(), this.#stopping.signal);
    return deleted;
  }

  async #sweepLoop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#clock.wait(SWEEP_INTERVAL_MS, signal);
      // The engine may be restarting; the next sweep deletes what this one misses.
      if (!signal.aborted) await this.sweep().catch(() => 0);
    }
  }
}
