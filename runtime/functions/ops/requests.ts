import { firstName } from "../../../model/first-name.ts";
import { hasEnded } from "../../../model/ledger/request-status.ts";
import type { Cancellation } from "../../../protocol/cancel.ts";
import { HUB_EVENT } from "../../../protocol/reports.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { markCancelled } from "../../cancellations.ts";
import { announceCancellation } from "../../cancelled-flows.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { conflict, json } from "../../http/problem.ts";
import { pathParameterOf } from "../../http/request.ts";
import { hashOf } from "../../ids.ts";
import type { Logger } from "../../logging/logger.ts";
import { maskedText } from "../../mask.ts";
import type { Entry } from "../../ports.ts";
import { publishAll } from "../../publish/publish-all.ts";
import type { Services } from "../../services.ts";
import { deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { decisionsOn } from "../dead-letters/decide.ts";
import { deadLettersOf } from "../dead-letters/of-request.ts";
import { flowNamed, type targetStore } from "../dead-letters/targets.ts";
import { cancellationIn, type RequestState } from "../ledger/state.ts";
import { existingRequest, stateOf } from "./existing-request.ts";
import { opsEntry } from "./ops-entry.ts";
import { bodyOf, reasonOf } from "./request.ts";
import type { Operation, Outcome } from "./route.ts";

/** While a cancellation waits, it looks so often whether the request has ended. */
const LOOK_MS = 1_000;

/**
 * Cancels requests, for a call and for a job.
 * @param announce makes the steps of a flow read the marks of its requests. @returns when each of them does, ms since the epoch
 */
export function cancellations(
  services: Services<unknown>,
  targets: ReturnType<typeof targetStore>,
  log: Logger,
  announce: (flow: string) => Promise<number> = (flow) => announced(services, flow),
) {
  const { table, clock } = services;
  const store = deadLetterStore(table);
  const decisions = decisionsOn(services, store, targets);

  /** @throws HttpProblem 409 */
  function refuseEnded(state: RequestState | undefined): void {
    if (state && hasEnded(state.status) && !cancellationIn(state))
      throw conflict(`The request is ${state.status}. Only a request in progress can be cancelled.`);
  }

  /**
   * Waits until each step of the flow reads marks: five seconds, for the first cancellation of the flow in 90 days.
   * @throws HttpProblem 409, also when the request ends meanwhile
   */
  async function marksAreRead({ flow, requestId }: RequestState["request"]): Promise<void> {
    const readyAt = await announce(firstName(flow, flowNamed(await targets(), flow)?.formerly));
    for (let left = readyAt - clock.now(); left > 0; left = readyAt - clock.now()) {
      await clock.sleep(Math.min(left, LOOK_MS));
      refuseEnded(await stateOf(table, requestId));
    }
  }

  /**
   * Publishes the cancellation, then marks the request: the ledger marks it too, so that a crash in between leaves nothing half done. From the
   * mark on, no step begins.
   */
  async function cancel({ request }: RequestState, wanted: Cancellation): Promise<Outcome> {
    const { requestId } = request;
    await marksAreRead(request);
    await publishAll(services, [cancelledEntry(request, wanted)]);
    const cancelled = await markCancelled(services, requestId, wanted);
    // Read again: it may have failed meanwhile.
    const closed = await closeDeadLetters(await stateOf(table, requestId), wanted);
    log.warn("cancelled", { cancelled: requestId, cancelledFlow: request.flow, operator: cancelled.by });
    const isFirst = cancelled.at === wanted.at && cancelled.by === wanted.by;
    const letters = closed > 0 ? `, ${closed} dead letter${closed === 1 ? "" : "s"} discarded` : "";
    return {
      response: json(202, { requestId, cancelled }),
      outcome: isFirst ? `cancelled${letters}` : `it was cancelled by ${cancelled.by} before${letters}`,
    };
  }

  /**
   * Closes the dead letters of a cancelled request. Those that may have taken effect stay open for a decision. What this misses (in a request of
   * many deliveries, or what fails later), the sweeper closes.
   */
  async function closeDeadLetters(state: RequestState | undefined, { by, why }: Cancellation): Promise<number> {
    if (!state || !("facts" in state.body)) return 0;
    const failed = state.body.facts.deliveries.filter(
      ({ status, compensates, unknownOutcome }) => status === "failed" && compensates === undefined && !unknownOutcome,
    );
    let closed = 0;
    for (const deadLetter of await deadLettersOf(state.request.flow, failed, store, await targets()))
      if (await decisions.closeCancelled(deadLetter, by, why)) closed += 1;
    return closed;
  }

  /**
   * Checks that a request can be cancelled.
   * @returns what cancels it
   * @throws HttpProblem 409
   */
  return (state: RequestState) => {
    refuseEnded(state);
    return (by: string, why: string): Promise<Outcome> =>
      cancel(state, { by, at: new Date(clock.now()).toISOString(), why: maskedText(why) });
  };
}

/** What is done to a request as a whole. */
export function requestOperations(services: Services<OpsEnvironment>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const prepare = cancellations(services, targets, log);
  return {
    cancel: {
      change: async (event, { tenant }) => {
        const state = await existingRequest(services.table, pathParameterOf(event, "requestId"), tenant);
        const { requestId } = state.request;
        const why = reasonOf(bodyOf(event.body, ["reason"]));
        const cancel = prepare(state);
        return { about: { requestId }, why, act: ({ name }) => cancel(name, why) };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}

/**
 * Makes the steps of a flow read the marks of its requests. @param flow its first name
 * @returns when each of them does, ms since the epoch
 * @throws HttpProblem 409 when others write all the time
 */
export async function announced(services: Services<unknown>, flow: string): Promise<number> {
  const readyAt = await announceCancellation(services, flow);
  if (readyAt === undefined) throw conflict("Other operators cancel or hold at this moment. Try again.");
  return readyAt;
}

/** RequestCancelled, for the ledger. */
export function cancelledEntry(
  { flow, requestId, correlationId, tenant, graph }: RequestState["request"],
  data: Cancellation,
): Entry {
  const eventId = hashOf([requestId, HUB_EVENT.RequestCancelled, data.by, data.at]);
  const of = { eventId, requestId, correlationId, tenant, flow, graph, step: "ops:cancel", occurredAt: data.at };
  return opsEntry(HUB_EVENT.RequestCancelled, of, data);
}
