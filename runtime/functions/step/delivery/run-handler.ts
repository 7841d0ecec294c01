import type { AnyStep } from "../../../../model/flow.ts";
import { hashOf } from "../../../ids.ts";
import type { Clock } from "../../../ports.ts";
import type { AnyClients } from "../../../third-party/clients.ts";
import type { CallContext } from "../../../third-party/context.ts";
import { within } from "../../../within.ts";
import { present, type Run } from "./run.ts";

/** Time reserved for storing and publishing the result or the failure after the handler is cut off. */
const MARGIN_MS = 1_500;
/** Largest share of a short timeout that is reserved. */
const MARGIN_SHARE = 0.25;

/**
 * Calls the step's handler or compensation, and cuts it off shortly before the invocation ends: a timeout would go unreported.
 * @throws RetryableError `TIMEOUT`, and whatever the handler throws
 */
export function runHandler(
  options: {
    readonly clock: Clock;
    readonly origin: CallContext["origin"];
    readonly name: string;
    /** The handler, or the compensation. */
    readonly handler: AnyStep["handler"];
    readonly clients: (context: CallContext) => AnyClients;
    readonly superseded: boolean;
  },
  run: Run,
): Promise<unknown> {
  const { clock, origin, name, handler, clients, superseded } = options;
  const { request, delivery, occurredAt } = present(run.cause, "cause");
  const { requestId, correlationId, tenant } = request;
  const left = run.arrival.endsAt - clock.now();
  const allowed = Math.max(0, left - Math.min(MARGIN_MS, left * MARGIN_SHARE));
  const attempt = present(run.attempt, "attempt").number;
  const { edit } = run.arrival.message ?? {};
  // A third party may refuse another body under a key that it knows.
  const keyed = edit === undefined ? delivery : `${delivery}.${edit}`;
  return within(clock, allowed, "Raise the step's timeout, or do less at once.", (limit) =>
    handler(run.input, {
      ...clients({
        origin,
        step: name,
        requestId,
        correlationId,
        delivery: keyed,
        repeated: attempt > 1,
        log: run.log,
        unknown: present(run.unknown, "unknown calls"),
        unreadable: present(run.unreadable, "unreadable answers"),
        answers: present(run.attempt, "attempt").answers,
        slots: run.slots,
        limit,
      }),
      requestId,
      correlationId,
      tenant,
      attempt,
      occurredAt,
      eventVersion: present(run.eventVersion, "event's version"),
      idempotencyKey: hashOf([requestId, keyed, origin.flow, origin.step]),
      superseded,
      log: run.log,
    }),
  );
}
