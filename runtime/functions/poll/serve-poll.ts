import { isRetryLater } from "../../../model/errors.ts";
import { firstName } from "../../../model/first-name.ts";
import type { Flow } from "../../../model/flow.ts";
import { POLL_BEGINS, POLL_MARGIN, type PollTrigger } from "../../../model/poll.ts";
import { type pollInput, triggerStep } from "../../../protocol/first-event.ts";
import { targetText } from "../../../protocol/holds.ts";
import { LONGEST_PUT_OFF_SECONDS } from "../../../protocol/limits.ts";
import type { PollEnd, PollRun } from "../../../protocol/status.ts";
import { retryAfterOf } from "../../admission.ts";
import type { PollEnvironment } from "../../environment.ts";
import { type Failure, failureFields, failureOf } from "../../errors.ts";
import { holdReader, orderReader } from "../../holds.ts";
import type { LambdaContext, LambdaHandler } from "../../lambda.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import type { Logger } from "../../logging/logger.ts";
import { addToScope, hideInScope } from "../../logging/scope.ts";
import { valuesOf } from "../../mask.ts";
import { publishAll } from "../../publish/publish-all.ts";
import { pollServices, type Services } from "../../services.ts";
import { clientFactory } from "../../third-party/clients.ts";
import type { PollValidators, Validators } from "../../validators.ts";
import { within } from "../../within.ts";
import { serve } from "../serve.ts";
import { cursorStore, type Lease, type Place } from "./cursor-store.ts";
import { cursorOf, pageOf } from "./page.ts";

/** What an invocation returns of its run, which ended without an error. */
export type PollOutcome = Pick<PollRun, "pages" | "events"> & { readonly ended: PollEnd };

/**
 * The Lambda handler of one poll: reads pages from the stored cursor on, publishes the events of each, and stores the cursor after each. Killed
 * in between, the next run reads the page again, and its events have the same ids, which the steps' delivery records absorb.
 *
 * @param name of the trigger
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 * @throws RangeError when the flow has no such trigger
 */
export function servePoll(
  flow: Pick<Flow, "name" | "triggers" | "admission">,
  name: string,
  validators: Validators & PollValidators,
  connect: () => Services<PollEnvironment> = pollServices,
): LambdaHandler {
  const trigger = flow.triggers[name];
  if (trigger?.kind !== "poll") throw new RangeError(`flow ${flow.name} has no poll ${name}. Bundle the flow again.`);
  const admission = flow.admission !== undefined;
  return serve(connect, (services, log) => runner(name, trigger, admission, validators, services, log), validators.personal);
}

/** @returns when its schedule says that it runs; `undefined` where an operator started it */
function scheduledAtIn(event: unknown): string | undefined {
  const { scheduledAt } = (event ?? {}) as Partial<ReturnType<typeof pollInput>>;
  return typeof scheduledAt === "string" ? scheduledAt : undefined;
}

function runner(
  name: string,
  trigger: PollTrigger,
  admission: boolean,
  validators: Validators & PollValidators,
  services: Services<PollEnvironment>,
  log: Logger,
) {
  const { environment, clock } = services;
  const { flow, graph } = environment;
  const firstFlow = firstName(flow, environment.formerly?.flow);
  const step = triggerStep(name);
  const poll = { flow, firstFlow, graph, name, trigger, validators };
  const clients = clientFactory(services, trigger.uses ?? {}, validators);
  const cursors = cursorStore({ ...services, flow: firstFlow, trigger: name });
  const held = holdReader(orderReader(services), clock);
  const retryAfter = retryAfterOf(services, log);
  const flows = [flow, ...(environment.formerly?.flow ?? [])];
  const holdable = { flow: flows, step: [step], thirdParties: Object.values(trigger.uses ?? {}).map((adapter) => adapter.name) };

  return async (event: unknown, context: LambdaContext): Promise<PollOutcome> => {
    addToScope({ flow, step });
    const beganAt = clock.now();
    const leftMs = context.getRemainingTimeInMillis();
    const times = { begins: beganAt + leftMs * POLL_BEGINS, ends: beganAt + leftMs - POLL_MARGIN * 1_000 };
    const done = { pages: 0, events: 0 };
    const startedAt = new Date(beganAt).toISOString();
    const lease = await cursors.take({ startedAt, leaseUntil: beganAt + leftMs, scheduledAt: scheduledAtIn(event) });
    let ended: PollEnd | undefined;
    let failure: Failure | undefined;
    try {
      ended = lease ? await readPages(lease, times, done) : "running";
    } catch (error) {
      failure = failureOf(error);
      const fields = { ...done, ...thrownFields(error) };
      if (!isRetryLater(error) || isPutOffLong(lease)) {
        log.error("poll failed; the next run reads the page again", fields);
        throw error;
      }
      ended = "put off";
      log.warn("a third party asks the poll to come back; the next run goes on", fields);
    } finally {
      const endedAt = new Date(clock.now()).toISOString();
      const run = { startedAt, endedAt, ended: ended ?? ("failed" as const), ...done, error: failure?.code ?? null };
      await lease
        ?.release(ended === "put off" || (ended === undefined && lease.putOffSince !== undefined), run)
        .catch((error: unknown) => {
          log.warn("the poll's lease could not be released; it ends with the invocation's time", failureFields(failureOf(error)));
        });
    }
    log.info("poll ended", { ended, ...done, durationMs: clock.now() - beganAt });
    return { ended, ...done };
  };

  function isPutOffLong(lease: Lease | undefined): boolean {
    return lease?.putOffSince !== undefined && clock.now() - lease.putOffSince >= LONGEST_PUT_OFF_SECONDS * 1_000;
  }

  async function readPages(
    lease: Lease,
    times: { readonly begins: number; readonly ends: number },
    done: { pages: number; events: number },
  ): Promise<PollEnd> {
    let place: Pick<Place, "cursor" | "moves"> = lease;
    for (;;) {
      const stopped = await stop();
      if (stopped) return stopped;
      const page = await read(place, times.ends, `${lease.owner}:${done.pages}`);
      await publishAll(services, page.entries);
      if (page.moved !== undefined) {
        place = { cursor: page.moved, moves: place.moves + 1 };
        if (!(await lease.move({ cursor: page.moved, moves: place.moves }))) return "running";
      }
      done.pages += 1;
      done.events += page.entries.length;
      if (!page.more) return "caught up";
      if (clock.now() >= times.begins) return "out of time";
    }
  }

  async function stop(): Promise<PollEnd | undefined> {
    const hold = await held(holdable);
    if (hold) {
      log.info("poll held", { target: targetText(hold), by: hold.by, until: hold.until });
      return "held";
    }
    return admission && (await retryAfter(firstFlow)) !== undefined ? "behind" : undefined;
  }

  /** @param id of this reading: no call of an earlier one has its idempotency keys, and so its answers */
  async function read(place: Pick<Place, "cursor" | "moves">, ends: number, id: string) {
    const cursor = cursorOf(poll, place);
    hideInScope(valuesOf(cursor, validators.personal));
    // The handler may change what it is given.
    const from = structuredClone(cursor);
    const origin = { flow: firstFlow, step };
    const returned: unknown = await within(
      clock,
      Math.max(0, ends - clock.now()),
      "Read smaller pages, or raise `timeout`.",
      (limit) =>
        trigger.page({
          ...clients({
            ...{ origin, step, requestId: id, correlationId: id, delivery: id, repeated: false, log, limit },
            ...{ unknown: new Set<string>(), unreadable: new Map(), answers: {}, slots: undefined },
          }),
          cursor,
          log,
        }),
    );
    return pageOf(returned, poll, place, from, new Date(clock.now()).toISOString());
  }
}
