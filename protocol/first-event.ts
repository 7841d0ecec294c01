import type { ExportOf } from "./run-again.ts";

/**
 * Metadata of the first event of a request, whichever part publishes it: the gateway's template and a schedule fill in expressions of AWS's, the
 * functions of webhooks and synchronous endpoints the values. Order and types of the fields are those of `Metadata` in
 * model/envelope.ts.
 * @param of.contract set by the gateway, whose check of the payload is not complete; the others validate it as steps do
 * @param of.occurredAt ISO 8601, or `""`: readers take the bus's `time`
 * @param of.traceparent the gateway's, of X-Ray's trace. @default `""`: the ids of the request make its trace
 * @param of.debug whether an operator wants to have everything logged about it. @default false
 * @param of.repeats id of the request whose first event this one repeats. @default none
 * @param of.exportOf the request of another hub whose first event this one repeats. @default none
 */
export const firstMetadata = (of: {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  readonly flow: string;
  readonly graph: string;
  readonly trigger: string;
  readonly version: number;
  readonly contract?: string;
  readonly occurredAt: string;
  readonly traceparent?: string;
  readonly debug?: boolean;
  readonly repeats?: string;
  readonly exportOf?: ExportOf;
}) => ({
  eventId: of.requestId,
  requestId: of.requestId,
  correlationId: of.correlationId,
  causationId: "",
  tenant: of.tenant,
  flow: of.flow,
  graph: of.graph,
  step: triggerStep(of.trigger),
  version: of.version,
  ...(of.contract !== undefined && { contract: of.contract }),
  occurredAt: of.occurredAt,
  hop: 0,
  traceparent: of.traceparent ?? "",
  ...(of.debug === true && { debug: true as const }),
  ...(of.repeats !== undefined && { repeats: of.repeats }),
  ...(of.exportOf !== undefined && { exportOf: of.exportOf }),
});

const TRIGGER = "trigger:";
/** What stands for the step in an event that a trigger published. */
export const triggerStep = (trigger: string): string => TRIGGER + trigger;
export const isTriggerStep = (step: string): boolean => step.startsWith(TRIGGER);
/** @returns the trigger's name */
export const triggerOf = (step: string): string => step.slice(TRIGGER.length);

/** Tenant of what webhooks start; the index of requests keeps what no caller started together under it. */
export const WEBHOOK_TENANT = "webhook:";
const SCHEDULE_TENANT = "schedule:";
const POLL_TENANT = "poll:";
export const webhookTenant = (flow: string, trigger: string): string => `${WEBHOOK_TENANT}${flow}.${trigger}`;
export const scheduleTenant = (flow: string, trigger: string): string => `${SCHEDULE_TENANT}${flow}.${trigger}`;
export const pollTenant = (flow: string, trigger: string): string => `${POLL_TENANT}${flow}.${trigger}`;
/** True for requests that no caller started: every caller may read them. */
export const isCallerless = (tenant: string): boolean =>
  [WEBHOOK_TENANT, SCHEDULE_TENANT, POLL_TENANT].some((prefix) => tenant.startsWith(prefix));

/** Published by the ops function: starts a run of a poll, beside those of its schedule. It belongs to no request. */
export const RUN_POLL = "RunPoll";
/** What the schedule of a poll gives it: the time of the run, which Scheduler fills in. */
export const pollInput = (scheduledAt: string) => ({ scheduledAt });

/** Id of a scheduled request. @param time for which the run was scheduled */
export const scheduledId = (flow: string, trigger: string, time: string): string => `${scheduleTenant(flow, trigger)}:${time}`;
