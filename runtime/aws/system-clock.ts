import { setTimeout } from "node:timers/promises";
import { CLOCK, type HubClock } from "../../protocol/environment.ts";
import type { Clock } from "../ports.ts";

/** The machine's clock; the only one on AWS. */
const machine: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
};

export const systemClock: Clock = clockOf(process.env[CLOCK]);

/** @param hub JSON of HubClock; absent on AWS */
function clockOf(hub: string | undefined): Clock {
  if (hub === undefined) return machine;
  const { speed, from, at } = JSON.parse(hub) as HubClock;
  return {
    now: () => Math.floor(from + (machine.now() - at) * speed),
    sleep: (ms, signal) => machine.sleep(ms / speed, signal),
  };
}
