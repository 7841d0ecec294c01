import { type AnyEvent, busName, eventsOf, type Flow, firstName, type Lift, namesOf } from "../../model/index.ts";
import { type Contract, type EventContract, eventContract, type FlowContract } from "./contract.ts";
import { examplesOf } from "./counter-example.ts";
import { type Break, misfit, shown } from "./findings.ts";
import { type Schema, schemaOf } from "./shape.ts";

interface Released {
  readonly released: Contract;
  readonly flows: readonly Flow[];
  readonly flow: Flow;
  /** Of the flow, as it was released. */
  readonly name: string;
  readonly before: FlowContract;
}

/** Events of a flow whose payloads under way would not be read, by this code or after a roll-back by the released code. */
export function* brokenEvents({ released, flows, flow, name, before }: Released): Iterable<Break> {
  for (const [type, old] of Object.entries(before.events)) {
    const known = [type, ...(old.formerly ?? [])];
    const consumers = consumersOf(type, released, name);
    // Another flow may publish it now: messages under way are those that this one has published.
    const readers = flows.filter((one) =>
      consumers.some((consumer) => [one.name, ...(one.formerly ?? [])].includes(consumer.flow)),
    );
    const event = [flow, ...readers].flatMap(eventsOf).find((one) => namesOf(one).some((other) => known.includes(other)));
    // An event that is gone harms the steps that wait for it: see brokenSteps.
    if (!event || consumers.length === 0) continue;
    const now = eventContract(event);
    const where = `flow ${flow.name}, event ${event.type}`;
    const by = consumers
      .map((consumer) => `step ${consumer.step}${consumer.flow === name ? "" : ` of flow ${consumer.flow}`}`)
      .join(", ");
    const onBus = firstName(type, old.formerly);
    if (busName(event) !== onBus)
      yield {
        where,
        fact: `its name on the bus changes from ${onBus} to ${busName(event)}; ${by} would let events under way wait as dead letters (UNEXPECTED_EVENT)`,
        remedy: `List ${onBus} first in its \`formerly\`, and keep it there`,
      };
    if (now.version < old.version)
      yield {
        where,
        fact: `its version falls from ${old.version} to ${now.version}; ${by} would let events under way wait as UNSUPPORTED_VERSION`,
        remedy: `Declare version ${old.version} or a higher one`,
      };
    else yield* brokenVersions({ where, by, event, old, now });
  }
}

/** Steps that read the event: those that wait for it, and those whose compensation gets what they emitted. */
function consumersOf(
  type: string,
  { flows }: Contract,
  publisher: string,
): readonly { readonly flow: string; readonly step: string }[] {
  return Object.entries(flows).flatMap(([flow, { steps, events }]) =>
    Object.entries(steps).flatMap(([step, { awaits, emits, compensates }]) => {
      // A flow with an event of its own by this name waits for that one.
      const own = flow === publisher || !Object.hasOwn(events, type);
      const reads = Object.values(awaits).includes(type) || (compensates === true && emits.includes(type));
      return own && reads ? [{ flow, step }] : [];
    }),
  );
}

interface Versions {
  readonly where: string;
  readonly by: string;
  readonly event: AnyEvent;
  readonly old: EventContract;
  readonly now: EventContract;
}

function* brokenVersions({ where, by, event, old, now }: Versions): Iterable<Break> {
  for (const [text, schema] of Object.entries(old.schemas)) {
    const version = Number(text);
    if (version === event.version) {
      if (schema) yield* brokenSchema({ where, by, schema, current: now.schemas[text] as Schema, version });
    } else yield* brokenLift({ where, by, event, version, schema });
  }
}

const raised = (version: number) => `Raise its version to ${version + 1} and declare \`from: { ${version}: … }\``;

function* brokenSchema({
  where,
  by,
  schema,
  current,
  version,
}: Pick<Versions, "where" | "by"> & {
  readonly schema: Schema;
  readonly current: Schema;
  readonly version: number;
}): Iterable<Break> {
  const forward = misfit(schema, current, {
    where,
    by,
    of: "events that are under way",
    remedy: `${raised(version)}, make the field optional, or give it a default`,
  });
  if (forward) yield forward;
  const back = misfit(current, schema, {
    where,
    by: `after a roll-back, ${by}`,
    of: "events that this code publishes",
    remedy: `${raised(version)}: released code then lets them wait until this code is back`,
  });
  if (back) yield back;
}

function* brokenLift({
  where,
  by,
  event,
  version,
  schema,
}: Pick<Versions, "where" | "by" | "event"> & { readonly version: number; readonly schema: Schema | null }): Iterable<Break> {
  const remedy = `Declare \`from: { ${version}: { schema, lift } }\`, with the schema of version ${version} as it was released`;
  const place = `${where}, version ${version}`;
  const lift = event.from[version];
  if (!lift) {
    yield {
      where: place,
      fact: `${by} would let events under way wait as UNSUPPORTED_VERSION: no lift leads on from it`,
      remedy,
    };
    return;
  }
  if (schema === null) return;
  const refused =
    lift.schema &&
    misfit(schema, schemaOf(lift.schema), { where: place, by: "the schema in `from`", of: "events that are under way", remedy });
  if (refused) yield refused;
  for (const example of refused ? [] : examplesOf(schema)) {
    const fault = faultOf(event, version, example);
    if (fault === undefined) continue;
    yield {
      where: place,
      fact: `${by} would let events under way wait: the lift of ${shown(example)} ${fault}`,
      remedy: "Mend the lift",
    };
    return;
  }
}

/** @returns what keeps an old payload from becoming one of the current version, as the functions lift it */
function faultOf(event: AnyEvent, version: number, example: unknown): string | undefined {
  let payload: unknown = structuredClone(example);
  for (let at = version; at < event.version; at++) {
    const { lift, schema } = (event.from[at] ?? {}) as Partial<Lift>;
    if (!lift) return `ends at version ${at}, from which no lift leads on`;
    const read = schema?.safeParse(payload);
    if (read && !read.success) return `is not of version ${at}: ${read.error.issues[0]?.message ?? ""}`;
    try {
      payload = JSON.parse(JSON.stringify(lift((read?.data ?? payload) as never)) ?? "null");
    } catch (error) {
      return `throws ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  const { success, error } = event.schema.safeParse(payload);
  const issue = error?.issues[0];
  return success
    ? undefined
    : `becomes ${shown(payload)}, which version ${event.version} refuses: ${issue?.path.join(".")} ${issue?.message}`;
}
