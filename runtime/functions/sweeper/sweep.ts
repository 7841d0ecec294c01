import { REDRIVE_WINDOW_SECONDS } from "../../../protocol/limits.ts";
import { REMINDED_AFTER_SECONDS, REMINDER_HOUR } from "../../../protocol/metrics.ts";
import { type Backoff, waitOf } from "../../backoff.ts";
import type { HubWriterEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import type { Logger } from "../../logging/logger.ts";
import { metricLine } from "../../logging/metric.ts";
import type { Services } from "../../services.ts";
import { type DeadLetter, expiresAt, isOfRequest } from "../dead-letters/dead-letter.ts";
import { type DeadLetterStore, deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { type Decisions, decideOnAll, decisionsOn, SWEEPER } from "../dead-letters/decide.ts";
import { targetStore } from "../dead-letters/targets.ts";

const DAYS = REDRIVE_WINDOW_SECONDS / 86_400;
const MINUTE = 60_000;
/** Open dead letters that one run looks at, the longest due first. The limit spares a third party that recovers. */
const AT_ONCE = 400;
/** Records of earlier versions that one run looks for. */
const ADOPTED = 500;
/** Between looks at the request of a dead letter without a decision. */
const CHECKS: Backoff = { jitter: "none", base: MINUTE, cap: 60 * MINUTE };

/** What was done with a dead letter that was due. */
type Done = "given up" | "redriven" | "closed" | "kept";

/**
 * One run over the open dead letters that are due; of the others it counts the number and reads the oldest.
 *
 * - Closes those of requests that have ended without them, as when a step refused and the completed steps were compensated: they can't be
 *   sent back any more, so they should raise no alarm.
 * - Discards those that were not sent back in time, so that their requests end instead of staying blocked for ever.
 * - Sends back those whose cause passes by itself.
 *
 * @throws AggregateError when all were looked at and some failed
 */
export async function sweep(services: Services<HubWriterEnvironment>, log: Logger): Promise<void> {
  const store = deadLetterStore(services.table);
  const decisions = decisionsOn(services, store, targetStore(services));
  const now = services.clock.now();
  const due = await store.due(now, AT_ONCE);
  const errors: unknown[] = [];
  const done = await decideOnAll(due, async (id) => {
    const deadLetter = await store.get(id);
    if (deadLetter?.state !== "open") return "kept";
    try {
      const what = await decide(deadLetter, now, decisions);
      if (what === "kept") await later(deadLetter, now, store);
      return what;
    } catch (error) {
      errors.push(error);
      await later(deadLetter, now, store).catch(() => {});
      return "kept";
    }
  });
  const numberOf = (what: Done) => done.filter((one) => one === what).length;
  const [open, oldest] = [await store.countOpen(), await store.oldest()];
  const age = oldest === undefined ? 0 : Math.max(0, Math.floor((now - Date.parse(oldest)) / 1_000));
  const redriven = numberOf("redriven");
  metricLine(services, {
    UnresolvedDeadLetters: open,
    OldestDeadLetterSeconds: age,
    RedrivenDeadLetters: redriven,
    ...(isTimeToRemind(now, age) && { LeftDeadLetters: open }),
  });
  if (redriven > 0) log.info("transient dead letters sent back", { redriven });
  if (numberOf("closed") > 0) log.info("dead letters of ended requests closed", { closed: numberOf("closed") });
  if (numberOf("given up") > 0) log.warn("dead letters discarded: not sent back in time", { givenUp: numberOf("given up") });
  await store.adopt(ADOPTED);
  if (errors.length > 0) {
    const { code, message } = failureOf(errors[0]);
    throw new AggregateError(
      errors,
      `${errors.length} of ${due.length} dead letters could not be decided on, such as ${code}: ${message}`,
    );
  }
}

const isTimeToRemind = (now: number, oldestAge: number) =>
  oldestAge > REMINDED_AFTER_SECONDS && new Date(now).getUTCHours() === REMINDER_HOUR;

async function decide(deadLetter: DeadLetter, now: number, decisions: Decisions): Promise<Done> {
  if (isOfRequest(deadLetter) && (await decisions.closeEnded(deadLetter))) return "closed";
  const isDone = (result: object) => "state" in result;
  if (isOfRequest(deadLetter) && expiresAt(deadLetter) <= now) {
    if (isDone(await decisions.discard(deadLetter, SWEEPER, `not sent back within ${DAYS} days`))) return "given up";
  } else if (deadLetter.redriveAt !== "" && Date.parse(deadLetter.redriveAt) <= now) {
    if (isDone(await decisions.redrive(deadLetter, SWEEPER))) return "redriven";
  }
  return "kept";
}

/** Moves a dead letter out of the way of those that are due after it. */
async function later(deadLetter: DeadLetter, now: number, store: DeadLetterStore): Promise<void> {
  const checks = (deadLetter.checks ?? 0) + 1;
  const checkAt = new Date(now + waitOf(CHECKS, checks, 0)).toISOString();
  const { redriveAt } = deadLetter;
  const isPast = redriveAt !== "" && Date.parse(redriveAt) <= now;
  await store.replace(deadLetter, { ...deadLetter, checks, checkAt, redriveAt: isPast ? checkAt : redriveAt });
}
