import type { Cancellation } from "../../protocol/cancel.ts";
import type { Sizes } from "../counted.ts";
import type { EmittedEvent, LeftOut } from "../envelope.ts";

/** The ledger's knowledge of one request: a set of facts, merged so that order and repetition don't matter. */
export interface Facts {
  readonly events: readonly EventFact[];
  readonly deliveries: readonly DeliveryFact[];
  /** @default none */
  readonly ends?: readonly EndFact[];
  readonly cancelled?: Cancellation;
}
export interface EventFact {
  readonly eventId: string;
  readonly name: string;
  /** Step that published it, or `trigger:<name>`. */
  readonly step: string;
  readonly occurredAt: string;
  /** Names of the steps that do not get it, because of their filters. @default none */
  readonly leftOut?: readonly string[];
  readonly sizes?: Sizes;
}
interface Failure {
  readonly code: string;
  readonly message: string;
}
/** Furthest known progress of one delivery of one cause to one step. */
export interface DeliveryFact {
  readonly step: string;
  /** Former names of the step. */
  readonly formerly?: readonly string[];
  readonly delivery: string;
  readonly causes: readonly string[];
  readonly status: "retrying" | "failed" | "succeeded";
  readonly attempts: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly emitted: readonly EmittedEvent[];
  /** Instead of `emitted`, where it would be a long list; see `StepSucceededData`. */
  readonly emittedCounts?: Readonly<Record<string, number>>;
  readonly leftOut?: readonly LeftOut[];
  readonly sizes?: Sizes;
  /** Of a join: how many events of each name this request contributed. */
  readonly parts?: Readonly<Record<string, number>>;
  readonly error?: Failure;
  /** The delivery that this one compensates. */
  readonly compensates?: string;
  /** Request that the step's effect belongs to; this one only contributed a part of a join. */
  readonly continuedIn?: string;
  /** The join was already complete, or a filter leaves the event out, so the step did not run. */
  readonly surplus?: true;
  /** The request was cancelled, and the step did not run; `surplus` is set as well. */
  readonly skipped?: true;
  /** A call of the delivery may have taken effect. */
  readonly unknownOutcome?: true;
}
/** A delivery that can no longer succeed. The fact remains, whatever happens to the delivery later. */
export interface EndFact {
  readonly step: string;
  /** Former names of the step. */
  readonly formerly?: readonly string[];
  readonly delivery: string;
  /** `terminal` ends a request only when its flow declares compensations; otherwise the dead letter can be redriven. */
  readonly why: "terminal" | "given-up" | "timed-out";
  readonly error: Failure;
  readonly occurredAt: string;
}

/**
 * A number that grows with a delivery's progress. Of two facts about one delivery the higher rank wins, so the ledger does not depend on
 * order and repetition.
 */
export const rankOf = ({ status, attempts }: Pick<DeliveryFact, "status" | "attempts">): number =>
  status === "succeeded" ? Number.MAX_SAFE_INTEGER : attempts * 2 + (status === "failed" ? 1 : 0);
