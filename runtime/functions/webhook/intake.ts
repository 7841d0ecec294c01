import { sourceOf } from "../../../model/envelope.ts";
import type { AnyEvent } from "../../../model/event.ts";
import { firstMetadata, webhookTenant } from "../../../protocol/first-event.ts";
import { LARGEST_BODY_KB } from "../../../protocol/limits.ts";
import { type Backoff, retrying } from "../../backoff.ts";
import type { IngressEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import { HttpProblem } from "../../http/problem.ts";
import { addToScope, type Logger } from "../../logging/logger.ts";
import { metricLine } from "../../logging/metric.ts";
import type { Entry } from "../../ports.ts";
import { publishAll } from "../../publish/publish-all.ts";
import type { Services } from "../../services.ts";
import type { Identity } from "./delivery-identity.ts";
import { deliveryMarks, type Mark } from "./delivery-marks.ts";

/** Largest event with its envelope, as for the gateway's HTTP triggers (docs/architecture.md). */
const LARGEST_ENTRY_BYTES = LARGEST_BODY_KB * 1_024;

/** A call of the same delivery takes a moment to publish its event: the others look 6 times, for a second in all. */
const LOOKS = 6;
const BETWEEN_LOOKS: Backoff = { jitter: "none", base: 200, cap: 200 };

interface FirstEvent {
  readonly event: AnyEvent;
  readonly data: unknown;
  readonly requestId: string;
  readonly identity: Identity;
  readonly correlationId: string;
}

/** Publishes a delivery's event unless that was done before. @throws HttpProblem 413; 503: the sender sends it again */
export type Intake = (first: FirstEvent, leaseUntil: number) => Promise<Mark>;

/** @param of.flow its first name */
export function deliveryIntake(of: {
  readonly services: Services<IngressEnvironment>;
  readonly log: Logger;
  readonly flow: string;
  readonly trigger: string;
}): Intake {
  const { services, log, flow, trigger } = of;
  const { environment, clock } = services;
  const marks = deliveryMarks({ table: services.table, clock, flow, trigger });

  return async (first, leaseUntil) => {
    const { requestId, correlationId, identity } = first;
    const name: string = first.event.type;
    addToScope({ requestId, correlationId });
    assertSize(entryOf(first, { correlationId, receivedAt: new Date(clock.now()).toISOString() }));
    const taken = await retrying(services, BETWEEN_LOOKS, { attempts: LOOKS }, async () => {
      const mark = await marks.take(requestId, { correlationId, sentAs: identity.sentAs }, leaseUntil);
      return mark.kind === "busy" ? undefined : mark;
    }).catch((error: unknown) => {
      throw refusal("delivery could not be marked", error);
    });
    if (!taken) throw refusal("another call is publishing this delivery", undefined);
    addToScope({ correlationId: taken.mark.correlationId });
    if (taken.kind === "done") {
      logRepetition(name, identity, taken.mark);
      return taken.mark;
    }
    try {
      await publishAll(services, [entryOf(first, taken.mark)]);
    } catch (error) {
      await marks.release(requestId, taken.owner).catch(() => {}); // The lease expires.
      throw refusal("first event could not be published", error);
    }
    log.info("webhook accepted", { event: name });
    await marks.done(requestId, taken.owner).catch((error: unknown) => {
      // The event is on the bus. A repeated call publishes the same ids, which the steps recognise.
      log.warn("delivery could not be marked as done", { code: failureOf(error).code });
    });
    return taken.mark;
  };

  /** Equal content under another id may be a second event, which is then lost: somebody has to see that. */
  function logRepetition(event: string, { sentAs }: Identity, mark: Mark): void {
    if (sentAs === undefined || sentAs === mark.sentAs) {
      log.info("repeated webhook ignored", { event });
      return;
    }
    log.warn("webhook ignored: its content was received before under another delivery id", {
      event,
      delivery: sentAs,
      firstDelivery: mark.sentAs ?? "unknown",
    });
    metricLine(services, { WebhooksEqualToEarlier: 1 });
  }

  function refusal(what: string, error: unknown): HttpProblem {
    const { code, message } = error === undefined ? { code: "BUSY", message: "" } : failureOf(error);
    log.error(what, { code, error: message });
    return new HttpProblem(503, "Service Unavailable", "The request could not be accepted. Send it again.", {
      "retry-after": "5",
    });
  }

  function entryOf({ requestId, event, data }: FirstEvent, { correlationId, receivedAt }: Mark): Entry {
    const { flow, graph } = environment;
    const ids = { requestId, correlationId, tenant: webhookTenant(flow, trigger), occurredAt: receivedAt };
    const metadata = firstMetadata({ ...ids, flow, graph, trigger, version: event.version });
    return { source: sourceOf(flow), detailType: event.type, detail: JSON.stringify({ metadata, data }) };
  }
}

function assertSize({ detail }: Entry): void {
  if (Buffer.byteLength(detail) > LARGEST_ENTRY_BYTES)
    throw new HttpProblem(
      413,
      "Content Too Large",
      `The body is larger than ${LARGEST_BODY_KB} KB. Send a reference to the data.`,
    );
}
