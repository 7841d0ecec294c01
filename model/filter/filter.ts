import type { AnyEvent, DataOf, EventType } from "../event.ts";

type Scalar = string | number | boolean | null;
type OneOrMore<T> = T | readonly T[];

/** Conditions on a text. A test has one of these. Upper and lower case differ, except in `equalsIgnoreCase`. */
export type TextTest = OneOf<{
  readonly prefix: string;
  readonly suffix: string;
  readonly equalsIgnoreCase: string;
  readonly anythingBut: OneOrMore<string> | TextExcept;
}>;
type TextExcept = OneOf<{
  readonly prefix: OneOrMore<string>;
  readonly suffix: OneOrMore<string>;
  readonly equalsIgnoreCase: OneOrMore<string>;
}>;
/** One of the properties, and no other. */
type OneOf<T> = { [Key in keyof T]: Pick<T, Key> & { readonly [Other in Exclude<keyof T, Key>]?: never } }[keyof T];
/** A range, with at most one limit on each side. Limits lie between -5e9 and 5e9 and have up to six decimal places. */
export type NumberTest =
  | { readonly gt: number; readonly gte?: never; readonly lt?: number; readonly lte?: never }
  | { readonly gt: number; readonly gte?: never; readonly lt?: never; readonly lte?: number }
  | { readonly gt?: never; readonly gte: number; readonly lt?: number; readonly lte?: never }
  | { readonly gt?: never; readonly gte: number; readonly lt?: never; readonly lte?: number }
  | { readonly gt?: never; readonly gte?: never; readonly lt: number; readonly lte?: never }
  | { readonly gt?: never; readonly gte?: never; readonly lt?: never; readonly lte: number }
  | { readonly anythingBut: OneOrMore<number> };
export interface ExistsTest {
  readonly exists: boolean;
}

/** The tests that fit the type of a field; a list of values is met when one of its values meets it. */
type TestOf<T> =
  | Extract<T, boolean | null>
  | (Extract<T, string> extends never ? never : Extract<T, string> | TextTest)
  | (Extract<T, number> extends never ? never : Extract<T, number> | NumberTest)
  | ExistsTest;
/** `any` and `unknown` take every test. */
type ConditionOf<T> = unknown extends T
  ? OneOrMore<Scalar | TextTest | NumberTest | ExistsTest>
  : [T] extends [Scalar]
    ? OneOrMore<TestOf<T>>
    : T extends readonly (infer Item)[]
      ? [Item] extends [Scalar]
        ? OneOrMore<TestOf<Item>>
        : never
      : [T] extends [Scalar | object]
        ? Filter<Exclude<T, Scalar>>
        : never;

/**
 * Conditions on fields of a payload. All fields must meet theirs; of a list, one condition is enough. Nested objects are written as in the
 * payload.
 */
export type Filter<Data> = { readonly [Field in keyof Data]?: ConditionOf<Exclude<Data[Field], undefined>> };

/** A filter without its event's type. */
export type AnyFilter = Readonly<Record<string, unknown>>;

/** An event of which a step gets only those payloads that meet the filter. */
export interface Filtered<E extends AnyEvent = AnyEvent>
  extends Pick<AnyEvent, "kind" | "formerly" | "version" | "summary" | "schema" | "from"> {
  readonly type: E["type"];
  readonly filter: AnyFilter;
  readonly event: E;
  /** Carries the payload's type only; never set. */
  readonly "~data"?: DataOf<E>;
}
/** What a step, or a part of a join, waits for. */
export type Awaited = AnyEvent | Filtered;

/**
 * Only the events whose payload meets the filter. EventBridge compares them in the rule: the others cause no message and start no function.
 *
 * The filter is met by the payload as the handler gets it, with defaults filled in. Events of another version of the schema reach the step,
 * which lifts them and then compares.
 *
 * @param filter by field: a value, a test or a list of them, of which one must hold
 * @example when(OrderPlaced, { totalCents: { gte: 100_000 }, country: ["BR", "PT"] })
 * @example when(FileStored, { path: [{ prefix: "in/" }, { suffix: ".csv" }], address: { country: { anythingBut: "DE" } } })
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function when<E extends AnyEvent>(event: E, filter: Filter<DataOf<E>>): Filtered<E> {
  const { kind, type, formerly, version, summary, schema, from } = event as EventType;
  return { kind, type, formerly, version, summary, schema, from, event, filter: filter as AnyFilter };
}

export const isFiltered = (awaited: Awaited): awaited is Filtered => "filter" in awaited;
/** The event itself. */
export const eventOf = (awaited: Awaited): AnyEvent => (isFiltered(awaited) ? awaited.event : awaited);
