import { type Accepted, type Caller, isEnd, TimeIsUp } from "./caller.ts";
import type { HubControl } from "./hub-control.ts";
import type { Rest } from "./hub-protocol.ts";
import type { DeadLetter } from "./observation.ts";

/** One request in nine waits for an operator, and some wait long after a fault. */
const MOST = 0.75;

/** State of the requests once nothing changes any more, or at the time limit. */
export interface Standing {
  readonly statuses: ReadonlyMap<string, string | undefined>;
  readonly deadLetters: readonly DeadLetter[];
  readonly rest: Rest;
}

/** Observes the requests. */
export class Watcher<A extends Pick<Accepted, "requestId"> = Accepted> {
  readonly accepted: A[] = [];
  /** Request id -> its first observed final status. */
  readonly firstEnds = new Map<string, string>();
  readonly #statuses = new Map<string, string | undefined>();
  readonly #caller: Caller;
  readonly #control: HubControl;

  constructor(caller: Caller, control: HubControl) {
    this.#caller = caller;
    this.#control = control;
  }

  /** Reads the status of each request that was not seen to end. */
  look(): Promise<void> {
    return this.#look(this.accepted.filter(({ requestId }) => !this.firstEnds.has(requestId)));
  }

  /** Waits until nothing changes: each request either has ended or has a dead letter, and no message is left. */
  async settled(): Promise<Standing> {
    for (;;) {
      await this.look();
      const deadLetters = await this.#caller.openDeadLetters();
      const rest = await this.#control.rest();
      const standing = { statuses: new Map(this.#statuses), deadLetters, rest };
      if (this.#isStill(standing)) return standing;
      try {
        await this.#caller.pause("nothing changes");
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
    return (
      this.accepted.every(({ requestId }) => this.firstEnds.has(requestId) !== deadLettered.has(requestId)) &&
      rest.queues.every(({ messages }) => messages === 0) &&
      rest.deliveries === 0
    );
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
