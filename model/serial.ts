import type { DataOf } from "./event.ts";
import type { Join } from "./join.ts";

/** One at a time: which deliveries of a step must not overlap. */
export interface Serial<Key extends string = string, Version extends string = string> {
  /** Top-level field of the event's payload, a string or a number: deliveries with the same value run one after the other. */
  readonly by: Key;
  /**
   * Top-level field that counts up, a number: the handler's `superseded` then tells whether a newer one has been handled. The bus does not
   * promise order, and neither does a lease.
   * @default none: `superseded` is always false
   */
  readonly version?: Version;
  /**
   * Values are the same whoever the tenants are. Without it keys are the tenant's own, and a webhook is a tenant of its own.
   * @default false
   */
  readonly acrossTenants?: boolean;
}

type Required<Data, Type> = { [K in keyof Data & string]: Data[K] extends Type ? K : never }[keyof Data & string];

/** For a step that waits for one event, by its fields; no step with a join. */
export type SerialOf<On> =
  On extends Join<infer _Parts> ? never : Serial<Required<DataOf<On>, string | number>, Required<DataOf<On>, number>>;
