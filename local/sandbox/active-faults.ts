import type { Clock } from "../../emulator/clock.ts";
import { EXPIRED_CERTIFICATE, type Fault } from "../../protocol/faults.ts";
import { TOKEN } from "./fault.ts";

interface ActiveFault {
  readonly fault: Fault;
  /** Calls, or connections, that it still strikes. */
  left: number;
}

/** The faults that are set, in memory only: at most one for each third party and operation. */
export class ActiveFaults {
  readonly #faults = new Map<string, ActiveFault>();
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Replaces the earlier fault. Mode `ok` for a whole third party also ends the faults of its operations. */
  set(fault: Fault): void {
    const { target, operation, mode, times = Number.POSITIVE_INFINITY } = fault;
    if (mode !== "ok") {
      this.#faults.set(key(target, operation), { fault, left: times });
      return;
    }
    for (const [name, known] of this.#faults) {
      if (known.fault.target === target && (operation === undefined || known.fault.operation === operation))
        this.#faults.delete(name);
    }
  }

  /** @returns the active faults; `times` is the number of calls left */
  list(): Fault[] {
    return [...this.#faults.values()]
      .filter(({ fault }) => !this.#ended(fault))
      .map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, times: left } : fault));
  }

  /** @returns the fault of this call, if any, and counts it */
  take(target: string, operation: string): Fault | undefined {
    const ofOperation = this.#faults.get(key(target, operation));
    const entry = ofOperation ?? (operation === TOKEN ? undefined : this.#faults.get(key(target, undefined)));
    return entry?.fault.mode === EXPIRED_CERTIFICATE ? undefined : this.#counted(entry);
  }

  /** @returns whether this connection by TLS meets an expired certificate, and counts it */
  takeConnection(target: string): boolean {
    const entry = this.#faults.get(key(target, undefined));
    return entry?.fault.mode === EXPIRED_CERTIFICATE && this.#counted(entry) !== undefined;
  }

  #counted(entry: ActiveFault | undefined): Fault | undefined {
    if (!entry || this.#ended(entry.fault) || this.#random() >= (entry.fault.probability ?? 1)) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#faults.delete(key(entry.fault.target, entry.fault.operation));
    return entry.fault;
  }

  #ended({ until }: Fault): boolean {
    return until !== undefined && this.#clock.now() >= Date.parse(until);
  }
}

const key = (target: string, operation: string | undefined) => `${target} ${operation ?? "*"}`;
