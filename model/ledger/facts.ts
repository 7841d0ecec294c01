/** What the ledger knows of one request: a set of facts, merged so that order and repetition don't matter. */
export interface Facts {
  readonly events: readonly EventFact[];
  readonly deliveries: readonly DeliveryFact[];
  /** @default none */
  readonly ends?: readonly EndFact[];
}
export interface EventFact {
  readonly eventId: string;
  readonly name: string;
  /** Step that published it, or `trigger:<name>`. */
  readonly step: string;
  readonly occurredAt: string;
}
interface Told {
  readonly code: string;
  readonly message: string;
}
/** The furthest that one delivery of one cause to one step has got. */
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
  readonly emitted: readonly { readonly name: string; readonly eventId: string }[];
  readonly error?: Told;
  /** The delivery that this one undoes. */
  readonly compensates?: string;
  /** The step's effect belongs to that request; this one only lent a part of a join. */
  readonly continuedIn?: string;
  /** Nothing ran: the event had no place in its join. */
  readonly surplus?: true;
}
/** A delivery that can't succeed any more. It is a fact of its own and stays one, whatever becomes of the delivery. */
export interface EndFact {
  readonly step: string;
  /** Former names of the step. */
  readonly formerly?: readonly string[];
  readonly delivery: string;
  /** `terminal` ends a request only where its flow declares compensations; elsewhere a dead letter can be sent back. */
  readonly why: "terminal" | "given-up" | "timed-out";
  readonly error: Told;
  readonly occurredAt: string;
}

/**
 * A number that grows as a delivery gets further: of two facts about the same delivery the higher one holds.
 * This is what makes the ledger indifferent to order and repetition.
 */
export const rankOf = ({ status, attempts }: Pick<DeliveryFact, "status" | "attempts">): number =>
  status === "succeeded" ? Number.MAX_SAFE_INTEGER : attempts * 2 + (status === "failed" ? 1 : 0);
