import { namesOf } from "../event.ts";
import type { AnyStep } from "../flow.ts";
import { awaitsIn, awaitsOf, type FlowGraph } from "../graph.ts";
import { patternOf } from "./compile.ts";
import { type FilterPattern, meets } from "./pattern.ts";

/** A step that gets an event only where its payload meets a filter. */
export interface StepFilter {
  /** The step's names, the current one first. */
  readonly step: readonly string[];
  /** Names of the event. */
  readonly event: readonly string[];
  /** Version of the schema that the filter is for. */
  readonly version: number;
  readonly pattern: FilterPattern;
}
/** An event as it was published. */
export interface Published {
  readonly name: string;
  readonly version: number;
  readonly data: unknown;
}

export const filtersOfSteps = (steps: Readonly<Record<string, AnyStep>>): readonly StepFilter[] =>
  Object.entries(steps).flatMap(([name, step]) =>
    awaitsOf(step).flatMap((awaited) => {
      const pattern = patternOf(awaited);
      if (!pattern) return [];
      return [{ step: [name, ...(step.formerly ?? [])], event: namesOf(awaited), version: awaited.version, pattern }];
    }),
  );

export const filtersOfGraph = ({ steps, events }: FlowGraph): readonly StepFilter[] =>
  steps.flatMap(({ name, formerly = [], on }) =>
    awaitsIn({ on }).flatMap(({ event, when: pattern }) => {
      const node = events.find((one) => one.name === event);
      return pattern && node
        ? [{ step: [name, ...formerly], event: [event, ...(node.formerly ?? [])], version: node.version, pattern }]
        : [];
    }),
  );

/**
 * The rule's own decision, for code that has to know which deliveries an event causes. An event of another version reaches the step whatever
 * it holds, because only the step can lift it.
 */
export const isLeftOut = ({ event, version, pattern }: StepFilter, published: Published): boolean =>
  event.includes(published.name) && version === published.version && !meets(pattern, published.data);

/** @returns all names of each step that does not get the event */
export const leftOutBy = (filters: readonly StepFilter[], published: Published): readonly string[] =>
  filters.filter((filter) => isLeftOut(filter, published)).flatMap(({ step }) => step);
