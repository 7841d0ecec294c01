import { deciding } from "../dead-letters/decide.ts";
import { letterStore } from "../dead-letters/letter-store.ts";
import { targetStore } from "../dead-letters/targets.ts";
import type { Sweep } from "./serve-sweeper.ts";

/** Looked at in one run, picked at random so that each has its turn: every look reads a request. */
const MOST_A_RUN = 200;
const AT_ONCE = 10;

/**
 * Closes the dead letters of requests that have ended without them, as when a step refused and what was done before it has been
 * undone: nobody can send such a letter back any more, so nobody should be alarmed by it.
 */
export const closeEnded: Sweep = async (services, log) => {
  const store = letterStore(services.table);
  const { closeEnded } = deciding(services, store, targetStore(services));
  const open = await store.find({ state: "open" }, Number.POSITIVE_INFINITY, services.clock.now());
  const start = Math.floor(services.random() * open.length);
  const looked = [...open.slice(start), ...open.slice(0, start)].slice(0, MOST_A_RUN);
  let closed = 0;
  for (let i = 0; i < looked.length; i += AT_ONCE) {
    const results = await Promise.all(looked.slice(i, i + AT_ONCE).map(closeEnded));
    closed += results.filter(Boolean).length;
  }
  if (closed > 0) log.info("dead letters of ended requests closed", { closed });
};
