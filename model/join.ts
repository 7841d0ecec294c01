import type { Duration } from "./duration.ts";
import type { AnyEvent, DataOf } from "./event.ts";

/** Waits until each part has come, then runs the step once with all of them. */
export interface Join<Parts = Readonly<Record<string, AnyEvent>>> {
  readonly kind: "join";
  readonly parts: Parts;
  /** Field that the parts have in common, or `undefined` when they belong together by their request. */
  readonly by: string | undefined;
  readonly within: Duration | undefined;
  /** Parts of different tenants may belong together. */
  readonly acrossTenants: boolean;
}

/** The keys whose values are of the same type, string or number, in every part. */
type CommonKey<Parts> = {
  [K in keyof Parts]: (key: KeyField<DataOf<Parts[K]>>) => void;
}[keyof Parts] extends (key: infer Key) => void
  ? Key
  : never;
type KeyField<Data> = { [K in keyof Data & string]: Data[K] extends string | number ? K : never }[keyof Data & string];

export interface JoinOptions<Parts> {
  /**
   * Top-level field, present in every part, whose value says which parts belong together, also when they
   * come from different requests: the request of the first-declared part goes on, the others are linked to it.
   * @default the request: parts belong together when they come from the same request
   */
  readonly by?: CommonKey<Parts> & string;
  /**
   * Deadline, counted from the first part to come. 1 minute to 3 days: the first part waits in the step's queue until then, and a queue
   * keeps it for four days. When it passes, the requests that parts came from fail; what comes later is noted and ignored.
   * @default none: the join waits as long as its request lives
   */
  readonly within?: Duration;
  /**
   * With `by`: parts belong together whoever the tenants of their requests are. A webhook has a tenant of its own, so its events never
   * meet those of an API's caller without this. A caller that can choose the field's value can then join another tenant's request.
   * @default false
   */
  readonly acrossTenants?: boolean;
}

/**
 * @param parts the awaited events under the names the handler knows them by; at least two, at most 10.
 * @example join({ rules: RuleApplied, customer: DataEnriched })
 * @example join({ order: OrderPlaced, payment: PaymentCaptured }, { by: "orderId" })
 */
export function join<Parts extends Record<string, AnyEvent>>(parts: Parts, options: JoinOptions<Parts> = {}): Join<Parts> {
  return { kind: "join", parts, by: options.by, within: options.within, acrossTenants: options.acrossTenants ?? false };
}
