import type { BusEvent, Metadata } from "../../../model/envelope.ts";
import type { Bus, Entry } from "../../../runtime/ports.ts";

/** Accepts every entry, except in the calls that `outcomes` or `down` make fail. */
export class FakeBus implements Bus {
  readonly entries: Entry[] = [];
  readonly calls: number[] = [];
  /** For each call in turn: an error to throw, or the codes of the entries; calls beyond it succeed. */
  readonly outcomes: (Error | readonly (string | undefined)[])[] = [];
  /** Every call fails, until it is false again. */
  down = false;

  put = async (entries: readonly Entry[]): Promise<readonly (string | undefined)[]> => {
    await new Promise(setImmediate);
    this.calls.push(entries.length);
    if (this.down) return entries.map(() => "ThrottlingException");
    const outcome = this.outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    entries.forEach((entry, i) => {
      if (outcome?.[i] === undefined) this.entries.push(entry);
    });
    return entries.map((_, i) => outcome?.[i]);
  };

  get events(): BusEvent[] {
    return this.entries.map(eventOf);
  }
  named(name: string): BusEvent[] {
    return this.events.filter((event) => event["detail-type"] === name);
  }
}

const eventOf = ({ source, detailType, detail }: Entry): BusEvent => ({
  id: "bus-id",
  source,
  "detail-type": detailType,
  time: "2026-11-24T10:00:00Z",
  detail: JSON.parse(detail) as BusEvent["detail"],
});

/** An event of the flow `orders` as a rule delivers it. */
export function busEvent(name: string, data: unknown, metadata: Partial<Metadata> = {}): BusEvent {
  return {
    id: "bus-id",
    source: `hub.${metadata.flow ?? "orders"}`,
    "detail-type": name,
    time: "2026-11-24T09:59:58Z",
    detail: {
      data,
      metadata: {
        eventId: "e-1",
        requestId: "r-1",
        correlationId: "c-1",
        causationId: "",
        tenant: "key-1",
        flow: "orders",
        graph: "0123456789abcdef",
        step: "trigger:orders",
        version: 1,
        occurredAt: "2026-11-24T09:59:59.000Z",
        hop: 0,
        traceparent: "",
        ...metadata,
      },
    },
  };
}
