import { sourceOf } from "../../../model/envelope.ts";
import type { RequestStatus } from "../../../model/ledger/request-status.ts";
import { mayRedrive } from "../../../model/ledger/saga.ts";
import type { Bus, Clock, Queue, Table } from "../../ports.ts";
import { publishAll } from "../../publish/publish-all.ts";
import { partitionOf } from "../ledger/fact.ts";
import { ATTEMPTS, ERROR_CODE } from "../step/delivery/dead-letters.ts";
import { isOfTrigger, type Letter } from "./letter.ts";
import type { LetterStore } from "./letter-store.ts";
import { attemptsToldOf, givenUpReport, knownFact, letterReport, requestsOf } from "./report.ts";
import { type FlowTargets, HUB_FLOW } from "./targets.ts";

interface Outside {
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

/** Sends dead letters back, or gives them up. */
export interface Deciding {
  /**
   * Sends the message back to the very queue of its step. First sent, then noted: a crash between the two leaves the record open,
   * and a second message of the same cause is absorbed by the delivery record.
   * @param by who asks; `sweeper` counts as automatic
   */
  redrive(letter: Letter, by: string): Promise<Decided>;
  /** Gives it up. First published, then noted, so that the ledger is told in any case. */
  discard(letter: Letter, by: string, reason: string): Promise<Decided>;
  /** Closes the letter if its request has ended without it: it can't be sent back any more. @returns whether it did */
  closeEnded(letter: Letter): Promise<boolean>;
}

export function deciding(outside: Outside, store: LetterStore, targets: () => Promise<readonly FlowTargets[]>): Deciding {
  const { table, queue, clock } = outside;
  const iso = () => new Date(clock.now()).toISOString();

  /** @returns the request's status when it can't take the step's result any more */
  async function overAs({ flow, cause }: Letter): Promise<RequestStatus | undefined> {
    if (!cause || flow === HUB_FLOW) return undefined;
    const summary = await table.get({ pk: partitionOf(cause.requestId), sk: "summary" });
    const status = summary?.status as RequestStatus | undefined;
    return status === undefined || mayRedrive(status, cause.eventName) ? undefined : status;
  }

  /** @returns the letter's requests, each with what the ledger knows of its delivery by now; none where nobody has to be told */
  async function lookUp({ cause, flow, step }: Letter) {
    if (!cause || flow === HUB_FLOW || step === "" || isOfTrigger(step)) return [];
    return Promise.all(requestsOf(cause).map(async (one) => ({ one, known: await knownFact(table, step, one) })));
  }

  /** @param why it is given up; `undefined` when it is sent back */
  async function tell(letter: Letter, found: Awaited<ReturnType<typeof lookUp>>, at: string, why?: string): Promise<void> {
    for (const { one, known } of found) {
      if (known?.status === "succeeded") continue;
      const report =
        why === undefined ? letterReport(letter, one, known, { outcome: "redriven", at }) : givenUpReport(letter, one, at, why);
      await publishAll(outside, [report]);
    }
  }

  /**
   * @param told attempts that the ledger knows of: the step counts on from there, or what it tells would not hold against the redrive
   * @returns why it can't be sent
   */
  async function sendBack(letter: Letter, told: number): Promise<string | undefined> {
    const { flow, step, errorCode } = letter;
    const target = (await targets()).find((one) => one.flow === flow)?.steps[step];
    if (!target) return `the hub has no step ${step || "(unknown)"} of flow ${flow} now. Deploy it, or discard it`;
    const { requestId = "", correlationId = "", delivery = "" } = letter.cause ?? {};
    await queue.send(target.queueUrl, await store.bodyOf(letter), {
      flow,
      step,
      requestId,
      correlationId,
      [ERROR_CODE]: errorCode,
      [ATTEMPTS]: String(told),
      delivery,
    });
    return undefined;
  }

  /** A first event goes to the bus, as its schedule would have sent it. @returns why it can't */
  async function publishFirst(letter: Letter): Promise<string | undefined> {
    const { flow, step, cause } = letter;
    if (!cause) return "its message is no event of the hub. Discard it";
    const trigger = step.slice("trigger:".length);
    const known = (await targets()).find((one) => one.flow === flow)?.schedules?.[trigger];
    if (known?.event !== cause.eventName)
      return `flow ${flow} has no ${step} for ${cause.eventName} now. Deploy it, or discard it`;
    const { detail } = JSON.parse(await store.bodyOf(letter)) as { readonly detail: unknown };
    await publishAll(outside, [{ source: sourceOf(flow), detailType: cause.eventName, detail: JSON.stringify(detail) }]);
    return undefined;
  }

  return {
    async redrive(letter, by) {
      const { id, step, state } = letter;
      if (state !== "open") return { id, refused: `it is ${state} already` };
      const over = await overAs(letter);
      if (over !== undefined)
        return { id, refused: `request ${letter.cause?.requestId} is ${over}; a redrive would come too late. Discard it` };
      // Before it is sent: it may have died again by the time it is told of, and what was told of that is to hold against this.
      const found = await lookUp(letter);
      const told = Math.max(attemptsToldOf(letter), ...found.map(({ known }) => attemptsToldOf(letter, known)));
      const gone = isOfTrigger(step) ? await publishFirst(letter) : await sendBack(letter, told);
      if (gone !== undefined) return { id, refused: gone };
      const at = iso();
      const automatic = by === SWEEPER ? 1 : 0;
      // Another death noted in between leaves it open, and that one is newer.
      await store.replace(letter, {
        ...letter,
        state: "redriven",
        closedAt: at,
        closedBy: by,
        redriveAt: "",
        autoRedrives: automatic ? letter.autoRedrives + 1 : 0,
      });
      await tell(letter, found, at);
      return { id, state: "redriven" };
    },

    async discard(letter, by, reason) {
      const { id, state } = letter;
      if (state !== "open") return { id, refused: `it is ${state} already` };
      const at = iso();
      await tell(letter, await lookUp(letter), at, `discarded: ${reason}`);
      const done = await store.replace(letter, {
        ...letter,
        state: "discarded",
        closedAt: at,
        closedBy: by,
        reason,
        redriveAt: "",
      });
      return done ? { id, state: "discarded" } : { id, refused: "it was written meanwhile. Look at it and try again" };
    },

    async closeEnded(letter) {
      const status = await overAs(letter);
      // What is being undone is not over yet.
      if (status === undefined || status === "compensating") return false;
      const closed = { state: "discarded", closedAt: iso(), closedBy: SWEEPER, redriveAt: "" } as const;
      return store.replace(letter, { ...letter, ...closed, reason: `its request is ${status}` });
    },
  };
}

/** Who redrives automatically. */
export const SWEEPER = "sweeper";
