import type { Flow } from "../flow.ts";
import { awaitedBy, eventsOf, isImported } from "../graph.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Steps that no event reaches, and cycles of steps that never end. */
export function* checkWiring(flow: Flow): Iterable<Problem> {
  if (Object.keys(flow.steps).length === 0) yield problem("RANGE", placeIn(flow), "it has no step", "Declare at least one step");
  const known = new Set(eventsOf(flow).map(({ type }) => type));
  const published = (type: string) =>
    known.has(type) && (!isImported(flow, type) || flow.imports.some((event) => event.type === type));
  for (const [name, step] of Object.entries(flow.steps)) {
    for (const { type } of awaitedBy(step)) {
      if (!published(type))
        yield problem(
          "UNREACHABLE",
          placeIn(flow, `step ${name}`),
          `it waits for ${type}, which no step or trigger emits and imports does not list`,
          "Emit it, or list it in imports",
        );
    }
  }
  yield* checkCycles(flow);
}

/** A cycle is fine as long as one of its steps may also emit another event, or none. */
function* checkCycles(flow: Flow): Iterable<Problem> {
  const steps = Object.entries(flow.steps);
  const endless = new Set(steps.map(([name]) => name));
  // Remove, until nothing changes, the steps that may end: those that may emit an event no endless step waits for.
  for (let before = -1; before !== endless.size; ) {
    before = endless.size;
    for (const [name, step] of steps) {
      const goesOn = (type: string) =>
        steps.some(([other, { on }]) => endless.has(other) && on.kind === "event" && on.type === type);
      if (step.emits.length === 0 || !step.emits.every(({ type }) => goesOn(type))) endless.delete(name);
    }
  }
  if (endless.size > 0)
    yield problem(
      "CYCLE",
      placeIn(flow, `steps ${[...endless].join(", ")}`),
      "each can only trigger another of them, without end",
      "Make one of them emit an event that ends the cycle",
    );
}

/** Imported events that no flow of the hub publishes. */
export function* checkImports(flows: readonly Flow[]): Iterable<Problem> {
  const published = new Set(
    flows.flatMap((flow) => [
      ...Object.values(flow.triggers).map(({ emits }) => emits.type),
      ...Object.values(flow.steps).flatMap(({ emits }) => emits.map(({ type }) => type)),
    ]),
  );
  for (const flow of flows) {
    for (const { type } of flow.imports) {
      if (isImported(flow, type) && !published.has(type))
        yield problem(
          "UNREACHABLE",
          placeIn(flow, `import ${type}`),
          "no flow of this hub publishes it",
          "Add the flow that publishes it, or remove the import",
        );
    }
  }
}
