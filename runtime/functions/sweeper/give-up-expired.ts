import { REDRIVE_WINDOW_SECONDS } from "../../limits.ts";
import { deciding, SWEEPER } from "../dead-letters/decide.ts";
import { isOfTrigger } from "../dead-letters/letter.ts";
import { letterStore } from "../dead-letters/letter-store.ts";
import { HUB_FLOW, targetStore } from "../dead-letters/targets.ts";
import type { Sweep } from "./serve-sweeper.ts";

/** Given up in one run; the rest waits for the next. */
const MOST_A_RUN = 100;
const AT_ONCE = 10;
const DAYS = REDRIVE_WINDOW_SECONDS / 86_400;

/**
 * Gives up the dead letters that nobody has sent back in time, so that their requests end instead of staying blocked for ever. What is
 * the hub's own, or belongs to no request, waits on: nothing would end by giving it up.
 */
export const giveUpExpired: Sweep = async (services, log) => {
  const store = letterStore(services.table);
  const { discard } = deciding(services, store, targetStore(services));
  const now = services.clock.now();
  const open = await store.find({ state: "open" }, Number.POSITIVE_INFINITY, now);
  const expired = open.filter(
    ({ flow, step, cause, firstAt }) =>
      flow !== HUB_FLOW &&
      cause !== null &&
      step !== "" &&
      !isOfTrigger(step) &&
      Date.parse(firstAt) + REDRIVE_WINDOW_SECONDS * 1_000 <= now,
  );
  const some = expired.slice(-MOST_A_RUN);
  for (let i = 0; i < some.length; i += AT_ONCE)
    await Promise.all(some.slice(i, i + AT_ONCE).map((letter) => discard(letter, SWEEPER, `not sent back within ${DAYS} days`)));
  if (some.length > 0) log.warn("dead letters given up: nobody sent them back in time", { givenUp: some.length });
};
