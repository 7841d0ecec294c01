import { type AnyEvent, busName } from "../../../model/event.ts";
import { webhookTenant } from "../../../protocol/first-event.ts";
import { LARGEST_BODY_KB } from "../../../protocol/limits.ts";
import { type Backoff, retrying } from "../../backoff.ts";
import type { IngressEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import { HttpProblem } from "../../http/problem.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import type { Logger } from "../../logging/logger.ts";
import { metricLine } from "../../logging/metric.ts";
import { addToScope, inScope } from "../../logging/scope.ts";
import type { Entry } from "../../ports.ts";
import { firstEntry } from "../../publish/first-entry.ts";
import { publishAll } from "../../publish/publish-all.ts";
import type { Services } from "../../services.ts";
import type { Identity } from "./delivery-identity.ts";
import { deliveryMarks, type Mark, type Taken } from "./delivery-marks.ts";

/** Largest event with its envelope, as for the gateway's HTTP triggers (docs/internals.md). */
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

/**
 * Publishes the events of a call's deliveries that were not published before, all or none.
 * @returns their marks, in the same order
 * @throws HttpProblem 413; 503: the sender sends the call again
 */
export type Intake = (firsts: readonly FirstEvent[], leaseUntil: number) => Promise<readonly Mark[]>;

type Marked = Exclude<Taken, { readonly kind: "busy" }>;

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

  return async (firsts, leaseUntil) => {
    const receivedAt = new Date(clock.now()).toISOString();
    for (const first of firsts) assertSize(entryOf(first, { correlationId: first.correlationId, receivedAt }));
    const marked = await markAll(firsts, leaseUntil);
    const taken = firsts.flatMap((first, i) => (marked[i]?.kind === "taken" ? [{ first, ...marked[i] }] : []));
    try {
      await publishAll(
        services,
        taken.map(({ first, mark }) => entryOf(first, mark)),
      );
    } catch (error) {
      await releaseAll(firsts, marked);
      throw refusal("first event could not be published", error);
    }
    await Promise.all(firsts.map((first, i) => inScope(() => conclude(first, marked[i]))));
    return marked.map(({ mark }) => mark);
  };

  async function conclude({ event, requestId, identity }: FirstEvent, own: Marked | undefined): Promise<void> {
    if (!own) return;
    addToScope({ requestId, correlationId: own.mark.correlationId });
    const name: string = event.type;
    if (own.kind === "done") return logRepetition(name, identity, own.mark);
    log.info("webhook accepted", { event: name });
    await marks.done(requestId, own.owner).catch((error: unknown) => {
      // The event is on the bus. A repeated call publishes the same ids, which the steps recognise.
      log.warn("delivery could not be marked as done", { code: failureOf(error).code });
    });
  }

  /** @throws HttpProblem 503 when one delivery can't be marked; then none is */
  async function markAll(firsts: readonly FirstEvent[], leaseUntil: number): Promise<readonly Marked[]> {
    const outcomes = await Promise.allSettled(firsts.map((first) => markOf(first, leaseUntil)));
    const marked = outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : undefined));
    if (!marked.includes(undefined)) return marked as readonly Marked[];
    await releaseAll(firsts, marked);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    throw failed
      ? refusal("delivery could not be marked", failed.reason)
      : refusal("another call is publishing this delivery", undefined);
  }

  /** @returns `undefined` while another call publishes the delivery */
  function markOf({ requestId, correlationId, identity }: FirstEvent, leaseUntil: number): Promise<Marked | undefined> {
    return retrying(services, BETWEEN_LOOKS, { attempts: LOOKS }, async () => {
      const mark = await marks.take(requestId, { correlationId, sentAs: identity.sentAs }, leaseUntil);
      return mark.kind === "busy" ? undefined : mark;
    });
  }

  /** A lease that can't be released expires. */
  async function releaseAll(firsts: readonly FirstEvent[], marked: readonly (Marked | undefined)[]): Promise<void> {
    await Promise.allSettled(
      firsts.map(async ({ requestId }, i) => {
        const own = marked[i];
        if (own?.kind === "taken") await marks.release(requestId, own.owner);
      }),
    );
  }

  /** Equal content under another id may be a second event, which is then lost: an operator has to see that. */
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
    log.error(what, error === undefined ? { code: "BUSY", error: "" } : thrownFields(error));
    return new HttpProblem(503, "Service Unavailable", "The request could not be accepted. Send it again.", {
      "retry-after": "5",
    });
  }

  function entryOf({ requestId, event, data }: FirstEvent, { correlationId, receivedAt }: Mark): Entry {
    const { flow, graph } = environment;
    const ids = { requestId, correlationId, tenant: webhookTenant(flow, trigger), occurredAt: receivedAt };
    return firstEntry({ ...ids, flow, graph, trigger, version: event.version, name: busName(event), data });
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
