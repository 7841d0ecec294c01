import type { QueueDepth } from "../protocol/status.ts";
import { type IndexName, type Key, PARTITION_KEY } from "../protocol/table.ts";
import type { SqsRecord } from "./lambda.ts";

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Attributes = Readonly<Record<string, Value>>;
export type { Key };
export type Item = Attributes & Key;

/** Condition on the item under which a write happens. */
export type Condition =
  | { readonly kind: "absent"; readonly attribute: string }
  | { readonly kind: "compare"; readonly attribute: string; readonly is: Comparator; readonly value: string | number }
  | { readonly kind: "all" | "any"; readonly conditions: readonly Condition[] };
export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export const absent = (attribute: string): Condition => ({ kind: "absent", attribute });
/** Holds where there is no such item. */
export const isNew: Condition = absent(PARTITION_KEY);
/** False where the attribute is absent, except for `<>`. */
export const compare = (attribute: string, is: Comparator, value: string | number): Condition => ({
  kind: "compare",
  attribute,
  is,
  value,
});
export const all = (...conditions: readonly Condition[]): Condition => ({ kind: "all", conditions });
export const any = (...conditions: readonly Condition[]): Condition => ({ kind: "any", conditions });

export interface Change {
  readonly set?: Attributes;
  /** Set where absent. */
  readonly setOnce?: Attributes;
  readonly add?: Readonly<Record<string, number>>;
  /** Names of attributes. */
  readonly remove?: readonly string[];
}

/** One query of an index, newest first. */
export interface ListQuery {
  readonly index: IndexName;
  /** Partition key of the index. */
  readonly bucket: string;
  /** Positions (sort keys) between which to look, both included. */
  readonly from: string;
  readonly to: string;
  /** Attributes that must be equal. */
  readonly where?: Readonly<Record<string, string>>;
  /** Most entries to read, whether they match `where` or not. */
  readonly limit: number;
  /** `next` of the page before. @default the first page */
  readonly after?: Attributes | undefined;
  /** @default false */
  readonly oldestFirst?: boolean;
}
export interface Listed {
  readonly items: readonly Item[];
  /** Position of the last entry read, where there may be more. */
  readonly end: string | undefined;
  /** Where to continue, where there may be more: unlike `end` unique, where positions are not. */
  readonly next: Attributes | undefined;
}

/** The state table. Reads are strongly consistent, except by the index. */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** @returns false when the condition is false; nothing is written then */
  put(item: Item, condition?: Condition): Promise<boolean>;
  /**
   * Puts items whatever is there, in few calls. What fails may have written some of them.
   * @param items of those with one key, the last is put
   */
  putAll(items: readonly Item[]): Promise<void>;
  /**
   * @returns the whole item as it is afterwards, or `undefined` when the condition does not hold.
   * @throws ItemTooLargeError when the item would hold more than 400 KB
   */
  update(key: Key, change: Change, condition?: Condition): Promise<Item | undefined>;
  /** As `update`, without the item in the answer. @returns false when the condition does not hold; nothing is written then */
  write(key: Key, change: Change, condition?: Condition): Promise<boolean>;
  /**
   * @param part only the last items whose sort keys start so, last first
   * @returns all items of a partition, by their sort keys
   */
  query(pk: string, part?: { readonly prefix: string; readonly last: number }): Promise<readonly Item[]>;
  /** Deletes an item, if there is one. */
  remove(key: Key): Promise<void>;
  /** @returns a page of one partition of an index */
  listed(query: ListQuery): Promise<Listed>;
  /** @returns the number of items in one partition of an index */
  count(index: IndexName, bucket: string): Promise<number>;
}

export class ItemTooLargeError extends Error {
  override readonly name = "ItemTooLargeError";
}

/** Too many reads or writes of the table, or of one item. Nothing was read or written, and a later call can succeed. */
export class TableBusyError extends Error {
  override readonly name = "TableBusyError";
  readonly code = "TABLE_BUSY";
}

/** One event to publish. */
export interface Entry {
  readonly source: string;
  readonly detailType: string;
  /** JSON of an Envelope. */
  readonly detail: string;
}

/** The event bus. */
export interface Bus {
  /**
   * Publishes up to 10 entries.
   * @returns for each entry the error code the bus refused it with, or `undefined` when it accepted it.
   */
  put(entries: readonly Entry[]): Promise<readonly (string | undefined)[]>;
}

/** Queues, by their URL. */
export interface Queue {
  send(url: string, body: string, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Keeps a received message hidden for this long from now. 0 to 43200 seconds, whole. */
  hide(url: string, receiptHandle: string, seconds: number): Promise<void>;
}

/** How many messages queues hold. */
export interface QueueDepths {
  of(url: string): Promise<QueueDepth>;
}

/** Messages of a queue that another function consumes. */
export interface QueueReader {
  /** @returns up to 10 of the messages that are visible now; the queue hides them for its visibility timeout */
  receive(url: string): Promise<readonly SqsRecord[]>;
  remove(url: string, receiptHandle: string): Promise<void>;
}

/** Where secrets are kept. */
export interface SecretStore {
  /** @returns the secret's text. */
  read(arn: string): Promise<string>;
}

/** Replays of the bus's archive. */
export interface Replays {
  /** @param ruleArns the only rules that see the events again; times in ms since the epoch, whole seconds */
  start(replay: {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly ruleArns: readonly string[];
  }): Promise<void>;
  /** @returns `undefined` when there is none of this name */
  find(name: string): Promise<{ readonly name: string; readonly state: string; readonly reason: string } | undefined>;
}

/** The hub's side of mutual TLS, PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly privateKey: string;
  readonly passphrase: string | undefined;
  /** Authority of the third party's own certificate. @default Node's list */
  readonly ca: string | undefined;
}

export interface FetchInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}
/**
 * One HTTP call of a third party, as `fetch` makes it.
 * @param identity the hub's side of mutual TLS
 */
export type Fetch = (url: string, init: FetchInit, identity?: TlsIdentity) => Promise<Response>;

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
