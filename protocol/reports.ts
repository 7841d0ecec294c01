import { RUN_POLL, triggerStep } from "./first-event.ts";

/** Events by which steps report to the ledger, and `RequestCancelled`, by which the ops API does. */
export const REPORTS = ["StepSucceeded", "StepFailed", "StepGivenUp", "JoinTimedOut", "RequestCancelled"] as const;

/** Names of events that the hub publishes about steps and polls; a flow can't declare them. */
export const HUB_EVENTS = [...REPORTS, "CompensateStep", RUN_POLL] as const;
export type HubEvent = (typeof HUB_EVENTS)[number];
/** Name -> the same name: a misspelt one does not compile. */
export const HUB_EVENT = Object.fromEntries(HUB_EVENTS.map((name) => [name, name])) as { readonly [name in HubEvent]: name };

/**
 * Pattern of the events that change what the ledger knows: reports, and the first events of requests. A step's events are not among
 * them, since its report names them.
 * @param sourcePrefix of the hub's events
 */
export const ledgerPattern = (sourcePrefix: string) => ({
  source: [{ prefix: sourcePrefix }],
  $or: [{ "detail-type": REPORTS }, { detail: { metadata: { step: [{ prefix: triggerStep("") }] } } }],
});
