import type { AlarmRow } from "./api.ts";

/** What a step is made of. */
export interface Parts {
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
    readonly visibilitySeconds: number;
    readonly retentionSeconds: number;
  };
  readonly rule?: { readonly name: string; readonly arn: string; readonly pattern: unknown };
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
    readonly resources: readonly string[];
    readonly condition: unknown;
  }[];
  readonly others: readonly { readonly type: string; readonly name: string; readonly arn: string }[];
}
