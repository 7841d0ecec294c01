import { HUB_ITSELF } from "../../../protocol/dead-letter.ts";
import { isTriggerStep } from "../../../protocol/first-event.ts";
import { REDRIVE_WINDOW_SECONDS } from "../../../protocol/limits.ts";
import { metricLine } from "../../logging/metric.ts";
import type { DeadLetter } from "../dead-letters/dead-letter.ts";
import { SWEEPER } from "../dead-letters/decide.ts";
import type { Sweep } from "./serve-sweeper.ts";

const DAYS = REDRIVE_WINDOW_SECONDS / 86_400;
const isDone = (result: object) => "state" in result;

/**
 * Discards the dead letters that were not sent back in time, so that their requests end instead of staying blocked for ever. Dead
 * letters of the hub itself, and those of no request, stay open: discarding them would end nothing.
 */
export const giveUpExpired: Sweep = {
  limit: 100,
  select: (open, now) =>
    open.filter(
      ({ flow, step, cause, firstAt }) =>
        flow !== HUB_ITSELF &&
        cause !== null &&
        step !== "" &&
        !isTriggerStep(step) &&
        Date.parse(firstAt) + REDRIVE_WINDOW_SECONDS * 1_000 <= now,
    ),
  act: async ({ discard }, deadLetter) => isDone(await discard(deadLetter, SWEEPER, `not sent back within ${DAYS} days`)),
  report: ({ selected }, { log }) => {
    if (selected > 0) log.warn("dead letters discarded: not sent back in time", { givenUp: selected });
  },
};

/** Sends back the dead letters that are due, and measures how many are unresolved. The limit spares a third party that recovers. */
export const redriveTransient: Sweep = {
  limit: 200,
  select: (open, now) => open.filter(({ redriveAt }) => redriveAt !== "" && Date.parse(redriveAt) <= now),
  act: async ({ redrive }, deadLetter) => isDone(await redrive(deadLetter, SWEEPER)),
  report: ({ open, selected, done, now }, { services, log }) => {
    const oldest = open.reduce((least, { at }) => Math.min(least, Date.parse(at)), now);
    const metrics = { UnresolvedDeadLetters: open.length - done, OldestDeadLetterSeconds: Math.floor((now - oldest) / 1_000) };
    metricLine(services, { ...metrics, RedrivenDeadLetters: done });
    if (selected > 0) log.info("transient dead letters sent back", { due: selected, redriven: done });
  },
};

/**
 * Closes the dead letters of requests that have ended without them, as when a step refused and the completed steps were compensated:
 * they can't be sent back any more, so they should raise no alarm. Each check reads a request, so each run starts at a random one.
 */
export const closeEnded: Sweep = {
  limit: 200,
  select: (open, _now, random) => rotated(open, random),
  act: ({ closeEnded }, deadLetter) => closeEnded(deadLetter),
  report: ({ done }, { log }) => {
    if (done > 0) log.info("dead letters of ended requests closed", { closed: done });
  },
};

/** @param random 0 up to 1 */
function rotated(deadLetters: readonly DeadLetter[], random: number): readonly DeadLetter[] {
  const start = Math.floor(random * deadLetters.length);
  return [...deadLetters.slice(start), ...deadLetters.slice(0, start)];
}
