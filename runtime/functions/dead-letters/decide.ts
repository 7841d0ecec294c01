import { sourceOf } from "../../../model/envelope.ts";
import type { RequestStatus } from "../../../model/ledger/request-status.ts";
import { mayRedrive } from "../../../model/ledger/saga.ts";
import { type FlowTargets, HUB_ITSELF, writeAttributes } from "../../../protocol/dead-letter.ts";
import { isTriggerStep, triggerOf } from "../../../protocol/first-event.ts";
import { summaryKey } from "../../../protocol/table.ts";
import type { Bus, Clock, Queue, Table } from "../../ports.ts";
import { publishAll } from "../../publish/publish-all.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { DeadLetterStore } from "./dead-letter-store.ts";
import { deadLetterReport, givenUpReport, knownFact, reportedAttempts, requestsOf } from "./report.ts";

interface Ports {
  readonly table: Table;
  readonly bus: Bus;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Why a dead letter was left as it is. */
interface Refusal {
  readonly id: string;
  readonly refused: string;
}
export type Decided = Refusal | { readonly id: string; readonly state: "redriven" | "discarded" };

/** Redrives and discards dead letters. */
export interface Decisions {
  /**
   * Sends the message back to its step's queue, then closes the record. A crash between the two leaves the record open, and the
   * delivery record absorbs a second message of the same cause.
   * @param by the operator; `sweeper` counts as automatic
   */
  redrive(deadLetter: DeadLetter, by: string): Promise<Decided>;
  /** Publishes StepGivenUp, then closes the record, so that the ledger always learns of it. */
  discard(deadLetter: DeadLetter, by: string, reason: string): Promise<Decided>;
  /** Closes the dead letter if its request has ended without it: it can't be sent back any more. @returns whether it did */
  closeEnded(deadLetter: DeadLetter): Promise<boolean>;
}

export function decisionsOn(ports: Ports, store: DeadLetterStore, targets: () => Promise<readonly FlowTargets[]>): Decisions {
  const { table, queue, clock } = ports;
  const iso = () => new Date(clock.now()).toISOString();

  /** @returns the request's status when the request no longer accepts the step's result */
  async function overAs({ flow, cause }: DeadLetter): Promise<RequestStatus | undefined> {
    if (!cause || flow === HUB_ITSELF) return undefined;
    const summary = await table.get(summaryKey(cause.requestId));
    const status = summary?.status as RequestStatus | undefined;
    return status === undefined || mayRedrive(status, cause.eventName) ? undefined : status;
  }

  /** @returns the requests to report to, each with the delivery's fact in the ledger */
  async function lookUp({ cause, flow, step }: DeadLetter) {
    if (!cause || flow === HUB_ITSELF || step === "" || isTriggerStep(step)) return [];
    return Promise.all(requestsOf(cause).map(async (request) => ({ request, known: await knownFact(table, step, request) })));
  }

  /** Publishes what happened to the dead letter to its requests. @param why it is discarded; `undefined` when it is redriven */
  async function report(
    deadLetter: DeadLetter,
    found: Awaited<ReturnType<typeof lookUp>>,
    at: string,
    why?: string,
  ): Promise<void> {
    for (const { request, known } of found) {
      if (known?.status === "succeeded") continue;
      const entry =
        why === undefined
          ? deadLetterReport(deadLetter, request, known, { outcome: "redriven", at })
          : givenUpReport(deadLetter, request, at, why);
      await publishAll(ports, [entry]);
    }
  }

  /**
   * @param reported attempts already reported to the ledger. The next attempt is numbered after them, so that its reports supersede
   *   the redrive's.
   * @returns why the message can't be sent
   */
  async function sendBack(deadLetter: DeadLetter, reported: number): Promise<string | undefined> {
    const { flow, step, errorCode } = deadLetter;
    const target = (await targets()).find((candidate) => candidate.flow === flow)?.steps[step];
    if (!target) return `the hub has no step ${step || "(unknown)"} of flow ${flow} now. Deploy it, or discard it`;
    const { requestId = "", correlationId = "", delivery = "" } = deadLetter.cause ?? {};
    const attributes = writeAttributes({ flow, step, requestId, correlationId, errorCode, attempts: reported, delivery });
    await queue.send(target.queueUrl, await store.bodyOf(deadLetter), attributes);
    return undefined;
  }

  /** Publishes a first event, as its schedule would have done. @returns why it can't */
  async function publishFirst(deadLetter: DeadLetter): Promise<string | undefined> {
    const { flow, step, cause } = deadLetter;
    if (!cause) return "its message is no event of the hub. Discard it";
    const trigger = triggerOf(step);
    const known = (await targets()).find((candidate) => candidate.flow === flow)?.schedules?.[trigger];
    if (known?.event !== cause.eventName)
      return `flow ${flow} has no ${step} for ${cause.eventName} now. Deploy it, or discard it`;
    const { detail } = JSON.parse(await store.bodyOf(deadLetter)) as { readonly detail: unknown };
    await publishAll(ports, [{ source: sourceOf(flow), detailType: cause.eventName, detail: JSON.stringify(detail) }]);
    return undefined;
  }

  return {
    async redrive(deadLetter, by) {
      const { id, step, state } = deadLetter;
      if (state !== "open") return { id, refused: `it is already ${state}` };
      const over = await overAs(deadLetter);
      if (over !== undefined)
        return { id, refused: `request ${deadLetter.cause?.requestId} is ${over}; a redrive would come too late. Discard it` };
      // Read the ledger before sending. The message may fail again before `redriven` is published, and that newer failure must win.
      const found = await lookUp(deadLetter);
      const reported = Math.max(reportedAttempts(deadLetter), ...found.map(({ known }) => reportedAttempts(deadLetter, known)));
      const gone = isTriggerStep(step) ? await publishFirst(deadLetter) : await sendBack(deadLetter, reported);
      if (gone !== undefined) return { id, refused: gone };
      const at = iso();
      const automatic = by === SWEEPER ? 1 : 0;
      // Fails when a newer failure was recorded in between: the record stays open.
      await store.replace(deadLetter, {
        ...deadLetter,
        state: "redriven",
        closedAt: at,
        closedBy: by,
        redriveAt: "",
        autoRedrives: automatic ? deadLetter.autoRedrives + 1 : 0,
      });
      await report(deadLetter, found, at);
      return { id, state: "redriven" };
    },

    async discard(deadLetter, by, reason) {
      const { id, state } = deadLetter;
      if (state !== "open") return { id, refused: `it is already ${state}` };
      const at = iso();
      await report(deadLetter, await lookUp(deadLetter), at, `discarded: ${reason}`);
      const done = await store.replace(deadLetter, {
        ...deadLetter,
        state: "discarded",
        closedAt: at,
        closedBy: by,
        reason,
        redriveAt: "",
      });
      return done ? { id, state: "discarded" } : { id, refused: "it has changed meanwhile. Read it again and retry" };
    },

    async closeEnded(deadLetter) {
      const status = await overAs(deadLetter);
      // A compensating request has not ended yet.
      if (status === undefined || status === "compensating") return false;
      const closed = { state: "discarded", closedAt: iso(), closedBy: SWEEPER, redriveAt: "" } as const;
      return store.replace(deadLetter, { ...deadLetter, ...closed, reason: `its request is ${status}` });
    },
  };
}

/** Decides on all, 10 at once. @returns the results in the same order */
export async function decideOnAll<T>(
  deadLetters: readonly DeadLetter[],
  decide: (deadLetter: DeadLetter) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  for (let i = 0; i < deadLetters.length; i += AT_ONCE)
    results.push(...(await Promise.all(deadLetters.slice(i, i + AT_ONCE).map(decide))));
  return results;
}

const AT_ONCE = 10;

/** Name under which the sweeper redrives and discards. */
export const SWEEPER = "sweeper";
