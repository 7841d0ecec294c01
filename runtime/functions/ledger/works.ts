import type { EmittedEvent, LeftOut } from "../../../model/envelope.ts";
import type { FlowGraph, StepNode } from "../../../model/graph.ts";
import type { DeliveryFact } from "../../../model/ledger/facts.ts";
import { eventUnder, sizesUnder, stepUnder } from "../../../model/ledger/former-names.ts";
import type { Amounts, Work } from "../../../model/ledger/tally.ts";
import { amountOf } from "../../amount.ts";
import { eventIdOf } from "../../ids.ts";
import type { WorkFact } from "./fact.ts";
import { furtherDelivery, laterEnd } from "./merge.ts";

export type Place = Pick<Work, "step" | "delivery">;
export const placeOf = ({ step, delivery }: Place): string => `${step}#${delivery}`;

/** Where a fact is kept: a compensation belongs to the delivery that it compensates, an event of a trigger is a work of its own. */
export function placeOfFact(graph: FlowGraph, found: WorkFact): Place {
  if (found.kind === "event") return { step: found.fact.step, delivery: found.fact.eventId };
  const { fact } = found;
  const compensated = found.kind === "delivery" ? found.fact.compensates : undefined;
  return { step: stepUnder(graph, fact), delivery: compensated ?? fact.delivery };
}

/**
 * Adds a fact to what is known of its delivery. Pure; order and repetition of facts do not matter.
 * @param nameOf name of an event of the request, where it is known
 * @returns `known` itself when the fact adds nothing
 */
export function withFact(
  graph: FlowGraph,
  known: Work | undefined,
  found: WorkFact,
  nameOf: (eventId: string) => string | undefined = () => undefined,
): Work {
  const place = placeOfFact(graph, found);
  const before: Work = known ?? place;
  if (found.kind === "event") {
    if (known) return known;
    const { eventId, name, leftOut, sizes } = found.fact;
    return {
      ...place,
      emitted: { [eventUnder(graph, name)]: amountOf([eventId]) },
      ...leftOutIn(graph, [{ eventId, name, ...(leftOut && { leftOut }) }]),
      ...(sizes && { sizes: sizesUnder(graph, sizes) }),
    };
  }
  if (found.kind === "end") {
    const end = before.end ? laterEnd(before.end, found.fact) : found.fact;
    return same(end, before.end) ? before : { ...before, end };
  }
  const { emitted: events, emittedCounts: __, leftOut, sizes, ...rest } = found.fact;
  const fact: DeliveryFact = { ...rest, step: place.step, emitted: [] };
  if (fact.compensates !== undefined) {
    const undo = before.undo ? furtherDelivery(before.undo, fact) : fact;
    return same(undo, before.undo) ? before : { ...before, undo };
  }
  if (before.fact && same(furtherDelivery(before.fact, fact), before.fact)) return before;
  const node = graph.steps.find(({ name }) => name === place.step);
  return {
    ...before,
    fact,
    emitted: underNames(graph, emittedBy(found.request.requestId, found.fact)),
    taken: underNames(graph, takenBy(node, found.fact, nameOf)),
    ...leftOutIn(graph, events, leftOut),
    ...(sizes && { sizes: sizesUnder(graph, sizes) }),
  };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Reports name events as the bus does. */
const underNames = (graph: FlowGraph, amounts: Amounts): Amounts =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [eventUnder(graph, name), amount]));

/** Ids of the events that a delivery published. */
function emittedBy(requestId: string, { step, causes, emitted, emittedCounts = {} }: DeliveryFact): Amounts {
  const listed = Map.groupBy(emitted, ({ name }) => name);
  return {
    ...Object.fromEntries([...listed].map(([name, events]) => [name, amountOf(events.map(({ eventId }) => eventId))])),
    ...Object.fromEntries(
      Object.entries(emittedCounts).map(([name, count]) => [
        name,
        amountOf(Array.from({ length: count }, (_, ordinal) => eventIdOf({ requestId, step, causes, name, ordinal }))),
      ]),
    ),
  };
}

/** Events of this request that caused a delivery. */
function takenBy(
  node: StepNode | undefined,
  { causes, parts }: DeliveryFact,
  nameOf: (eventId: string) => string | undefined,
): Amounts {
  if (!node) return {};
  if (node.on.kind === "event") return { [node.on.event]: amountOf(causes) };
  const counts =
    parts ?? namesIn(causes, nameOf) ?? (causes.length === Object.keys(node.on.parts).length ? once(node.on.parts) : {});
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, { count, sum: 0 }]));
}

/** Of events, or of sums of them: those that the filter of a step of the graph leaves out. */
function leftOutIn(graph: FlowGraph, events: readonly EmittedEvent[], sums: readonly LeftOut[] = []): Pick<Work, "leftOut"> {
  const byStep = graph.steps.flatMap(({ name, formerly = [] }): (readonly [string, Amounts])[] => {
    const names = [name, ...formerly];
    const out = events.filter(({ leftOut = [] }) => names.some((known) => leftOut.includes(known)));
    const listed = [...Map.groupBy(out, (event) => event.name)].map(
      ([event, all]) => [event, amountOf(all.map(({ eventId }) => eventId))] as const,
    );
    const summed = sums
      .filter(({ steps }) => names.some((known) => steps.includes(known)))
      .map(({ event, count, sum }) => [event, { count, sum }] as const);
    const amounts = Object.fromEntries([...listed, ...summed]);
    return Object.keys(amounts).length > 0 ? [[name, underNames(graph, amounts)]] : [];
  });
  return byStep.length > 0 ? { leftOut: Object.fromEntries(byStep) } : {};
}

/** Reports of earlier versions do not name their parts. */
function namesIn(causes: readonly string[], nameOf: (eventId: string) => string | undefined) {
  const names = causes.flatMap((eventId) => nameOf(eventId) ?? []);
  return names.length === 0
    ? undefined
    : Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}
const once = (parts: Readonly<Record<string, string>>) => Object.fromEntries(Object.values(parts).map((name) => [name, 1]));
