import type { RequestStatus } from "../../model/request-status.ts";
import { mayRedrive } from "../../model/saga.ts";
import { ERROR_CODE } from "../delivery/dead-letters.ts";
import { partitionOf } from "../ledger/fact.ts";
import type { Bus } from "../ports/bus.ts";
import type { Clock } from "../ports/clock.ts";
import type { Queue } from "../ports/queue.ts";
import type { Table } from "../ports/table.ts";
import { publishAll } from "../publish/publish-all.ts";
import type { Letter } from "./letter.ts";
import type { LetterStore } from "./letter-store.ts";
import { givenUpReport, knownFact, letterReport } from "./report.ts";
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

  /** @param why it is given up; `undefined` when it is sent back */
  async function tell(letter: Letter, at: string, why?: string): Promise<void> {
    const { cause, flow, step } = letter;
    if (!cause || flow === HUB_FLOW || step === "") return;
    const known = await knownFact(table, step, cause);
    if (known?.status === "succeeded") return;
    const report =
      why === undefined ? letterReport(letter, cause, known, { outcome: "redriven", at }) : givenUpReport(letter, cause, at, why);
    await publishAll(outside, [report]);
  }

  return {
    async redrive(letter, by) {
      const { id, flow, step, state, errorCode, attempts } = letter;
      if (state !== "open") return { id, refused: `it is ${state} already` };
      const over = await overAs(letter);
      if (over !== undefined)
        return { id, refused: `request ${letter.cause?.requestId} is ${over}; a redrive would come too late. Discard it` };
      const target = (await targets()).find((one) => one.flow === flow)?.steps[step];
      if (!target)
        return { id, refused: `the hub has no step ${step || "(unknown)"} of flow ${flow} now. Deploy it, or discard it` };
      const { requestId = "", correlationId = "", delivery = "" } = letter.cause ?? {};
      const body = await store.bodyOf(letter);
      await queue.send(target.queueUrl, body, {
        flow,
        step,
        requestId,
        correlationId,
        [ERROR_CODE]: errorCode,
        attempts: String(attempts),
        delivery,
      });
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
      await tell(letter, at);
      return { id, state: "redriven" };
    },

    async discard(letter, by, reason) {
      const { id, state } = letter;
      if (state !== "open") return { id, refused: `it is ${state} already` };
      const at = iso();
      await tell(letter, at, `discarded: ${reason}`);
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
