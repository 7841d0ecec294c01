import type { Duration } from "./duration.ts";
import type { DataOf } from "./event.ts";
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
   * Deadline, counted from the arrival of the first part; the sweeper, which runs once a minute, ends the join. Then the requests of the parts fail. Each missing part that comes later is recorded and ignored.
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
