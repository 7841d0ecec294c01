export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Attributes = Readonly<Record<string, Value>>;
export interface Key {
  readonly pk: string;
  readonly sk: string;
}
export type Item = Attributes & Key;

/** What must hold of the item for a write to happen. */
export type Condition =
  | { readonly kind: "absent"; readonly attribute: string }
  | { readonly kind: "compare"; readonly attribute: string; readonly is: Comparator; readonly value: string | number }
  | { readonly kind: "all" | "any"; readonly of: readonly Condition[] };
export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export const absent = (attribute: string): Condition => ({ kind: "absent", attribute });
/** Does not hold where the attribute is absent, but for `<>`. */
export const compare = (attribute: string, is: Comparator, value: string | number): Condition => ({
  kind: "compare",
  attribute,
  is,
  value,
});
export const all = (...of: readonly Condition[]): Condition => ({ kind: "all", of });
export const any = (...of: readonly Condition[]): Condition => ({ kind: "any", of });

export interface Change {
  readonly set?: Attributes;
  /** Set where absent. */
  readonly setOnce?: Attributes;
  readonly add?: Readonly<Record<string, number>>;
}

export interface CorrelationQuery {
  readonly correlationId: string;
  readonly limit: number;
  /** Key of the item to go on after. */
  readonly after: { readonly pk: string; readonly createdAt: string } | undefined;
}

/** The state table. Reads are strongly consistent, except by the index. */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** @returns false when the condition does not hold, and then nothing was written. */
  put(item: Item, condition?: Condition): Promise<boolean>;
  /**
   * @returns the whole item as it is afterwards, or `undefined` when the condition does not hold.
   * @throws ItemTooLargeError when the item would hold more than 400 KB
   */
  update(key: Key, change: Change, condition?: Condition): Promise<Item | undefined>;
  /** @returns all items of a partition. */
  query(pk: string): Promise<readonly Item[]>;
  /** @returns records of dead letters in this bucket of the index `deadLetters`, newest first, at most `limit` */
  deadLetters(bucket: string, limit: number): Promise<readonly Item[]>;
  /** @returns request summaries of a correlation id, newest first; fewer than `limit` only where there are no more. */
  byCorrelation(query: CorrelationQuery): Promise<readonly Item[]>;
}

export class ItemTooLargeError extends Error {
  override readonly name = "ItemTooLargeError";
}
