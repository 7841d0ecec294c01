import { namesOf } from "./event.ts";
import type { AnyStep } from "./flow.ts";
import type { FlowGraph, JoinNode } from "./graph.ts";
import { countIn } from "./join.ts";

/** A field by which a join of the flow counts. */
export interface CountedField {
  /** Names of the event that has it. */
  readonly event: readonly string[];
  readonly field: string;
}

/**
 * By the event's name and the field, joined by a point: how many events joins wait for. The ledger adds them up, so that it knows for how many
 * without the payloads. Below zero: a second event that a join does not use.
 */
export type Sizes = Readonly<Record<string, number>>;

export const countedFieldsOf = (steps: Readonly<Record<string, Pick<AnyStep, "on">>>): readonly CountedField[] =>
  Object.values(steps).flatMap(({ on }) =>
    on.kind === "join" && on.counted && on.parts.of ? [{ event: namesOf(on.parts.of), field: on.counted.field }] : [],
  );

export const countedFieldsIn = ({ steps, events }: FlowGraph): readonly CountedField[] =>
  steps.flatMap(({ on }) => {
    if (on.kind !== "join" || !on.counted) return [];
    const node = events.find(({ name }) => name === on.parts.of);
    return node ? [{ event: [node.name, ...(node.formerly ?? [])], field: on.counted.field }] : [];
  });

export const sizeName = (event: string, field: string): string => `${event}.${field}`;

/** @returns the sizes that these events say, under the names that they have; `undefined` for none */
export function sizesOf(
  counted: readonly CountedField[],
  published: readonly { readonly name: string; readonly data: unknown }[],
): Sizes | undefined {
  if (counted.length === 0) return undefined;
  const found = new Map<string, number>();
  for (const { name, data } of published)
    for (const field of new Set(counted.flatMap(({ event, field }) => (event.includes(name) ? [field] : [])))) {
      const key = sizeName(name, field);
      const size = countIn(data, field);
      if (size !== undefined) found.set(key, (found.get(key) ?? 0) + size);
    }
  return found.size > 0 ? Object.fromEntries(found) : undefined;
}

/** What a counted join waits for, by what the ledger knows of its request. */
export interface Progress {
  readonly came: number;
  readonly of: number;
}

/**
 * @param open number of events of this name that the step has not reported
 * @param size sum of a size; `undefined` where none is known
 * @returns the events that it lacks, and its progress where it is known how many it waits for
 */
export function outlookOfCounted(
  { parts: { of = "", all = "" } }: JoinNode,
  tolerate: number,
  open: (event: string) => number,
  size: number | undefined,
): { readonly missing: readonly string[]; readonly progress?: Progress; readonly tolerated: boolean } {
  if (open(of) <= 0) return { missing: [of, ...(open(all) > 0 ? [] : [all])], tolerated: false };
  const needed = size ?? Number.POSITIVE_INFINITY;
  const came = Math.max(0, open(all));
  return {
    missing: came >= needed ? [] : [all],
    ...(size !== undefined && { progress: { came: Math.min(came, size), of: size } }),
    tolerated: came >= needed - tolerate,
  };
}
