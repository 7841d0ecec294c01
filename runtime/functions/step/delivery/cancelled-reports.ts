import type { Cancellation } from "../../../../protocol/cancel.ts";
import { type Cause, causesOf, requestsOf } from "../../../envelope/cause.ts";
import type { Environment } from "../../../environment.ts";
import type { RuntimeCode } from "../../../errors.ts";
import { formerNames } from "../../../ids.ts";
import type { Entry } from "../../../ports.ts";
import { succeededEntry } from "../../../publish/entries.ts";
import { failedReport } from "./failed-report.ts";
import type { Attempt } from "./records.ts";

/**
 * Reports of a delivery that does not run because its request is cancelled. Other requests that contributed a part of the join can't go on
 * without it: they fail, as with a dead letter that is discarded.
 */
export function cancelledReports(
  environment: Environment<"step">,
  step: string,
  cause: Cause,
  { attempt, cancelled, at }: { readonly attempt: Attempt; readonly cancelled: Cancellation; readonly at: string },
): readonly Entry[] {
  const { flow } = environment;
  const { request, delivery, hop, own } = cause;
  const causes = causesOf(cause);
  const names = { step, ...formerNames(environment) };
  // The attempt that found the cancellation was none.
  const timing = { attempts: attempt.number - 1, startedAt: attempt.startedAt, finishedAt: at };
  const skipped = succeededEntry(
    { flow, step, request, causes, hop },
    { ...names, ...timing, delivery, causes, ...(own && { parts: own }), emitted: [], surplus: true, cancelled },
  );
  const failure = {
    code: "REQUEST_CANCELLED" satisfies RuntimeCode,
    message: `request ${request.requestId}, under which the join goes on, was cancelled by ${cancelled.by}.`,
  };
  const [, ...others] = requestsOf(cause, environment);
  return [
    skipped,
    ...others.map(({ request: other, causes: contributed, parts = {} }) =>
      failedReport(
        { flow, ...names, cause },
        { failure, ...timing, nextAttemptAt: undefined, givenUp: true },
        { request: other, causes: contributed, parts, continuedIn: request.requestId },
      ),
    ),
  ];
}
