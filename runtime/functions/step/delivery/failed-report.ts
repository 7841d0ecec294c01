import type { StepFailedData } from "../../../../model/envelope.ts";
import { type Cause, causesOf, type RequestOfStep, requestsOf } from "../../../envelope/cause.ts";
import type { Failure } from "../../../errors.ts";
import type { Entry } from "../../../ports.ts";
import { failedEntry } from "../../../publish/entries.ts";

interface Of {
  readonly flow: string;
  readonly step: string;
  readonly formerly?: readonly string[];
  readonly cause: Cause;
}

/**
 * StepFailed of a delivery that lies in the dead letters: for its request, and for each other one that lent a part of the join, so that
 * none of them waits for ever.
 */
export const deadLetterReports = (
  of: Of,
  own: Parameters<typeof requestsOf>[1],
  report: Omit<Parameters<typeof failedReport>[1], "nextAttemptAt">,
): readonly Entry[] =>
  requestsOf(of.cause, own).map(({ request, causes }, i) =>
    failedReport(
      of,
      { ...report, nextAttemptAt: undefined },
      i === 0 ? undefined : { request, causes, continuedIn: of.cause.request.requestId },
    ),
  );

/**
 * StepFailed for one attempt of one delivery.
 * @param lent for another request than the one that goes on
 */
export function failedReport(
  of: Of,
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
  lent?: { readonly request: RequestOfStep; readonly causes: readonly string[]; readonly continuedIn: string },
): Entry {
  const { flow, step, cause } = of;
  const { failure, nextAttemptAt, terminal = false, ...rest } = report;
  const causes = lent?.causes ?? causesOf(cause);
  const data: StepFailedData = {
    step,
    ...(of.formerly && { formerly: of.formerly }),
    delivery: cause.delivery,
    causes,
    ...rest,
    ...(cause.compensates !== undefined && { compensates: cause.compensates }),
    ...(lent && { continuedIn: lent.continuedIn }),
    error: failure,
    ...(terminal && { terminal }),
    ...(nextAttemptAt === undefined ? { outcome: "dead-letter" } : { outcome: "retry", nextAttemptAt }),
  };
  return failedEntry({ flow, step, request: lent?.request ?? cause.request, causes, hop: cause.hop }, data);
}
