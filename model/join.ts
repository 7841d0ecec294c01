import type { Duration } from "./duration.ts";
import type { AnyEvent, DataOf } from "./event.ts";
import type { Awaited } from "./filter/filter.ts";

/** Waits for every part, then runs the step once with all of them. */
export interface Join<Parts = Readonly<Record<string, Awaited>>> {
  readonly kind: "join";
  readonly parts: Parts;
  /** Common field of the parts; `undefined` joins parts of the same request. */
  readonly by: string | undefined;
  readonly within: Duration | undefined;
  /** Joins parts of different tenants. */
  readonly acrossTenants: boolean;
  /** A value of `by` names one set of parts for good. */
  readonly once?: boolean;
}

/** Keys whose values have the same type, string or number, in every part. */
type CommonKey<Parts> = {
  [K in keyof Parts]: (key: KeyField<DataOf<Parts[K]>>) => void;
}[keyof Parts] extends (key: infer Key) => void
  ? Key
  : never;
type KeyField<Data> = { [K in keyof Data & string]: Data[K] extends string | number ? K : never }[keyof Data & string];

export interface JoinOptions<Parts> {
  /**
   * Top-level field of every part; parts with the same value are joined, also across requests. The request of the first-declared part
   * continues, and the others are linked to it.
   * @default parts of the same request are joined
   * @error JOIN
   */
  readonly by?: CommonKey<Parts> & string;
  /**
   * Deadline, counted from the arrival of the first part. Within a minute or two after it, the requests of the parts fail, or are compensated.
   * A part that comes later is recorded and ignored.
   * @range 1 minute to 30 days
   * @default none: the join waits as long as its request is kept
   */
  readonly within?: Duration;
  /**
   * With `by`: joins parts whatever their tenants. A webhook is a separate tenant, so its events join those of API callers only with this
   * option. A caller that can choose the field's value can then join another tenant's request.
   * @default false
   */
  readonly acrossTenants?: boolean;
  /**
   * With `by`: a value names one set of parts for good, such as the number of an order with its payment. A part that comes when the set is
   * complete is recorded and ignored, within 75 days.
   * @default false: the next parts with the same value are joined again
   */
  readonly once?: boolean;
}

/**
 * @param parts the awaited events, or those that `when` lets through, under the names that the handler uses; 2 to 10
 * @example join({ rules: RuleApplied, customer: DataEnriched })
 * @example join({ order: OrderPlaced, payment: PaymentCaptured }, { by: "orderId" })
 */
export function join<Parts extends Record<string, Awaited>>(parts: Parts, options: JoinOptions<Parts> = {}): Join<Parts> {
  const { by, within, acrossTenants = false, once = false } = options;
  return { kind: "join", parts, by, within, acrossTenants, once };
}

/** Waits for as many events of one name as another event of the same request says. */
export interface CountedJoin<Of extends AnyEvent = AnyEvent, All extends AnyEvent = AnyEvent>
  extends Join<{ readonly of: Of; readonly all: All }> {
  readonly counted: {
    /** Field of `of`. */
    readonly field: string;
    /** How many may be missing at the deadline. */
    readonly tolerate: number;
  };
}
/** A join without its type parameters. */
export type AnyJoin = Join & { readonly counted?: CountedJoin["counted"] };

/** Fields that say how many: a number, or a list, whose length counts. */
type CountField<Data> = { [K in keyof Data & string]: Data[K] extends number | readonly unknown[] ? K : never }[keyof Data &
  string];

export interface CountedJoinOptions<Of extends AnyEvent> {
  /** Event of the same request that says how many events are awaited. A trigger or step of the flow publishes it, once a request. @error JOIN */
  readonly of: Of;
  /** Top-level field of `of`, required in each of its versions: an integer, or a list, whose length counts. @range 0 to 1000 events @error JOIN */
  readonly count: CountField<DataOf<Of>>;
  /**
   * Deadline, counted from the arrival of the first event. Within a minute or two after it, the request fails, or the step runs with what has
   * come, if `tolerate` allows it. An event that comes later is recorded and ignored.
   * @range 1 minute to 30 days
   * @default none: the join waits as long as its request is kept
   */
  readonly within?: Duration;
  /**
   * How many events may be missing at the deadline: the step then runs without them. Needs `within`, and a flow without `compensate`, where any
   * failure undoes the request.
   * @range 0 to 999
   * @default 0
   */
  readonly tolerate?: number;
}

/**
 * @param all the event of which each counts; a step of the flow publishes it
 * @returns a join whose handler gets `{ of, all, missing }`: the payload of `of`, the payloads of the events in the order in which they
 *   happened, and how many are missing
 * @example join.all(LineBooked, { of: OrderPlaced, count: "lines" })
 * @example join.all(LineBooked, { of: OrderSplit, count: "lines", within: "1 hour", tolerate: 2 })
 */
export function joinAll<All extends AnyEvent, Of extends AnyEvent>(
  all: All,
  { of, count, within, tolerate = 0 }: CountedJoinOptions<Of>,
): CountedJoin<Of, All> {
  return { ...join({ of, all }, { ...(within && { within }) }), counted: { field: count, tolerate } };
}
join.all = joinAll;

/** @returns how many events the payload asks for; `undefined` where it does not say */
export function countIn(data: unknown, field: string): number | undefined {
  const value = (data as Readonly<Record<string, unknown>> | null | undefined)?.[field];
  return Array.isArray(value) ? value.length : typeof value === "number" ? value : undefined;
}
