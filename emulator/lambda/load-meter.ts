import { availableParallelism } from "node:os";
import { type EventLoopUtilization, performance } from "node:perf_hooks";

/** What the process had used at one moment. */
export interface Usage {
  /** By `LoadMeter.now`. */
  readonly at: number;
  /** CPU time of all threads, in microseconds. */
  readonly cpu: NodeJS.CpuUsage;
  readonly loop: EventLoopUtilization;
}

/** Usage this young, in milliseconds, is not measured again: each invocation asks for it, and the system adds up all threads. */
const FRESH_MS = 20;

/** Measures how much of the machine the hub uses. */
export class LoadMeter {
  readonly #cores: number;
  #last: Usage | undefined;

  /** @param cores number of cores. @default those that the process may use */
  constructor(cores: number = availableParallelism()) {
    this.#cores = cores;
  }

  /** Milliseconds, monotonic. */
  now(): number {
    return performance.now();
  }

  /** @returns what was used up to now, or up to 20 ms ago */
  usage(): Usage {
    const at = this.now();
    if (!this.#last || at - this.#last.at >= FRESH_MS)
      this.#last = { at, cpu: process.cpuUsage(), loop: performance.eventLoopUtilization() };
    return this.#last;
  }

  /**
   * @returns 0 to 1: the share of all cores' time, or that of the event loop, which every function calls, whichever is larger. When other
   *   programs use the machine, only the latter shows it: a thread that waits for a core counts as active.
   */
  shareSince(before: Usage): number {
    const { user, system } = process.cpuUsage(before.cpu);
    const cpu = (user + system) / 1_000 / (this.#cores * Math.max(1, this.now() - before.at));
    return Math.min(1, Math.max(cpu, performance.eventLoopUtilization(before.loop).utilization));
  }
}
