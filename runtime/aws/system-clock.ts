import { CLOCK, type HubClock } from "../../protocol/environment.ts";
import type { Clock } from "../ports.ts";

/** The machine's clock; the only one on AWS. */
const machine: Clock = {
  now: () => Date.now(),
  // Not that of node:timers/promises, which makes an error with a trace for each sleep that is cut short: each message of a step has one.
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener("abort", wake);
    }),
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
