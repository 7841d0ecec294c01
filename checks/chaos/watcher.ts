import { type Accepted, type Caller, isEnd, TimeIsUp } from "./caller.ts";
import type { HubControl } from "./hub-control.ts";
import type { Rest } from "./hub-protocol.ts";
import type { Letter } from "./observation.ts";

/** Of requests one in nine waits for an operator, and some wait long after a fault. */
const MOST = 0.75;

/** How things stand when nothing moves any more, or when time is up. */
export interface Standing {
  readonly statuses: ReadonlyMap<string, string | undefined>;
  readonly letters: readonly Letter[];
  readonly rest: Rest;
}

/** Follows what becomes of the requests. */
export class Watcher {
  readonly accepted: Accepted[] = [];
  /** Request id -> the first end it was seen to have. */
  readonly firstEnds = new Map<string, string>();
  readonly #statuses = new Map<string, string | undefined>();
  readonly #caller: Caller;
  readonly #control: HubControl;

  constructor(caller: Caller, control: HubControl) {
    this.#caller = caller;
    this.#control = control;
  }

  /** Waits until nothing moves: each request has ended or lies in the dead letters, not both, and no queue holds anything. */
  async settled(): Promise<Standing> {
    for (;;) {
      await this.#look(this.accepted.filter(({ requestId }) => !this.firstEnds.has(requestId)));
      const letters = await this.#caller.openLetters();
      const rest = await this.#control.rest();
      const standing = { statuses: new Map(this.#statuses), letters, rest };
      if (this.#isStill(standing)) return standing;
      try {
        await this.#caller.pause("nothing moves");
      } catch (error) {
        if (error instanceof TimeIsUp) return standing;
        throw error;
      }
    }
  }

  /** Waits until most of what can succeed has ended, so that the faults strike to the end. */
  async mostlyEnded(): Promise<void> {
    for (;;) {
      await this.#look(this.accepted.filter(({ requestId }) => !this.firstEnds.has(requestId)));
      if (this.firstEnds.size >= this.accepted.length * MOST) return;
      await this.#caller.pause("most requests have ended");
    }
  }

  /** Asks once more for each, ended or not. */
  async lastLook(): Promise<ReadonlyMap<string, string | undefined>> {
    await this.#look(this.accepted);
    return new Map(this.#statuses);
  }

  #isStill({ letters, rest }: Standing): boolean {
    const buried = new Set(letters.map(({ requestId }) => requestId));
    return (
      this.accepted.every(({ requestId }) => this.firstEnds.has(requestId) !== buried.has(requestId)) &&
      rest.queues.every(({ messages }) => messages === 0) &&
      rest.deliveries === 0
    );
  }

  async #look(requests: readonly Accepted[]): Promise<void> {
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
