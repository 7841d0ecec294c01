import { setTimeout } from "node:timers/promises";
import type { Clock } from "../ports.ts";

/** The machine's clock; on AWS it is the only one. */
const machine: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
};

export const systemClock: Clock = clockOf(process.env.HUB_CLOCK);

/**
 * @param hub set by the local hub alone, where its clock is not the machine's: JSON of `speed`, how many times faster it runs, and `from`,
 *   what it showed when the machine's showed `at`, both in ms since the epoch
 */
function clockOf(hub: string | undefined): Clock {
  if (hub === undefined) return machine;
  const { speed, from, at } = JSON.parse(hub) as { readonly speed: number; readonly from: number; readonly at: number };
  return {
    now: () => Math.floor(from + (machine.now() - at) * speed),
    sleep: (ms, signal) => machine.sleep(ms / speed, signal),
  };
}
