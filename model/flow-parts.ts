import type { AnyAdapter } from "./adapter.ts";
import type { AnyEvent } from "./event.ts";
import { type Awaited, eventOf } from "./filter/filter.ts";
import type { AnyStep, Flow } from "./flow.ts";
import { emittedBy } from "./trigger.ts";

/** What a step waits for, with filters: one event, or the parts of its join. */
export const awaitsOf = ({ on }: Pick<AnyStep, "on">): readonly Awaited[] =>
  on.kind === "event" ? [on] : Object.values(on.parts);

/** Events that a step waits for: one, or the parts of its join. */
export const awaitedBy = (step: AnyStep): readonly AnyEvent[] => awaitsOf(step).map(eventOf);

/** Each event of the flow once (by name), those of triggers first. */
export function eventsOf(flow: Pick<Flow, "triggers" | "imports" | "steps">): readonly AnyEvent[] {
  const all = [
    ...Object.values(flow.triggers).flatMap(emittedBy<AnyEvent>),
    ...flow.imports,
    ...Object.values(flow.steps).flatMap((step) => [...awaitedBy(step), ...step.emits]),
  ];
  return [...new Map(all.map((event) => [event.type, event])).values()];
}

/** Adapters of each step, synchronous endpoint and poll. */
export const usesOf = ({
  triggers,
  steps,
}: Pick<Flow, "triggers" | "steps">): readonly Readonly<Record<string, AnyAdapter>>[] => [
  ...Object.values(triggers).flatMap((trigger) => ("uses" in trigger && trigger.uses ? [trigger.uses] : [])),
  ...Object.values(steps).flatMap(({ uses }) => (uses ? [uses] : [])),
];

/** Each adapter of the flow once (by name). */
export function adaptersOf(flow: Pick<Flow, "triggers" | "steps">): readonly AnyAdapter[] {
  const all = usesOf(flow).flatMap((uses) => Object.values(uses));
  return [...new Map(all.map((adapter) => [adapter.name, adapter])).values()];
}
