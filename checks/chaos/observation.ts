import type { Rest } from "./hub-protocol.ts";
import type { Entry } from "./journal.ts";
import type { Asked } from "./workload.ts";

/** Observation of one accepted request. */
export interface Seen {
  readonly asked: Asked;
  readonly requestId: string;
  readonly otherIds: readonly string[];
  readonly sent: number;
  /** The first final status; undefined for none. */
  readonly firstEnd: string | undefined;
  /** Status after all faults, before any redrive by hand. */
  readonly statusInCalm: string | undefined;
  /** Status at the end of the run. */
  readonly statusAtEnd: string | undefined;
}

export interface DeadLetter {
  readonly id: string;
  readonly requestId: string | null;
  readonly step: string;
}

/** Observation of a run; input of the verdict. */
export interface Observation {
  readonly seen: readonly Seen[];
  readonly deadLettersInCalm: readonly DeadLetter[];
  /** After the faults stopped and every dead letter was redriven once. */
  readonly deadLettersAfterRedrive: readonly DeadLetter[];
  /** After the remaining dead letters were discarded. */
  readonly deadLettersAtEnd: readonly DeadLetter[];
  readonly restInCalm: Rest;
  readonly restAtEnd: Rest;
  /** Effects at third parties. */
  readonly effects: readonly {
    readonly target: string;
    readonly operation: string;
    readonly idempotencyKey: string | null;
    readonly correlationId: string | null;
  }[];
  /** Calls that third parties recognised as repeated. */
  readonly repeatedCalls: number;
  readonly journal: readonly Entry[];
}
