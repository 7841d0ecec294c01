import { isDeepStrictEqual } from "node:util";
import { sampleOf } from "../../local/schema-sample.ts";
import {
  type AnyEvent,
  emittedBy,
  type Flow,
  jsonSchema,
  nextCronRun,
  parseSchedule,
  type TimedTrigger,
  type Trigger,
} from "../../model/index.ts";
import { DIMENSION } from "../../protocol/metrics.ts";
import { HUB_EVENT } from "../../protocol/reports.ts";
import { INDEXES, PARTITION_KEY, PROJECTED, SORT_KEY } from "../../protocol/table.ts";
import { chanceOf } from "../../testing/faults.ts";
import { HubInMemory } from "../../testing/hub-in-memory.ts";
import { LEDGER } from "../../testing/queues.ts";
import { TestClock } from "../../testing/test-clock.ts";
import { firstEvent } from "../../testing/test-flow.ts";
import { ThirdParties } from "../../testing/third-parties.ts";
import { PRICES } from "./prices.ts";

type Item = HubInMemory["table"]["items"] extends Map<string, infer One> ? One : never;

/** What one request uses; everything but `apiCalls` is counted while the flow handles one sample event. */
export interface Use {
  readonly apiCalls: number;
  /** Events on the bus, and their bytes. */
  readonly events: number;
  readonly eventBytes: number;
  /** Messages in queues. */
  readonly messages: number;
  /** Invocations of steps, and of the hub's own functions. */
  readonly stepRuns: number;
  readonly hubRuns: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Bytes of items that the request leaves in the table. */
  readonly storedBytes: number;
  readonly logBytes: number;
}
export interface Measured {
  readonly flow: string;
  readonly trigger: string;
  readonly use: Use;
  /** Codes of steps that refused the sample: what would follow them is not counted. */
  readonly refused: readonly string[];
  /** CloudWatch metrics of the hub's own that get a value, each with what it is about: `StepAttempts Flow=orders`. */
  readonly metrics: readonly string[];
}

/** A day of virtual time: retries and waits are over. */
const LONGEST_MS = 86_400_000;
const FIRST = Date.parse("2030-01-01T00:00:00Z");
/** Lambda's own three JSON lines of an invocation. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html */
const PLATFORM_BYTES = 900;

/**
 * Runs one sample event of each trigger through the flow's functions in memory, one message at a time. The sample is made of the event's schema,
 * and third parties answer with their examples.
 */
export async function measure(flow: Flow): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (const [name, trigger] of Object.entries(flow.triggers))
    measured.push({ flow: flow.name, trigger: name, ...(await useOf(flow, trigger)) });
  return measured;
}

/** What a request uses before its first event. A poll stores its cursor after each page; pages of one event are the dearest. */
const BEFORE_FIRST_EVENT: Readonly<Record<Trigger["kind"], Partial<Pick<Use, "apiCalls" | "hubRuns" | "writeUnits">>>> = {
  api: { apiCalls: 1 },
  webhook: { apiCalls: 1, hubRuns: 1 },
  sync: { apiCalls: 1, hubRuns: 1 },
  schedule: {},
  poll: { writeUnits: 1 },
};

/** A run of a poll that finds nothing: each of its runs costs so much, whatever it finds. */
export interface MeasuredPoll {
  readonly flow: string;
  readonly trigger: string;
  /** Runs a month of 730 hours. */
  readonly runs: number;
  readonly use: Use;
}

/** Runs each enabled poll of a flow once in memory, with a page without events in place of the third party's. */
export async function measurePolls(flow: Flow): Promise<readonly MeasuredPoll[]> {
  const measured: MeasuredPoll[] = [];
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    if (trigger.kind !== "poll" || trigger.enabled === false) continue;
    const page = ({ cursor }: { readonly cursor: unknown }) => ({ events: [], cursor, more: false });
    const clock = new TestClock(FIRST);
    const chance = chanceOf(undefined);
    const idle = { ...flow, triggers: { ...flow.triggers, [name]: { ...trigger, page } } };
    const hub = new HubInMemory(idle, { clock, chance, parties: new ThirdParties(flow, {}, clock, chance.random) });
    await hub.deploy();
    const count = counted(hub);
    await hub.poll(name);
    const { logBytes, ...use } = count();
    const run = { ...use, apiCalls: 0, stepRuns: 1, logBytes: logBytes + PLATFORM_BYTES };
    measured.push({ flow: flow.name, trigger: name, runs: runsAMonth(trigger), use: run });
  }
  return measured;
}

const MONTH_MS = PRICES.hoursAMonth * 3_600_000;
/** As many runs of a cron as are counted at most. */
const MOST_RUNS = 1_000;

function runsAMonth({ expression, timezone }: TimedTrigger): number {
  const times = parseSchedule(expression);
  if (times.kind === "rate") return MONTH_MS / times.everyMs;
  let last = FIRST;
  for (let runs = 0; runs < MOST_RUNS; runs += 1) {
    const at = nextCronRun(times, last, timezone);
    if (at === undefined || at > FIRST + 12 * MONTH_MS) return runs / 12;
    last = at;
  }
  return (MOST_RUNS * MONTH_MS) / (last - FIRST);
}

async function useOf(flow: Flow, trigger: Trigger<AnyEvent>): Promise<Pick<Measured, "use" | "refused" | "metrics">> {
  const clock = new TestClock(FIRST);
  const chance = chanceOf(undefined);
  const parties = new ThirdParties(flow, {}, clock, chance.random);
  await parties.fill();
  const hub = new HubInMemory(flow, { clock, chance, parties });
  await hub.deploy();
  const count = counted(hub);
  const [event] = emittedBy(trigger);
  const unfit: string[] = [];
  if (event) {
    const data = sampleOf(jsonSchema(event.schema));
    // As the gateway makes them where the caller sends no correlation id.
    const requestId = "01234567-89ab-4cde-8f01-23456789abcd";
    const ids = { requestId, correlationId: requestId, tenant: "default" };
    try {
      hub.publish(firstEvent(flow, { type: event.type, data }, { ...ids, at: clock.now() }));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      unfit.push("NO_SAMPLE");
    }
  }
  while (await hub.handleNext(FIRST + LONGEST_MS));
  const before = BEFORE_FIRST_EVENT[trigger.kind];
  const failures = hub.events.flatMap(({ "detail-type": type, detail }) =>
    type === HUB_EVENT.StepFailed ? [(detail.data as { error?: { code?: string } }).error?.code ?? "FAILED"] : [],
  );
  return {
    use: {
      ...count(),
      apiCalls: before.apiCalls ?? 0,
      hubRuns: count().hubRuns + (before.hubRuns ?? 0),
      writeUnits: count().writeUnits + (before.writeUnits ?? 0),
    },
    refused: [...new Set([...unfit, ...failures])],
    metrics: [...new Set(hub.lines.flatMap(metricsIn))],
  };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
interface EmbeddedMetrics {
  readonly _aws?: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/** CloudWatch keeps, and bills, one metric for each name and set of dimensions. */
const metricsIn = (line: EmbeddedMetrics & Readonly<Record<string, unknown>>): readonly string[] =>
  (line._aws?.CloudWatchMetrics ?? []).flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const about = names.filter((name) => name !== DIMENSION).map((name) => ` ${name}=${String(line[name])}`);
      return Metrics.map(({ Name }) => Name + about.join(""));
    }),
  );

/** Counts from now on. @returns what was used so far */
function counted({ table, queues, events, lines }: HubInMemory): () => Omit<Use, "apiCalls"> {
  const sum = { messages: 0, stepRuns: 0, hubRuns: 0, readUnits: 0, writeUnits: 0 };
  const [send, receive] = [queues.send.bind(queues), queues.receive.bind(queues)];
  queues.send = (...args) => {
    sum.messages += 1;
    send(...args);
  };
  queues.receive = (...args) => {
    const message = receive(...args);
    if (message?.queue === LEDGER) sum.hubRuns += 1;
    else if (message) sum.stepRuns += 1;
    return message;
  };
  const [get, put, update, remove, query] = [table.get, table.put, table.update, table.remove, table.query].map((one) =>
    one.bind(table),
  ) as unknown as [typeof table.get, typeof table.put, typeof table.update, typeof table.remove, typeof table.query];
  const before = (key: { readonly pk: string; readonly sk: string }) => table.items.get(`${key.pk}|${key.sk}`);
  const write = async <T>(key: { readonly pk: string; readonly sk: string }, work: () => Promise<T>): Promise<T> => {
    const old = before(key);
    const result = await work();
    sum.writeUnits += writeUnitsOf(old, before(key));
    return result;
  };
  table.get = async (key) => {
    const item = await get(key);
    sum.readUnits += unitsOf(bytesOf(item), 4_096);
    return item;
  };
  table.query = async (...args) => {
    const items = await query(...args);
    sum.readUnits += unitsOf(
      items.reduce((all, item) => all + bytesOf(item), 0),
      4_096,
    );
    return items;
  };
  table.put = (item, condition) => write(item, () => put(item, condition));
  table.putAll = async (items) => {
    for (const item of items) await table.put(item);
  };
  table.update = (key, change, condition) => write(key, () => update(key, change, condition));
  table.remove = (key) => write(key, () => remove(key));
  const kept = stored(table.items);
  return () => ({
    ...sum,
    events: events.length,
    eventBytes: Buffer.byteLength(JSON.stringify(events)),
    storedBytes: stored(table.items) - kept,
    logBytes:
      lines.filter(({ level }) => level !== "debug").reduce((all, line) => all + bytesOfLine(line), 0) +
      (sum.stepRuns + sum.hubRuns) * PLATFORM_BYTES,
  });
}

/** The same at each run and in each folder: a duration has more digits on a busy machine, and a stack names files. */
const bytesOfLine = (line: object) =>
  Buffer.byteLength(
    JSON.stringify(line, (key, value: unknown) => (key === "stack" ? "" : value)).replace(/\d+(\.\d+)?/g, "00.00"),
  );
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
const bytesOf = (item: Item | undefined): number =>
  Object.entries(item ?? {}).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);

function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  // A byte for each two digits, without zeros at either end, and one more; another one for the sign.
  if (typeof value === "number")
    return (
      Math.ceil(
        String(value)
          .replace(/[-.]|e.*$|^0+/g, "")
          .replace(/0+$/, "").length / 2,
      ) + (value < 0 ? 2 : 1)
    );
  if (typeof value !== "object" || value === null) return 1;
  const inner = Array.isArray(value) ? value.map(sizeOf) : [bytesOf(value as Item)];
  return 3 + Object.keys(value).length + inner.reduce((sum, size) => sum + size, 0);
}
const unitsOf = (bytes: number, each: number) => Math.max(1, Math.ceil(bytes / each));
const stored = (items: ReadonlyMap<string, Item>) => [...items.values()].reduce((all, item) => all + bytesOf(item), 0);

/**
 * Of the item, and of each index whose entry changes: one write, or two where it moves.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html, "Write units"
 */
function writeUnitsOf(old: Item | undefined, now: Item | undefined): number {
  const written = (...entries: readonly (Item | undefined)[]) => unitsOf(Math.max(...entries.map(bytesOf)), 1_024);
  const indexes = Object.values(INDEXES).map((index) => {
    const [was, is] = [entryIn(index, old), entryIn(index, now)];
    if (isDeepStrictEqual(was, is)) return 0;
    const stays = was?.[index.partition] === is?.[index.partition] && was?.[index.sort] === is?.[index.sort];
    return stays ? written(was, is) : (was ? written(was) : 0) + (is ? written(is) : 0);
  });
  return indexes.reduce((sum, units) => sum + units, written(old, now));
}

/** @returns what an index holds of an item; `undefined` where it lacks a key of the index */
function entryIn({ name, partition, sort }: (typeof INDEXES)[keyof typeof INDEXES], item: Item | undefined): Item | undefined {
  if (item?.[partition] === undefined || item[sort] === undefined) return undefined;
  const held = PROJECTED[name];
  const names: readonly string[] = held === "all" ? Object.keys(item) : [PARTITION_KEY, SORT_KEY, partition, sort, ...held];
  return Object.fromEntries(Object.entries(item).filter(([attribute]) => names.includes(attribute))) as Item;
}
