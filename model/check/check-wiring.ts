import { type AnyEvent, namesOf } from "../event.ts";
import type { Flow } from "../flow.ts";
import { awaitedBy, eventsOf, isImported } from "../graph.ts";
import { emittedBy } from "../trigger.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Steps that no event reaches, and cycles of steps that never end. */
export function* checkWiring(flow: Flow): Iterable<Problem> {
  if (Object.keys(flow.steps).length === 0 && !answersAll(flow))
    yield problem("RANGE", placeIn(flow), "it has no step", "Declare at least one step");
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

/** True where each trigger is a synchronous endpoint, whose own handler does the work. */
function answersAll({ triggers }: Flow): boolean {
  const kinds = Object.values(triggers).map(({ kind }) => kind);
  return kinds.length > 0 && kinds.every((kind) => kind === "sync");
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

/** Imported events that no flow of the hub publishes, or that another event of the same name would be taken for. */
export function* checkImports(flows: readonly Flow[]): Iterable<Problem> {
  for (const flow of flows) {
    for (const event of flow.imports.filter(({ type }) => isImported(flow, type))) {
      const where = placeIn(flow, `import ${event.type}`);
      const publishers = flows.filter((other) => publishedBy(other).some(({ type }) => type === event.type));
      if (publishers.length === 0)
        yield problem(
          "UNREACHABLE",
          where,
          "no flow of this hub publishes it",
          "Add the flow that publishes it, or remove the import",
        );
      // Rules match an event by its name, so those of a namesake would reach the flow too, whatever they hold.
      for (const other of flows.filter((publisher) => publishedBy(publisher).some((its) => isNamesake(its, event))))
        yield problem(
          "EVENT",
          where,
          `flow ${other.name} publishes another event of this name`,
          "Rename one of the two, or declare the event once in events/ and use it in both flows",
        );
    }
  }
}

const publishedBy = (flow: Flow): readonly AnyEvent[] => [
  ...Object.values(flow.triggers).flatMap(emittedBy<AnyEvent>),
  ...Object.values(flow.steps).flatMap(({ emits }) => emits),
];

const isNamesake = (event: AnyEvent, imported: AnyEvent) =>
  event !== imported && namesOf(event).some((name) => namesOf(imported).includes(name));
