import { metricLine } from "../../logging/metric.ts";
import { deciding, SWEEPER } from "../dead-letters/decide.ts";
import { letterStore } from "../dead-letters/letter-store.ts";
import { targetStore } from "../dead-letters/targets.ts";
import type { Sweep } from "./serve-sweeper.ts";

/** Sent back in one run; the rest waits for the next, so that a third party that comes back is not run over. */
const MOST_A_RUN = 200;
const AT_ONCE = 10;

/** Sends back the dead letters whose time has come, and measures how many are unresolved. */
export const redriveTransient: Sweep = async (services, log) => {
  const store = letterStore(services.table);
  const { redrive } = deciding(services, store, targetStore(services));
  const now = services.clock.now();
  const open = await store.find({ state: "open" }, Number.POSITIVE_INFINITY, now);
  const due = open.filter(({ redriveAt }) => redriveAt !== "" && Date.parse(redriveAt) <= now).slice(-MOST_A_RUN);
  let redriven = 0;
  for (let i = 0; i < due.length; i += AT_ONCE) {
    const results = await Promise.all(due.slice(i, i + AT_ONCE).map((letter) => redrive(letter, SWEEPER)));
    redriven += results.filter((result) => "state" in result).length;
  }
  const oldest = open.reduce((least, { at }) => Math.min(least, Date.parse(at)), now);
  const metrics = { UnresolvedDeadLetters: open.length - redriven, OldestDeadLetterSeconds: Math.floor((now - oldest) / 1_000) };
  metricLine(services, { ...metrics, RedrivenDeadLetters: redriven });
  if (due.length > 0) log.info("transient dead letters sent back", { due: due.length, redriven });
};
