import type { CompensateStepData } from "../../../model/envelope.ts";
import type { Undo } from "../../../model/ledger/saga.ts";
import { isTriggerStep } from "../../../protocol/first-event.ts";
import { HUB_EVENT } from "../../../protocol/reports.ts";
import { markCancelled } from "../../cancellations.ts";
import { parseJson, readEvent } from "../../envelope/read-event.ts";
import type { HubWriterEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import type { LambdaHandler, SqsEvent, SqsRecord } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Entry } from "../../ports.ts";
import { entryOf } from "../../publish/entries.ts";
import { publishAll } from "../../publish/publish-all.ts";
import { hubWriterServices, type Services } from "../../services.ts";
import { recordFirstEvent } from "../../tracing/record-entries.ts";
import { batchResponse, serve } from "../serve.ts";
import { type Fact, factsOf } from "./fact.ts";
import { type LedgerStore, ledgerStore } from "./ledger-store.ts";
import type { RequestState } from "./state.ts";

/**
 * The Lambda handler of the flow ledger: takes batches of all events of the hub, in any order and any number of times, and
 * keeps the state of each request. When a request fails, it triggers compensation of the completed steps, one at a time. A message that
 * is not an event comes back until the queue dead-letters it.
 *
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 */
export function serveLedger(connect: () => Services<HubWriterEnvironment> = hubWriterServices): LambdaHandler {
  return serve(connect, (services, log) => {
    const store = ledgerStore(services);
    return async ({ Records }: SqsEvent) => batchResponse(Records, await takeIn(Records, store, log, services));
  });
}

/** Adds the facts of the batch to each request at once. A request that fails brings back its own messages only. */
async function takeIn(
  records: readonly SqsRecord[],
  store: LedgerStore,
  log: Logger,
  services: Services<HubWriterEnvironment>,
): Promise<readonly PromiseSettledResult<unknown>[]> {
  const read = records.map((record) => {
    try {
      return factsIn(record);
    } catch (error) {
      return logged(error, record);
    }
  });
  const facts = read.flatMap((found) => (found instanceof Error ? [] : found));
  const taking = new Map(
    [...Map.groupBy(facts, ({ request }) => request.requestId)].map(([requestId, found]) => [
      requestId,
      takeOne(requestId, found),
    ]),
  );
  return Promise.allSettled(
    read.map(async (found) => {
      if (found instanceof Error) throw found;
      for (const { request } of found) await taking.get(request.requestId);
    }),
  );

  function logged(error: unknown, { messageId }: SqsRecord): Error {
    const { code, message } = failureOf(error);
    log.error("message could not be stored; it comes back", { code, error: message, messageId });
    return error instanceof Error ? error : new Error(message);
  }

  /** The cancellation in the table holds. It is written here too, where the ops function died before it could write it. */
  async function marked(found: Fact): Promise<Fact> {
    if (found.kind !== "cancel") return found;
    return { ...found, fact: await markCancelled(services, found.request.requestId, found.fact) };
  }

  async function takeOne(requestId: string, came: readonly Fact[]): Promise<void> {
    try {
      const found = await Promise.all(came.map(marked));
      const { state, ask } = await store.take(requestId, found);
      const { status } = state;
      const { correlationId, flow } = state.request;
      if (ask) {
        await publishAll(services, [compensateEntry(state, ask.undo)]);
        await ask.done();
        log.info("compensation triggered", { settled: requestId, correlation: correlationId, settledFlow: flow, ...ask.undo });
      }
      log.debug("request settled", { settled: requestId, correlation: correlationId, settledFlow: flow, status });
    } catch (error) {
      const { code, message } = failureOf(error);
      log.warn("request could not be settled; its messages come back", { code, error: message, settled: requestId });
      throw error;
    }
  }
}

/** @returns none when the event adds nothing */
function factsIn({ body }: SqsRecord): readonly Fact[] {
  const event = readEvent(parseJson(body));
  if (typeof event === "string") throw new TypeError(`the message is not an event of the hub: ${event}.`);
  if (isTriggerStep(event.metadata.step)) recordFirstEvent(event);
  return factsOf(event);
}

/** CompensateStep. Triggering it again gives it the same id. */
function compensateEntry(
  { request: { flow, requestId, correlationId, tenant, graph, debug }, lastAt }: RequestState,
  undo: Undo,
): Entry {
  const request = { requestId, correlationId, tenant, graph, traceparent: "", causationId: "", ...(debug && { debug }) };
  const data: CompensateStepData = undo;
  // A delivery's id is its cause's id, which other steps share.
  const origin = { flow, step: `ledger:${undo.step}`, request, causes: [undo.delivery], hop: 0 };
  return entryOf(origin, { name: HUB_EVENT.CompensateStep, version: 1, ordinal: 0, data, at: lastAt }).entry;
}
