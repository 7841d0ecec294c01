import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { FunctionSpec } from "./function-spec.ts";
import { SpareThreads } from "./spare-threads.ts";

/** An environment without an invocation. */
export interface IdleEnvironment {
  /** Whether its function has others, and needs none of them now. */
  readonly further: () => boolean;
  /** Whether its function needs it least: it has others, or has not been invoked for some seconds. */
  readonly spare: () => boolean;
  readonly end: () => void;
}

/**
 * Keeps the execution environments of all functions few: each holds some 20 MB, and more than the cores can serve make nothing faster. On AWS each
 * has a machine of its own.
 */
export class Environments {
  readonly #limit: number;
  readonly #most: number;
  /** The threads. */
  readonly #all = new Set<object>();
  /** Longest idle first. */
  readonly #idle = new Set<IdleEnvironment>();
  readonly #spares = new SpareThreads(() => this.#all.size);

  /**
   * @param limit number of environments from which one that is spare ends when another starts, and a function that has one gets no other
   *   while none is spare. @default 2, and 3 a core
   * @param most number from which the only environment of a function ends for the first one of another. @default twice the limit
   */
  constructor(limit: number = 2 + 3 * availableParallelism(), most: number = 2 * limit) {
    this.#limit = limit;
    this.#most = most;
  }

  /** Boots threads for functions like `spec`, until there are as many as `threads` or the limit. */
  boot(spec: FunctionSpec, threads: number): void {
    this.#spares.fill(spec, Math.min(threads, this.#limit));
  }

  /** @returns a booted thread; `undefined` when there is none for such a function */
  booted(spec: FunctionSpec): Worker | undefined {
    return this.#spares.take(spec);
  }

  /** Ends the threads that no function has. */
  close(): Promise<void> {
    return this.#spares.close();
  }

  /** Whether there is room for another environment of a function that has one already. */
  get room(): boolean {
    return this.#all.size < this.#limit || this.#spare() !== undefined;
  }

  /**
   * Counts an environment that starts: a spare one ends for it where the limit is reached.
   * @param isFurther whether its function has one already
   */
  started(thread: object, isFurther: boolean): void {
    this.#all.add(thread);
    this.#shrink(isFurther ? this.#limit : this.#most);
  }

  /** Counts it no longer; again has no effect. */
  ended(thread: object): void {
    if (this.#all.delete(thread)) this.#spares.refill();
  }

  /** From now on `environment` may be ended for another. */
  offer(environment: IdleEnvironment): void {
    this.#idle.add(environment);
    this.#shrink(this.#most);
  }

  /** It has an invocation, or has ended. */
  withdraw(environment: IdleEnvironment): void {
    this.#idle.delete(environment);
  }

  #shrink(most: number) {
    if (this.#all.size > this.#limit) [...this.#idle].find(({ further }) => further())?.end();
    if (this.#all.size > most) this.#spare()?.end();
  }

  #spare(): IdleEnvironment | undefined {
    return [...this.#idle].find(({ spare }) => spare());
  }
}
