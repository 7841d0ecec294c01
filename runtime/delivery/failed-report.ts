import type { StepFailedData } from "../../model/envelope.ts";
import type { Failure } from "../errors.ts";
import type { Entry } from "../ports/bus.ts";
import { failedEntry } from "../publish/entries.ts";
import { type Cause, causesOf } from "./cause.ts";

/** StepFailed for one attempt of one delivery. */
export function failedReport(
  of: { readonly flow: string; readonly step: string; readonly formerly?: readonly string[]; readonly cause: Cause },
  report: {
    readonly failure: Failure;
    readonly attempts: number;
    readonly startedAt: string;
    readonly finishedAt: string;
    /** ISO 8601; `undefined` when it lies in the dead letters. */
    readonly nextAttemptAt: string | undefined;
    /** No other attempt can help. @default false */
    readonly terminal?: boolean;
  },
): Entry {
  const { flow, step, cause } = of;
  const { failure, nextAttemptAt, terminal = false, ...rest } = report;
  const causes = causesOf(cause);
  const data: StepFailedData = {
    step,
    ...(of.formerly && { formerly: of.formerly }),
    delivery: cause.delivery,
    causes,
    ...rest,
    ...(cause.compensates !== undefined && { compensates: cause.compensates }),
    error: failure,
    ...(terminal && { terminal }),
    ...(nextAttemptAt === undefined ? { outcome: "dead-letter" } : { outcome: "retry", nextAttemptAt }),
  };
  return failedEntry({ flow, step, request: cause.request, causes, hop: cause.hop }, data);
}
