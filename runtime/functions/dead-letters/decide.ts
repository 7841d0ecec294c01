import { randomUUID } from "node:crypto";
import { sourceOf } from "../../../model/envelope.ts";
import type { RequestStatus } from "../../../model/ledger/request-status.ts";
import { mayRedrive } from "../../../model/ledger/saga.ts";
import { type FlowTargets, HUB_ITSELF, type SuppliedAnswers, writeAttributes } from "../../../protocol/dead-letter.ts";
import { isTriggerStep, triggerOf } from "../../../protocol/first-event.ts";
import { HUB_EVENT } from "../../../protocol/reports.ts";
import { summaryKey } from "../../../protocol/table.ts";
import { hashOf } from "../../ids.ts";
import type { Bus, Clock, Queue, Table } from "../../ports.ts";
import { publishAll } from "../../publish/publish-all.ts";
import { CRASHED } from "../../third-party/unknown-outcomes.ts";
import { type DeadLetter, revisionOf } from "./dead-letter.ts";
import type { DeadLetterStore } from "./dead-letter-store.ts";
import { deadLetterReport, givenUpReport, knownFact, mayHaveTakenEffect, reportedAttempts, requestsOf } from "./report.ts";
import { flowNamed, namesOfStep, stepNamed } from "./targets.ts";

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
export type Decided = Refusal | { readonly id: string; readonly state: "redriven" | "completed" | "discarded" };

/** Redrives and discards dead letters. */
export interface Decisions {
  /**
   * Sends the message back to its step's queue, then closes the record. A crash between the two leaves the record open, and the
   * delivery record absorbs a second message of the same cause.
   * @param by the operator; `sweeper` counts as automatic
   */
  redrive(deadLetter: DeadLetter, by: string): Promise<Decided>;
  /**
   * As `redrive`, with answers for all calls that may have taken effect: the step runs with them instead of repeating the calls. The record
   * names them before the message is sent, so of two operators one is refused, and after a crash the same call goes on.
   */
  complete(deadLetter: DeadLetter, answers: SuppliedAnswers["answers"], by: string): Promise<Decided>;
  /** Publishes StepGivenUp, then closes the record, so that the ledger always learns of it. */
  discard(deadLetter: DeadLetter, by: string, reason: string): Promise<Decided>;
  /**
   * Changes the payload that a redrive sends; the original message stays.
   * @param revision of the dead letter that the operator read
   * @param change makes the edited body of the body that a redrive would send now
   * @returns the record afterwards, or why it can't be edited
   */
  edit(
    deadLetter: DeadLetter,
    revision: string,
    change: (body: string) => string,
    by: string,
    why: string,
  ): Promise<{ readonly edited: DeadLetter } | { readonly refused: string }>;
  /** Closes the dead letter if its request has ended without it: it can't be sent back any more. @returns whether it did */
  closeEnded(deadLetter: DeadLetter): Promise<boolean>;
  /** Closes a dead letter of a request that is cancelled, unless a call of it may have taken effect. @returns whether it did */
  closeCancelled(deadLetter: DeadLetter, by: string, why: string): Promise<boolean>;
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
    const names = namesOfStep(await targets(), { flow, step });
    return Promise.all(
      requestsOf(cause).map(async (request) => ({ request, names, known: await knownFact(table, names, request) })),
    );
  }

  /** Publishes what happened to the dead letter to its requests. @param why it is discarded; `undefined` when it is redriven */
  async function report(
    deadLetter: DeadLetter,
    found: Awaited<ReturnType<typeof lookUp>>,
    at: string,
    why?: string,
  ): Promise<void> {
    for (const { request, names, known } of found) {
      if (known?.status === "succeeded") continue;
      const entry =
        why === undefined
          ? deadLetterReport({ ...deadLetter, ...names }, request, known, { outcome: "redriven", at })
          : givenUpReport({ ...deadLetter, ...names }, request, at, why);
      await publishAll(ports, [entry]);
    }
  }

  /**
   * @param reported attempts already reported to the ledger. The next attempt is numbered after them, so that its reports supersede
   *   the redrive's.
   * @returns why the message can't be sent
   */
  async function sendBack(deadLetter: DeadLetter, reported: number, supplied?: SuppliedAnswers): Promise<string | undefined> {
    const { errorCode } = deadLetter;
    const owner = flowNamed(await targets(), deadLetter.flow);
    const found = owner && stepNamed(owner, deadLetter.step);
    if (!owner || !found)
      return `the hub has no step ${deadLetter.step || "(unknown)"} of flow ${deadLetter.flow} now. Deploy it, or discard it`;
    const { flow } = owner;
    const { step, target } = found;
    const { requestId = "", correlationId = "", delivery = "" } = deadLetter.cause ?? {};
    const attributes = writeAttributes({
      ...{ flow, step, requestId, correlationId, errorCode, attempts: reported, delivery },
      ...(supplied && { supplied }),
      ...(deadLetter.edit && { edit: deadLetter.edit.id }),
    });
    await queue.send(target.queueUrl, await store.currentBodyOf(deadLetter), attributes);
    return undefined;
  }

  /** Publishes a first event, as its schedule would have done. @returns why it can't */
  async function publishFirst(deadLetter: DeadLetter): Promise<string | undefined> {
    const { flow, step, cause } = deadLetter;
    if (!cause) return "its message is no event of the hub. Discard it";
    const trigger = triggerOf(step);
    const known = flowNamed(await targets(), flow)?.schedules?.[trigger];
    if (known?.event !== cause.eventName)
      return `flow ${flow} has no ${step} for ${cause.eventName} now. Deploy it, or discard it`;
    const { detail } = JSON.parse(await store.currentBodyOf(deadLetter)) as { readonly detail: unknown };
    await publishAll(ports, [{ source: sourceOf(flow), detailType: cause.eventName, detail: JSON.stringify(detail) }]);
    return undefined;
  }

  /**
   * Closes the record, unless the message has failed again or another operator has decided. That the sweeper noted meanwhile when it looks again
   * changes nothing.
   */
  async function close(deadLetter: DeadLetter, closed: Partial<DeadLetter>): Promise<boolean> {
    const { id, state, times, completion } = deadLetter;
    let known: DeadLetter | undefined = deadLetter;
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (known?.state !== state || known.times !== times || known.completion?.answers !== completion?.answers) return false;
      if (await store.replace(known, { ...known, ...closed })) return true;
      known = await store.get(id);
    }
    return false;
  }

  /** @returns why the dead letter can't be sent back */
  async function refusal(deadLetter: DeadLetter): Promise<string | undefined> {
    const over = deadLetter.state === "open" ? await overAs(deadLetter) : undefined;
    if (deadLetter.state !== "open") return `it is already ${deadLetter.state}`;
    return over && `request ${deadLetter.cause?.requestId} is ${over}; a redrive would come too late. Discard it`;
  }

  /** Sends the message back, closes the record and reports it. */
  async function goBack(deadLetter: DeadLetter, by: string, supplied?: SuppliedAnswers): Promise<Decided> {
    const { id, step } = deadLetter;
    // Read the ledger before sending. The message may fail again before `redriven` is published, and that newer failure must win.
    const found = await lookUp(deadLetter);
    const reported = Math.max(reportedAttempts(deadLetter), ...found.map(({ known }) => reportedAttempts(deadLetter, known)));
    // Before the message is sent: what is dead-lettered after this time failed after the redrive, also when that is quicker than `close`.
    const at = iso();
    const gone = isTriggerStep(step) ? await publishFirst(deadLetter) : await sendBack(deadLetter, reported, supplied);
    if (gone !== undefined) return { id, refused: gone };
    const automatic = by === SWEEPER ? 1 : 0;
    const state = supplied ? "completed" : "redriven";
    // Fails when a newer failure was recorded in between: the record stays open.
    const autoRedrives = automatic ? deadLetter.autoRedrives + 1 : 0;
    await close(deadLetter, { state, closedAt: at, closedBy: by, redriveAt: "", autoRedrives });
    await report(deadLetter, found, at);
    return { id, state };
  }

  return {
    async redrive(deadLetter, by) {
      const refused = await refusal(deadLetter);
      return refused === undefined ? goBack(deadLetter, by) : { id: deadLetter.id, refused };
    },

    async complete(deadLetter, answers, by) {
      const { id, state, completion } = deadLetter;
      const known = hashOf([answers]);
      if (state === "completed" && completion?.answers === known) return { id, state };
      const refused = (await refusal(deadLetter)) ?? unfitAnswers(deadLetter, answers);
      if (refused !== undefined) return { id, refused };
      if (completion && completion.answers !== known)
        return {
          id,
          refused: `${completion.by} began to complete it with other answers at ${completion.at}. Send those, or redrive it`,
        };
      const supplied = { answers, by: completion?.by ?? by, at: completion?.at ?? iso() };
      const claimed = { ...deadLetter, completion: { by: supplied.by, at: supplied.at, answers: known } };
      if (!(await store.replace(deadLetter, claimed))) return { id, refused: CHANGED };
      return goBack({ ...claimed, version: deadLetter.version + 1 }, by, supplied);
    },

    async edit(deadLetter, revision, change, by, why) {
      const { id } = deadLetter;
      const refused = (await refusal(deadLetter)) ?? unfitToEdit(deadLetter);
      if (refused !== undefined) return { refused };
      const changed = (known: DeadLetter) =>
        `it has changed since revision ${revision}${known.edit ? `: ${known.edit.by} edited it at ${known.edit.at}` : ""}. Read it again, and edit revision ${revisionOf(known)}`;
      if (revisionOf(deadLetter) !== revision) return { refused: changed(deadLetter) };
      const body = change(await store.currentBodyOf(deadLetter));
      const edit = randomUUID().slice(0, 8);
      const chunks = await store.putEdit(id, edit, body, clock.now());
      let known: DeadLetter = deadLetter;
      // That the sweeper noted meanwhile when it looks again changes nothing.
      for (let tries = 0; tries < TRIES; tries += 1) {
        if (known.state !== "open") return { refused: `it is already ${known.state}` };
        if (revisionOf(known) !== revision) return { refused: changed(known) };
        // A person has looked at it: it is not sent back by itself any more.
        const next = {
          ...known,
          redriveAt: "",
          edit: { id: edit, by, at: iso(), why, chunks, count: (known.edit?.count ?? 0) + 1 },
        };
        if (await store.replace(known, next)) return { edited: { ...next, version: known.version + 1 } };
        known = (await store.get(id)) ?? known;
      }
      return { refused: CHANGED };
    },

    async discard(deadLetter, by, reason) {
      const { id, state } = deadLetter;
      if (state !== "open") return { id, refused: `it is already ${state}` };
      const at = iso();
      await report(deadLetter, await lookUp(deadLetter), at, `discarded: ${reason}`);
      const closed = { state: "discarded", closedAt: at, closedBy: by, reason, redriveAt: "" } as const;
      if (await close(deadLetter, closed)) return { id, state: "discarded" };
      // The report may end the request, and the sweeper closes the dead letters of ended requests: it may have been faster.
      const swept = await store.get(id);
      const done =
        swept?.state === "discarded" && swept.closedBy === SWEEPER && (await store.replace(swept, { ...swept, ...closed }));
      return done ? { id, state: "discarded" } : { id, refused: CHANGED };
    },

    async closeCancelled(deadLetter, by, why) {
      if (deadLetter.state !== "open" || Object.keys(deadLetter.calls ?? {}).length > 0) return false;
      const reason = `its request is cancelled: ${why}`;
      return close(deadLetter, { state: "discarded", closedAt: iso(), closedBy: by, reason, redriveAt: "" });
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

const TRIES = 10;
const CHANGED = "it has changed meanwhile. Read it again and retry";

/** @returns why the payload can't be changed */
function unfitToEdit(deadLetter: DeadLetter): string | undefined {
  const { cause } = deadLetter;
  if (!cause) return "its message is no event of the hub. Discard it";
  if (cause.compensates !== undefined || cause.eventName === HUB_EVENT.CompensateStep)
    return "it is a compensation, whose input is what the step did. Redrive it, or undo the effect by hand and discard it";
  if (cause.delivery !== cause.eventId)
    return "it is of a join, whose parts are stored already. Cancel its request, and send it again";
  if (mayHaveTakenEffect(deadLetter))
    return "a call of it may have taken effect with the payload as it was. Complete, redrive or discard it";
  return undefined;
}

/** @returns why the answers are not those of the dead letter's calls */
function unfitAnswers({ calls = {} }: DeadLetter, answers: SuppliedAnswers["answers"]): string | undefined {
  const open = Object.keys(calls);
  if (open.length === 0) return "it names no call that may have taken effect. Redrive or discard it";
  if (open.includes(CRASHED))
    return "a function crashed, or made more calls than a dead letter names, so its calls are not known. Look at the third party, then redrive or discard it";
  const other = Object.keys(answers).find((call) => !open.includes(call));
  if (other !== undefined) return `${other.slice(0, 100)} is none of its calls. Use ${open.join(", ")}`;
  const missing = open.filter((call) => !Object.hasOwn(answers, call));
  return missing.length > 0
    ? `the answer of ${missing.join(", ")} is missing. Supply all at once, or redrive it, which repeats the calls`
    : undefined;
}

/** Decides on all, 10 at once. @returns the results in the same order */
export async function decideOnAll<D, T>(deadLetters: readonly D[], decide: (deadLetter: D) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let i = 0; i < deadLetters.length; i += AT_ONCE)
    results.push(...(await Promise.all(deadLetters.slice(i, i + AT_ONCE).map(decide))));
  return results;
}

const AT_ONCE = 10;

/** Name under which the sweeper redrives and discards. */
export const SWEEPER = "sweeper";
