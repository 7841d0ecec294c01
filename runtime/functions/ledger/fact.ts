import type { BusinessKey } from "../../../model/business-key.ts";
import type { JoinTimedOutData, StepFailedData, StepGivenUpData, StepSucceededData } from "../../../model/envelope.ts";
import type { Published } from "../../../model/filter/left-out.ts";
import type { DeliveryFact, EndFact, EventFact } from "../../../model/ledger/facts.ts";
import type { Cancellation } from "../../../protocol/cancel.ts";
import { isTriggerStep } from "../../../protocol/first-event.ts";
import { HUB_EVENT } from "../../../protocol/reports.ts";
import type { ExportOf } from "../../../protocol/run-again.ts";
import type { ReceivedEvent } from "../../envelope/cause.ts";
import type { Attributes } from "../../ports.ts";

/** The request that a fact belongs to, as in its event. */
export interface Belonging {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  readonly flow: string;
  readonly graph: string;
  /** Everything is logged about it. */
  readonly debug?: true;
}

export type Fact =
  | {
      readonly kind: "event";
      readonly request: Belonging;
      readonly fact: EventFact;
      /** What the filters of steps compare, and what holds business keys; facts do not keep it. */
      readonly published?: Published;
      /** The request that this one repeats. */
      readonly repeats?: string;
      /** The request of another hub that this one repeats. */
      readonly exportOf?: ExportOf;
    }
  | {
      readonly kind: "delivery";
      readonly request: Belonging;
      readonly fact: DeliveryFact;
      readonly keys?: readonly BusinessKey[];
    }
  | { readonly kind: "end"; readonly request: Belonging; readonly fact: EndFact }
  | { readonly kind: "cancel"; readonly request: Belonging; readonly fact: Cancellation };
/** A fact about one delivery, or an event of a trigger. */
export type WorkFact = Exclude<Fact, { readonly kind: "cancel" }>;
export const isWorkFact = (found: Fact): found is WorkFact => found.kind !== "cancel";

/** @returns ids of the requests that the facts repeat */
export const repeatedBy = (found: readonly Fact[]): readonly string[] =>
  found.flatMap((one) => (one.kind === "event" ? (one.repeats ?? []) : []));

/**
 * The facts in an event about its request.
 * @returns none for events of the hub that add nothing. Those that a step publishes add nothing: the step's report names them
 * @throws TypeError when a report of a step is malformed
 */
export function factsOf({ name, metadata, data }: ReceivedEvent): readonly Fact[] {
  const { requestId, correlationId, tenant, flow, graph, debug } = metadata;
  const request: Belonging = { requestId, correlationId, tenant, flow, graph, ...(debug && { debug }) };
  switch (name) {
    case HUB_EVENT.StepSucceeded: {
      const { keys, cancelled, ...report } = checked<StepSucceededData>(name, data, { ...REPORT, emitted: "list" });
      const fact: DeliveryFact = { ...report, status: "succeeded", ...(cancelled && { skipped: true }) };
      return [
        { kind: "delivery", request, fact, ...(Array.isArray(keys) && { keys }) },
        // It may overtake the cancellation itself, and without that the request would seem to be complete.
        ...(cancelled ? [{ kind: "cancel", request, fact: cancelled } as const] : []),
      ];
    }
    case HUB_EVENT.StepFailed: {
      const {
        outcome,
        nextAttemptAt: _,
        terminal,
        givenUp,
        ...report
      } = checked<StepFailedData>(name, data, {
        ...REPORT,
        error: "object",
        outcome: "string",
      });
      const status = outcome === "dead-letter" ? "failed" : "retrying";
      const { step, formerly, delivery, error, finishedAt, compensates } = report;
      const end: EndFact = {
        step,
        ...(formerly && { formerly }),
        delivery,
        why: givenUp ? "given-up" : "terminal",
        error,
        occurredAt: finishedAt,
      };
      return [
        { kind: "delivery", request, fact: { ...report, emitted: [], status } },
        ...((terminal || givenUp) && compensates === undefined ? [{ kind: "end", request, fact: end } as const] : []),
      ];
    }
    case HUB_EVENT.StepGivenUp: {
      const { givenUpAt, step, formerly, delivery, error } = checked<StepGivenUpData>(name, data, {
        step: "string",
        delivery: "string",
        error: "object",
        givenUpAt: "string",
      });
      const end: EndFact = { step, ...(formerly && { formerly }), delivery, why: "given-up", error, occurredAt: givenUpAt };
      return [{ kind: "end", request, fact: end }];
    }
    case HUB_EVENT.JoinTimedOut:
      return timedOut(request, checked<JoinTimedOutData>(name, data, TIMED_OUT));
    case HUB_EVENT.RequestCancelled:
      return [
        { kind: "cancel", request, fact: checked<Cancellation>(name, data, { by: "string", at: "string", why: "string" }) },
      ];
    case HUB_EVENT.CompensateStep:
      return [];
    default: {
      if (!isTriggerStep(metadata.step)) return [];
      const fact: EventFact = { eventId: metadata.eventId, name, step: metadata.step, occurredAt: metadata.occurredAt };
      const { version, repeats, exportOf } = metadata;
      const origin = { ...(repeats !== undefined && { repeats }), ...(exportOf && { exportOf }) };
      return [{ kind: "event", request, fact, published: { name, version, data }, ...origin }];
    }
  }
}

/** A timed-out join is a delivery that failed finally and without an attempt. */
function timedOut(
  request: Belonging,
  { step, delivery, causes, parts, missing, startedAt, timedOutAt }: JoinTimedOutData,
): readonly Fact[] {
  const error = { code: "JOIN_TIMED_OUT", message: `${missing.join(", ")} did not come in time` };
  const failed: DeliveryFact = {
    step,
    delivery,
    causes,
    ...(parts && { parts }),
    status: "failed",
    attempts: 0,
    startedAt,
    finishedAt: timedOutAt,
    emitted: [],
    error,
  };
  return [
    { kind: "delivery", request, fact: failed },
    { kind: "end", request, fact: { step, delivery, why: "timed-out", error, occurredAt: timedOutAt } },
  ];
}

type Shape = Readonly<Record<string, "string" | "number" | "object" | "list">>;
const REPORT: Shape = {
  step: "string",
  delivery: "string",
  causes: "list",
  attempts: "number",
  startedAt: "string",
  finishedAt: "string",
};
const TIMED_OUT: Shape = {
  step: "string",
  delivery: "string",
  causes: "list",
  missing: "list",
  startedAt: "string",
  timedOutAt: "string",
};

function checked<T>(name: string, data: unknown, shape: Shape): T {
  const report = data as Readonly<Record<string, unknown>> | null;
  const sound =
    typeof report === "object" &&
    report !== null &&
    Object.entries(shape).every(([field, kind]) => {
      const value = report[field];
      return kind === "list" ? Array.isArray(value) : typeof value === kind && value !== null;
    });
  if (!sound) throw new TypeError(`${name} is malformed. Another publisher may be using the bus.`);
  return report as T;
}

/** Facts that earlier versions of the ledger stored as items of their own. @returns `undefined` for another item of the request */
export function factFrom(item: Attributes): WorkFact | undefined {
  if (item.kind !== "event" && item.kind !== "delivery" && item.kind !== "end") return undefined;
  return { kind: item.kind, request: JSON.parse(String(item.belongs)), fact: JSON.parse(String(item.fact)) } as WorkFact;
}
