import type { StepFailedData } from "../../../../model/envelope.ts";
import { type Cause, causesOf, type RequestOfStep, requestsOf } from "../../../envelope/cause.ts";
import type { Failure } from "../../../errors.ts";
import type { Entry } from "../../../ports.ts";
import { failedEntry } from "../../../publish/entries.ts";

interface Origin {
  readonly flow: string;
  readonly step: string;
  readonly formerly?: readonly string[];
  readonly cause: Cause;
}

/**
 * StepFailed of a dead-lettered delivery: for its request, and for each other request that contributed a part of the join, so that none
 * of them waits for ever.
 */
export const deadLetterReports = (
  origin: Origin,
  ownFlow: Parameters<typeof requestsOf>[1],
  report: Omit<Parameters<typeof failedReport>[1], "nextAttemptAt">,
): readonly Entry[] =>
  requestsOf(origin.cause, ownFlow).map(({ request, causes, parts = {} }, i) =>
    failedReport(
      origin,
      { ...report, nextAttemptAt: undefined },
      i === 0 ? undefined : { request, causes, parts, continuedIn: origin.cause.request.requestId },
    ),
  );

/**
 * StepFailed for one attempt of one delivery.
 * @param contributor when the report is for another request than the one that continues
 */
export function failedReport(
  origin: Origin,
  report: {
    readonly failure: Failure;
    readonly attempts: number;
    readonly startedAt: string;
    readonly finishedAt: string;
    /** ISO 8601; `undefined` when the message is dead-lettered. */
    readonly nextAttemptAt: string | undefined;
    /** No other attempt can help. @default false */
    readonly terminal?: boolean;
    /** There is no dead letter, and the request fails. @default false */
    readonly givenUp?: boolean;
    /** A call may have taken effect. @default false */
    readonly unknownOutcome?: boolean;
  },
  contributor?: {
    readonly request: RequestOfStep;
    readonly causes: readonly string[];
    readonly parts: Readonly<Record<string, number>>;
    readonly continuedIn: string;
  },
): Entry {
  const { flow, step, cause } = origin;
  const { failure, nextAttemptAt, terminal = false, givenUp = false, unknownOutcome = false, ...rest } = report;
  const causes = contributor?.causes ?? causesOf(cause);
  const parts = contributor ? contributor.parts : cause.own;
  const data: StepFailedData = {
    step,
    ...(origin.formerly && { formerly: origin.formerly }),
    delivery: cause.delivery,
    causes,
    ...(parts && { parts }),
    ...rest,
    ...(cause.compensates !== undefined && { compensates: cause.compensates }),
    ...(contributor && { continuedIn: contributor.continuedIn }),
    error: failure,
    ...(terminal && { terminal }),
    ...(givenUp && { givenUp }),
    ...(unknownOutcome && { unknownOutcome }),
    ...(nextAttemptAt === undefined ? { outcome: "dead-letter" } : { outcome: "retry", nextAttemptAt }),
  };
  return failedEntry({ flow, step, request: contributor?.request ?? cause.request, causes, hop: cause.hop }, data);
}
