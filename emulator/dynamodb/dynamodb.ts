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
import { Dynoxide, dynoxideBinary } from "./dynoxide.ts";
import type { Engine } from "./engine.ts";
import { callEngine } from "./engine-client.ts";
import { readTable, sameSchema, type Table, type TableDeclaration, TableDefinitionError } from "./table.ts";
import { sweepTable } from "./ttl-sweep.ts";

export interface DynamoDbOptions extends Account {
  /** Folder for the engine's data. */
  readonly dataFolder: string;
  /** Told when the engine has ended by itself. */
  readonly onCrash?: (message: string) => void;
}

/** What functions may ask for; tables are made by `defineTable` alone, and PartiQL is not offered. */
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
/** AWS deletes expired items within a few days; here it takes minutes. */
const SWEEP_EVERY_MS = 60_000;

/** DynamoDB: authorises each request, and has dynoxide (or dynalite, where there is no dynoxide) carry it out. */
export class DynamoDb implements Service {
  readonly target = "DynamoDB_20120810";
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #authorizer: Authorizer;
  readonly #account: Account;
  readonly #tables = new Map<string, Table>();
  readonly #stopping = new AbortController();
  readonly #sweeping: Promise<void>;

  private constructor(engine: Engine, clock: Clock, authorizer: Authorizer, account: Account) {
    this.#engine = engine;
    this.#clock = clock;
    this.#authorizer = authorizer;
    this.#account = account;
    this.#sweeping = this.#sweepForEver();
  }

  /** @throws EngineError */
  static async start(
    clock: Clock,
    authorizer: Authorizer,
    { dataFolder, onCrash, region, accountId }: DynamoDbOptions,
  ): Promise<DynamoDb> {
    const binary = dynoxideBinary();
    const engine = binary
      ? new Dynoxide(binary, join(dataFolder, "dynamodb.sqlite"), onCrash)
      : await startDynalite(join(dataFolder, "dynamodb"));
    await engine.url();
    return new DynamoDb(engine, clock, authorizer, { region, accountId });
  }

  /** Resolves when the engine has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#sweeping;
    await this.#engine.stop();
  }

  /**
   * Makes the table unless it is there.
   * @throws TableDefinitionError also when a table of that name has other keys or indexes
   */
  async defineTable(declaration: TableDeclaration): Promise<void> {
    const { table, create } = readTable(declaration);
    const known = await this.#describe(table.name);
    if (!known) await callEngine(this.#engine, "CreateTable", create);
    else if (!sameSchema(create, known)) {
      throw new TableDefinitionError(
        `Table ${table.name} in the data folder has other keys or indexes than are declared now. Remove the folder, or choose another with --data.`,
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
   * Calls the engine for the hub itself, without authorisation: the deployment writes items, the console reads them.
   * @throws AwsError
   */
  administer(operation: "PutItem" | "Scan", input: Json): Promise<Json> {
    return callEngine(this.#engine, operation, input);
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
    return callEngine(this.#engine, operation, input);
  }

  /** Whoever may not touch a table is not told that it doesn't exist. */
  #table(caller: Caller, operation: string, name: unknown): Table {
    const table = this.#tables.get(String(name));
    if (table) return table;
    if (typeof name !== "string" || !/^[\w.-]{3,255}$/.test(name)) {
      throw new AwsError("ValidationException", `${String(name)} is no table name. The local hub takes names, not ARNs.`);
    }
    const { region, accountId } = this.#account;
    this.#authorizer.authorize(caller, `dynamodb:${operation}`, `arn:aws:dynamodb:${region}:${accountId}:table/${name}`);
    throw new AwsError("ResourceNotFoundException", "Requested resource not found");
  }

  /**
   * Deletes the items whose time to live is over.
   * @returns how many
   */
  async sweep(): Promise<number> {
    let swept = 0;
    for (const table of this.#tables.values())
      swept += await sweepTable(this.#engine, table, this.#clock.now(), this.#stopping.signal);
    return swept;
  }

  async #sweepForEver(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#clock.wait(SWEEP_EVERY_MS, signal);
      // The engine may be restarting just now; the next round makes up for it.
      if (!signal.aborted) await this.sweep().catch(() => 0);
    }
  }
}
