import type { Rest } from "./hub-protocol.ts";
import type { Entry } from "./journal.ts";
import type { Asked } from "./workload.ts";

/** One accepted request, as it was seen. */
export interface Seen {
  readonly asked: Asked;
  readonly requestId: string;
  readonly otherIds: readonly string[];
  readonly sent: number;
  /** The first end that was seen; undefined for none. */
  readonly firstEnd: string | undefined;
  /** Once all faults were over, before anything was redriven by hand. */
  readonly statusInCalm: string | undefined;
  /** At the very end. */
  readonly statusAtEnd: string | undefined;
}

export interface Letter {
  readonly id: string;
  readonly requestId: string | null;
  readonly step: string;
}

/** All that the verdict is given upon. */
export interface Observation {
  readonly seen: readonly Seen[];
  readonly lettersInCalm: readonly Letter[];
  /** After the faults stopped and everything was redriven once. */
  readonly lettersAfterRedrive: readonly Letter[];
  /** After what can't succeed has been discarded. */
  readonly lettersAtEnd: readonly Letter[];
  readonly restInCalm: Rest;
  readonly restAtEnd: Rest;
  /** What the third parties have done. */
  readonly effects: readonly {
    readonly target: string;
    readonly operation: string;
    readonly idempotencyKey: string | null;
    readonly correlationId: string | null;
  }[];
  /** Calls that the third parties answered as they had the first time. */
  readonly repeatedCalls: number;
  readonly journal: readonly Entry[];
}
