import { AwsError, type Json } from "../endpoint/service.ts";
import type { Store } from "../store.ts";

const SCHEMA =
  "CREATE TABLE IF NOT EXISTS replays (name TEXT PRIMARY KEY, archive TEXT NOT NULL, startedAt INTEGER NOT NULL, events INTEGER NOT NULL) STRICT";

export interface ReplayRequest {
  readonly name: string;
  readonly archive: string;
  readonly bus: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Rules that receive the replayed events; all rules of the bus when undefined. */
  readonly ruleArns: readonly string[] | undefined;
}

/** Reads a StartReplay request. @throws AwsError ValidationException. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html */
export function readReplay(input: Json): ReplayRequest {
  const { ReplayName, EventSourceArn, EventStartTime, EventEndTime, Destination } = input;
  const { Arn, FilterArns } = (Destination ?? {}) as { readonly Arn?: unknown; readonly FilterArns?: unknown };
  if (typeof ReplayName !== "string" || !/^[.\-_A-Za-z0-9]{1,64}$/.test(ReplayName)) throw invalid("ReplayName");
  if (typeof EventSourceArn !== "string") throw invalid("EventSourceArn");
  if (typeof Arn !== "string") throw invalid("Destination.Arn");
  if (typeof EventStartTime !== "number" || typeof EventEndTime !== "number" || EventStartTime >= EventEndTime)
    throw invalid("EventEndTime");
  if (FilterArns !== undefined && (!Array.isArray(FilterArns) || FilterArns.length === 0))
    throw invalid("Destination.FilterArns");
  return {
    name: ReplayName,
    archive: EventSourceArn,
    bus: Arn,
    from: EventStartTime * 1_000,
    to: EventEndTime * 1_000,
    ruleArns: FilterArns?.map(String),
  };
}

const invalid = (parameter: string) => new AwsError("ValidationException", `Parameter ${parameter} is not valid.`);

/** Completed replays. The transaction that adds a replay also accepts its events. */
export class ReplayTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    store.sql(SCHEMA).run();
  }

  /** @throws AwsError ResourceAlreadyExistsException */
  add({ name, archive }: ReplayRequest, startedAt: number, events: number): void {
    if (this.find(name)) throw new AwsError("ResourceAlreadyExistsException", `Replay ${name} already exists.`);
    this.#store.sql("INSERT INTO replays VALUES (?, ?, ?, ?)").run(name, archive, Math.floor(startedAt), events);
  }

  find(name: string): { readonly archive: string; readonly startedAt: number; readonly events: number } | undefined {
    const row = this.#store.sql("SELECT * FROM replays WHERE name = ?").get(name);
    return row && { archive: String(row.archive), startedAt: Number(row.startedAt), events: Number(row.events) };
  }
}
