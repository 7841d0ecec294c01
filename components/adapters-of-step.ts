import type { AnyAdapter, AnyStep } from "../model/index.ts";

/** Each adapter that a step uses once, by name, however often it is named. */
export const adaptersOfStep = (step: AnyStep): readonly AnyAdapter[] => [
  ...new Map(Object.values(step.uses ?? {}).map((adapter) => [adapter.name, adapter])).values(),
];
