import type { AlarmRow } from "./api.ts";
import type { SourcePlace } from "./catalogue.ts";

/** What a step is made of. */
export interface Parts {
  /** Where it is declared; `null` where that is not known. */
  readonly source: SourcePlace | null;
  readonly queue?: {
    readonly name: string;
    readonly arn: string;
    /** `null` where the console can't read it. */
    readonly depth: {
      readonly visible: number;
      readonly inFlight: number;
      readonly delayed: number;
      readonly oldestAgeSeconds: number;
    } | null;
    /** The oldest ten. */
    readonly messages: readonly QueuedMessage[];
    readonly visibilitySeconds: number;
    readonly retentionSeconds: number;
  };
  readonly rule?: { readonly name: string; readonly arn: string };
  readonly lambda?: {
    readonly name: string;
    readonly arn: string;
    readonly memoryMb: number;
    readonly timeoutSeconds: number;
    readonly handler: string;
  };
  readonly alarms: readonly AlarmRow[];
  /** Statements of its role. */
  readonly grants: readonly {
    readonly name: string;
    readonly actions: readonly string[];
    /** By action: whether the statement has allowed it since the hub was started; `null` where this machine calls nothing by it. */
    readonly used: Readonly<Record<string, boolean | null>>;
    readonly resources: readonly string[];
    readonly condition: unknown;
  }[];
  readonly others: readonly { readonly type: string; readonly name: string; readonly arn: string }[];
}

/** A page of the AWS console. */
export interface AwsLink {
  /** Such as `queue`. */
  readonly what: string;
  /** On AWS. */
  readonly name: string;
  readonly url: string;
}

/** A message that waits, or is in flight. */
interface QueuedMessage {
  readonly id: string;
  /** Name of its event; `""` where it holds none. */
  readonly event: string;
  /** `""` where its event names none. */
  readonly requestId: string;
  /** ISO 8601. */
  readonly sentAt: string;
  /** Times that it was taken out. */
  readonly receives: number;
}

/** The rule that brings a step its events. */
export interface RuleView {
  readonly pattern: object;
  /** An event that it matches, as far as its conditions give one. */
  readonly sample: unknown;
}
/** What a rule makes of an event. */
export interface RuleTest {
  readonly matches: boolean;
  /** Each condition by itself. All may be met and the event does not match: two conditions must be met by one element of an array. */
  readonly clauses: readonly RuleClause[];
}
export interface RuleClause {
  /** Such as `detail.data.kind`. */
  readonly path: string;
  readonly wanted: unknown;
  /** JSON of what the event has there; `""` for nothing. */
  readonly found: string;
  readonly matches: boolean;
}
