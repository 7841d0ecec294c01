import { type Accepted, type Caller, isEnd, TimeIsUp } from "./caller.ts";
import type { HubControl } from "./hub-control.ts";
import type { Rest } from "./hub-protocol.ts";
import type { DeadLetter } from "./observation.ts";

/** One request in nine waits for an operator, and some wait long after a fault. */
const MOST = 0.75;

/** Pause between two looks while all but a few requests have ended. */
const STILL_MS = 1_000;

/** State of the requests once nothing changes any more, or at the time limit. */
export interface Standing {
  readonly statuses: ReadonlyMap<string, string | undefined>;
  readonly deadLetters: readonly DeadLetter[];
  readonly rest: Rest;
}

const isEmpty = ({ queues, deliveries }: Rest) => deliveries === 0 && queues.every(({ messages }) => messages === 0);

/** Observes the requests. */
export class Watcher<A extends { readonly requestId: string } = Accepted> {
  readonly accepted: A[] = [];
  /** Request id -> its first observed final status. */
  readonly firstEnds = new Map<string, string>();
  readonly #statuses = new Map<string, string | undefined>();
  readonly #caller: Pick<Caller, "statusOf" | "openDeadLetters" | "pause">;
  readonly #control: Pick<HubControl, "rest">;

  constructor(caller: Pick<Caller, "statusOf" | "openDeadLetters" | "pause">, control: Pick<HubControl, "rest">) {
    this.#caller = caller;
    this.#control = control;
  }

  /** The requests that were not seen to end. */
  underWay(): readonly A[] {
    return this.accepted.filter(({ requestId }) => !this.firstEnds.has(requestId));
  }

  /** Reads the status of each request that was not seen to end. */
  look(): Promise<void> {
    return this.#look(this.underWay());
  }

  /** Waits until nothing changes: each request either has ended or has a dead letter, and no message is left. */
  settled(): Promise<Standing> {
    return this.#until((standing) => this.#isStill(standing));
  }

  /** Waits until each request has ended, and no message and no open dead letter is left: those that can go on are redriven by the hub. */
  ended(): Promise<Standing> {
    return this.#until(
      ({ deadLetters, rest }) =>
        deadLetters.length === 0 && isEmpty(rest) && this.accepted.every(({ requestId }) => this.firstEnds.has(requestId)),
    );
  }

  async #until(reached: (standing: Standing) => boolean): Promise<Standing> {
    for (;;) {
      await this.look();
      const deadLetters = await this.#caller.openDeadLetters();
      const rest = await this.#control.rest();
      const standing = { statuses: new Map(this.#statuses), deadLetters, rest };
      if (reached(standing)) return standing;
      try {
        await this.#caller.pause("nothing changes", STILL_MS);
      } catch (error) {
        if (error instanceof TimeIsUp) return standing;
        throw error;
      }
    }
  }

  /** Waits until most requests that can succeed have ended, so that faults apply to their last steps, too. */
  async mostlyEnded(): Promise<void> {
    for (;;) {
      await this.look();
      if (this.firstEnds.size >= this.accepted.length * MOST) return;
      await this.#caller.pause("most requests have ended");
    }
  }

  /** Reads every request's status once more. */
  async lastLook(): Promise<ReadonlyMap<string, string | undefined>> {
    await this.#look(this.accepted);
    return new Map(this.#statuses);
  }

  #isStill({ deadLetters, rest }: Standing): boolean {
    const deadLettered = new Set(deadLetters.map(({ requestId }) => requestId));
    return this.accepted.every(({ requestId }) => this.firstEnds.has(requestId) !== deadLettered.has(requestId)) && isEmpty(rest);
  }

  async #look(requests: readonly Pick<Accepted, "requestId">[]): Promise<void> {
    const left = [...requests];
    const askers = Array.from({ length: 4 }, async () => {
      for (let next = left.pop(); next; next = left.pop()) {
        const status = await this.#caller.statusOf(next.requestId);
        this.#statuses.set(next.requestId, status);
        if (status !== undefined && isEnd(status) && !this.firstEnds.has(next.requestId))
          this.firstEnds.set(next.requestId, status);
      }
    });
    await Promise.all(askers);
  }
}
