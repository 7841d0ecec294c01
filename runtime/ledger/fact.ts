import type { StepFailedData, StepSucceededData } from "../../model/envelope.ts";
import { type DeliveryFact, type EventFact, rankOf } from "../../model/settle.ts";
import type { ReceivedEvent } from "../delivery/cause.ts";
import type { Attributes } from "../ports/table.ts";

/** Which request a fact belongs to, as the event that told it says. */
export interface Belonging {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  readonly flow: string;
  readonly graph: string;
}

export type Fact =
  | { readonly kind: "event"; readonly of: Belonging; readonly fact: EventFact }
  | { readonly kind: "delivery"; readonly of: Belonging; readonly fact: DeliveryFact };

/**
 * What an event of the hub tells about its request.
 * @returns `undefined` for the hub's own events that tell nothing new
 * @throws TypeError when a report of a step is malformed
 */
export function factOf({ name, metadata, data }: ReceivedEvent): Fact | undefined {
  const { requestId, correlationId, tenant, flow, graph } = metadata;
  const of: Belonging = { requestId, correlationId, tenant, flow, graph };
  switch (name) {
    case "StepSucceeded": {
      const { continuedIn: _, ...report } = checked(name, data) as unknown as StepSucceededData;
      return { kind: "delivery", of, fact: { ...report, status: "succeeded" } };
    }
    case "StepFailed": {
      const { outcome, nextAttemptAt: _, ...report } = checked(name, data) as unknown as StepFailedData;
      return { kind: "delivery", of, fact: { ...report, emitted: [], status: STATUS[outcome] } };
    }
    case "JoinTimedOut":
    case "CompensateStep":
      return undefined;
    default:
      return {
        kind: "event",
        of,
        fact: { eventId: metadata.eventId, name, step: metadata.step, occurredAt: metadata.occurredAt },
      };
  }
}

const STATUS: Readonly<Record<StepFailedData["outcome"], DeliveryFact["status"]>> = {
  retry: "retrying",
  redriven: "retrying",
  "dead-letter": "failed",
  discarded: "discarded",
};

function checked(name: string, data: unknown): Readonly<Record<string, unknown>> {
  const report = data as Readonly<Record<string, unknown>> | null;
  const sound =
    typeof report === "object" &&
    report !== null &&
    typeof report.step === "string" &&
    typeof report.delivery === "string" &&
    Array.isArray(report.causes) &&
    typeof report.attempts === "number" &&
    typeof report.startedAt === "string" &&
    typeof report.finishedAt === "string" &&
    (name === "StepSucceeded"
      ? Array.isArray(report.emitted)
      : typeof report.error === "object" && String(report.outcome) in STATUS);
  if (!sound) throw new TypeError(`${name} is not of its form. Look who else publishes on the bus.`);
  return report;
}

/**
 * Facts about one thing are ordered, and the highest holds, whatever came first: `rank` says how far a delivery has got, `tie`
 * makes of two equally far ones the same choice each time.
 */
export function precedenceOf({ kind, fact }: Fact): { readonly rank: number; readonly tie: string } {
  const text = JSON.stringify(fact);
  return kind === "event"
    ? { rank: 0, tie: `${fact.occurredAt} ${text}` }
    : { rank: rankOf(fact), tie: `${fact.finishedAt} ${text}` };
}

export const keyOf = ({ kind, of, fact }: Fact) => ({
  pk: partitionOf(of.requestId),
  sk: kind === "event" ? `event#${fact.eventId}` : `delivery#${fact.step}#${fact.delivery}`,
});
export const partitionOf = (requestId: string) => `request#${requestId}`;

/** `belongs` and not `correlationId`: the index `byCorrelation` is for summaries alone. */
export const attributesOf = (found: Fact): Attributes => ({
  kind: found.kind,
  belongs: JSON.stringify(found.of),
  fact: JSON.stringify(found.fact),
});

export function factFrom(item: Attributes): Fact | undefined {
  if (item.kind !== "event" && item.kind !== "delivery") return undefined;
  return { kind: item.kind, of: JSON.parse(String(item.belongs)), fact: JSON.parse(String(item.fact)) } as Fact;
}
