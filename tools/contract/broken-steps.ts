import { isDeepStrictEqual } from "node:util";
import { describeFilter, type Flow, firstName, isNarrower, type Serial } from "../../model/index.ts";
import { busNameIn, type Contract, type FlowContract, type StepContract } from "./contract.ts";
import { type Break, shown } from "./findings.ts";

interface Released {
  readonly released: Contract;
  readonly current: Contract;
  readonly flow: Flow;
  /** Of the flow, as it was released. */
  readonly name: string;
  readonly before: FlowContract;
  readonly after: FlowContract;
}

const DRAIN = "until its queue is empty (npm run drain-check)";

/** Steps that requests under way still need: those that are gone, wait for something else, or no longer compensate. */
export function* brokenSteps({ released, current, flow, name: formerFlow, before, after }: Released): Iterable<Break> {
  const onBus = (contract: Contract, own: string, step: StepContract): StepContract => ({
    ...step,
    awaits: Object.fromEntries(Object.entries(step.awaits).map(([part, type]) => [part, busNameIn(contract, own, type)])),
    emits: step.emits.map((type) => busNameIn(contract, own, type)),
  });
  const isRenamed = yield* firstNameOf(`flow ${flow.name}`, [formerFlow, before.formerly], [flow.name, after.formerly]);
  for (const [name, old] of Object.entries(before.steps)) {
    const heir = Object.entries(flow.steps).find(([other, { formerly }]) => other === name || formerly?.includes(name));
    const now = heir && after.steps[heir[0]];
    const where = `flow ${flow.name}, step ${name}`;
    if (now) {
      if (!isRenamed) yield* firstNameOf(where, [name, old.formerly], [heir[0], now.formerly]);
      yield* changes(where, onBus(released, formerFlow, old), onBus(current, flow.name, now));
      yield* narrowed(where, released, old, now);
    }
    if (!now)
      yield {
        where,
        fact: `it is gone; its messages (${eventsOf(old)}) stay in its queue, and requests that need it stay running`,
        remedy: `List its name in \`formerly\` of the step that replaces it, or keep it ${DRAIN}`,
      };
  }
}

type Names = readonly [name: string, formerly: readonly string[] | undefined];

/** @returns whether it is another one */
function* firstNameOf(where: string, old: Names, now: Names): Generator<Break, boolean> {
  const [before, after] = [firstName(...old), firstName(...now)];
  if (before === after) return false;
  yield {
    where,
    fact: `its first name changes from ${before} to ${after}; delivery records and parts of joins are kept under the first name, so handlers of messages under way would run again, and their joins would never be complete`,
    remedy: `List ${before} first in its \`formerly\`, and keep it there`,
  };
  return true;
}

const eventsOf = ({ awaits }: StepContract) => Object.values(awaits).join(", ");

function* changes(where: string, old: StepContract, now: StepContract): Iterable<Break> {
  const awaited = Object.values(now.awaits);
  const gone = Object.values(old.awaits).filter((event) => !awaited.includes(event));
  if (gone.length > 0)
    yield {
      where,
      fact: `it no longer waits for ${gone.join(", ")}; messages under way would wait as dead letters (UNEXPECTED_EVENT)`,
      remedy: `List the name in \`formerly\` of an event that was renamed; else add a new step for ${eventsOf(now)}, and keep this one ${DRAIN}`,
    };
  const added = awaited.filter((event) => !Object.values(old.awaits).includes(event));
  if (added.length > 0 && gone.length === 0)
    yield {
      where,
      fact: `its join also waits for ${added.join(", ")}, which requests under way may have published before; their joins would never be complete`,
      remedy: `Add a new step with the wider join, and keep this one ${DRAIN}`,
    };
  for (const [part, event] of Object.entries(old.awaits))
    if (now.by !== undefined && old.by !== undefined && awaited.includes(event) && now.awaits[part] !== event)
      yield {
        where,
        fact: `the part ${part} of its join has another name; parts that were collected under the old one would not be found`,
        remedy: `Keep the name ${part}`,
      };
  if (old.by !== undefined && now.by !== undefined && old.by !== now.by)
    yield {
      where,
      fact: `its join's \`by\` changes from ${old.by ?? "the request"} to ${now.by ?? "the request"}; parts collected before and after would not meet`,
      remedy: `Add a new step instead, and keep this one ${DRAIN}`,
    };
  if (old.by !== undefined && now.by !== undefined && old.counts !== now.counts)
    yield {
      where,
      fact: `its join counted by ${old.counts ?? "no field"}, and now by ${now.counts ?? "none"}; requests under way would wait for another number of events`,
      remedy: `Add a new step instead, and keep this one ${DRAIN}`,
    };
  if (old.by != null && now.by != null && old.acrossTenants !== now.acrossTenants)
    yield {
      where,
      fact: `its join's \`acrossTenants\` changes to ${now.acrossTenants ?? false}; parts collected before and after would not meet`,
      remedy: `Add a new step instead, and keep this one ${DRAIN}`,
    };
  if (old.serial && now.serial && !isDeepStrictEqual(keyOf(old.serial), keyOf(now.serial)))
    yield {
      where,
      fact: `its \`serial\` changes from ${shown(old.serial)} to ${shown(now.serial)}; deliveries under way would overlap with later ones, and the highest version handled is forgotten`,
      remedy: `Add a new step instead, and keep this one ${DRAIN}`,
    };
  const lost = old.emits.filter((event) => !now.emits.includes(event));
  if (old.compensates && now.compensates && lost.length > 0)
    yield {
      where,
      fact: `it no longer emits ${lost.join(", ")}; its \`compensate\` would not get what it emitted before`,
      remedy: `Keep ${lost.join(", ")} in its \`emits\` for as long as requests may fail`,
    };
  if (old.compensates && !now.compensates)
    yield {
      where,
      fact: "its `compensate` is gone; what it has done for requests that fail later would not be undone",
      remedy: "Keep `compensate` for as long as requests may fail",
    };
}

const keyOf = ({ by, version, acrossTenants = false }: Serial) => [by, version, acrossTenants];

/** Filters that leave out what reached the step before. Events of another version than a filter's reach the step. */
function* narrowed(where: string, { flows }: Contract, old: StepContract, now: StepContract): Iterable<Break> {
  for (const [part, filter] of Object.entries(now.when ?? {})) {
    const before = old.awaits[part];
    if (before === undefined) continue;
    const known = Object.values(flows).find(({ events }) => Object.hasOwn(events, before))?.events[before]?.version;
    if (known === filter.version && isNarrower(old.when?.[part]?.pattern, filter.pattern))
      yield {
        where,
        fact: `its filter of ${now.awaits[part]} leaves out events that it let through (${describeFilter(filter.pattern)}); requests whose event is published during the deployment may wait for the step without end`,
        remedy:
          "Compare in the handler, which returns [], instead; or raise the event's version with the filter; or deploy while no request is under way",
      };
  }
}
