import { type DeliveryFact, type EndFact, type EventFact, type Facts, rankOf } from "../../../model/ledger/facts.ts";
import type { Cancellation } from "../../../protocol/cancel.ts";
import type { Fact } from "./fact.ts";

/** Facts that are kept in the summary itself. */
export type KeptFacts = Required<Omit<Facts, "cancelled">> & Pick<Facts, "cancelled">;
export const NO_FACTS: KeptFacts = { events: [], deliveries: [], ends: [] };

/** Adds facts to those that are known. The result does not depend on their order and repetition. */
export function merged(known: KeptFacts, found: readonly Fact[]): KeptFacts {
  const of = <K extends Fact["kind"]>(kind: K) =>
    found.flatMap((one) => (one.kind === kind ? [one.fact as Extract<Fact, { kind: K }>["fact"]] : []));
  const cancelled = firstCancellation([...(known.cancelled ? [known.cancelled] : []), ...of("cancel")]);
  return {
    ...(cancelled && { cancelled }),
    events: unique(
      [...known.events, ...of("event")],
      ({ eventId }) => eventId,
      earlierEvent,
      ({ occurredAt }) => occurredAt,
    ),
    deliveries: unique([...known.deliveries, ...of("delivery")], keyOf, furtherDelivery, ({ startedAt }) => startedAt),
    ends: unique([...known.ends, ...of("end")], keyOf, laterEnd, ({ occurredAt }) => occurredAt),
  };
}

const keyOf = ({ step, delivery }: { readonly step: string; readonly delivery: string }) => `${step} ${delivery}`;

export const firstCancellation = (all: readonly Cancellation[]): Cancellation | undefined =>
  [...all].sort((a, b) => (`${a.at} ${a.by} ${a.why}` < `${b.at} ${b.by} ${b.why}` ? -1 : 1))[0];

/** Of two facts with one key, the one that holds, whichever came first. */
type Choose<T> = (a: T, b: T) => T;
const byText = <T>(textOf: (fact: T) => string, later: boolean): Choose<T> => {
  const tie = (fact: T) => `${textOf(fact)} ${JSON.stringify(fact)}`;
  return (a, b) => (tie(b) > tie(a) === later ? b : a);
};
const earlierEvent = byText<EventFact>(({ occurredAt }) => occurredAt, false);
const laterDelivery = byText<DeliveryFact>(({ finishedAt }) => finishedAt, true);
export const laterEnd = byText<EndFact>(({ occurredAt }) => occurredAt, true);
/** The delivery's furthest progress. */
export const furtherDelivery: Choose<DeliveryFact> = (a, b) => {
  const [first, second] = [rankOf(a), rankOf(b)];
  return first === second ? laterDelivery(a, b) : first > second ? a : b;
};

function unique<T>(facts: readonly T[], key: (fact: T) => string, choose: Choose<T>, start: (fact: T) => string): readonly T[] {
  const chosen = new Map<string, T>();
  for (const fact of facts) {
    const known = chosen.get(key(fact));
    chosen.set(key(fact), known === undefined ? fact : choose(known, fact));
  }
  const position = (fact: T) => `${start(fact)} ${key(fact)}`;
  return [...chosen.values()].sort((a, b) => (position(a) < position(b) ? -1 : 1));
}
