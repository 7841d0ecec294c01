import type { DataOf } from "./event.ts";
import type { Join } from "./join.ts";

/** Serial execution: which deliveries of a step must not overlap. */
export interface Serial<Key extends string = string, Version extends string = string> {
  /** Top-level field of the event's payload, a string or a number: deliveries with the same value run one after the other. */
  readonly by: Key;
  /**
   * Top-level field with an increasing number. The handler's `superseded` is then true when a higher number has been handled. Neither the
   * bus nor a lease guarantees order.
   * @default none: `superseded` is always false
   */
  readonly version?: Version;
  /**
   * Shares keys between tenants. Without it each tenant has separate keys, and a webhook is a separate tenant.
   * @default false
   */
  readonly acrossTenants?: boolean;
}

type Required<Data, Type> = { [K in keyof Data & string]: Data[K] extends Type ? K : never }[keyof Data & string];

/** Serial settings by the fields of one event; a step with a join has none. */
export type SerialOf<On> =
  On extends Join<infer _Parts> ? never : Serial<Required<DataOf<On>, string | number>, Required<DataOf<On>, number>>;
