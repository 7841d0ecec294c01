import { triggerStep } from "./first-event.ts";

/** Events by which steps report to the ledger, and `RequestCancelled`, by which the ops API does. */
export const REPORTS = ["StepSucceeded", "StepFailed", "StepGivenUp", "JoinTimedOut", "RequestCancelled"] as const;

/**
 * Pattern of the events that change what the ledger knows: reports, and the first events of requests. A step's events are not among
 * them, since its report names them.
 * @param sourcePrefix of the hub's events
 */
export const ledgerPattern = (sourcePrefix: string) => ({
  source: [{ prefix: sourcePrefix }],
  $or: [{ "detail-type": REPORTS }, { detail: { metadata: { step: [{ prefix: triggerStep("") }] } } }],
});
