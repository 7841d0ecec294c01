import * as z from "zod";
import { stepConcurrency } from "../../../components/flow/step-concurrency.ts";
import type { Duration } from "../../../model/duration.ts";
import { adapter, call, event, flow, noAuth, step } from "../../../model/index.ts";
import { serveStep } from "../../../runtime/index.ts";
import type { BatchResponse, SqsRecord } from "../../../runtime/lambda.ts";
import { type Change, type Condition, type Item, type Key, TableBusyError } from "../../../runtime/ports.ts";
import { MemoryTable } from "../../../testing/memory-table.ts";
import { fakeDependencies, message, validatorsOf } from "./dependencies.ts";
import { busEvent } from "./fake-bus.ts";
import { SimulatedTime } from "./simulated-time.ts";

/** Writes of one item a second. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
const WRITES_A_SECOND = 1_000;
/** Between a message's becoming visible and its function's start, and of an answer of the third party. */
const PICK_UP_MS = 30;
const ANSWER_MS = 80;
const VISIBILITY_MS = 180_000;
/** Shorter than SQS's long poll, as a message that is hidden meanwhile does not end it here. */
const LONGEST_POLL_MS = 500;
/** Batches at once at the start, and how many more each minute. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const FIRST_POLLERS = 5;
const MORE_A_MINUTE = 300;

/** A table whose limiter item takes as many writes a second as DynamoDB's items do; those that fail their condition count too. */
class HotTable extends MemoryTable {
  readonly writes: number[] = [];
  throttled = 0;
  readonly #time: SimulatedTime;
  readonly #random: () => number;
  readonly #slowestMs: number;
  constructor(time: SimulatedTime, random: () => number, slowestMs: number) {
    super();
    this.#time = time;
    this.#random = random;
    this.#slowestMs = slowestMs;
  }
  override async get(key: Key): Promise<Item | undefined> {
    await this.#travels();
    const item = await super.get(key);
    await this.#travels();
    return item;
  }
  override async update(key: Key, change: Change, condition?: Condition): Promise<Item | undefined> {
    await this.#travels();
    if (key.sk === "rate") {
      const now = this.#time.now();
      if ((this.writes.at(-WRITES_A_SECOND) ?? 0) > now - 1_000) {
        this.throttled += 1;
        throw new TableBusyError("too many writes of one item");
      }
      this.writes.push(now);
    }
    const item = await super.update(key, change, condition);
    await this.#travels();
    return item;
  }
  /** Half of a call: others are handled between the request and the answer. */
  async #travels(): Promise<void> {
    await this.#time.sleep((this.#slowestMs * (1 + 3 * this.#random())) / 8);
  }
}

interface Waiting {
  readonly record: SqsRecord;
  visibleAt: number;
  receives: number;
}

/** A step that calls a third party with a rate limit, its queue, and as many pollers as its event source mapping allows. */
export function backlogOf(options: {
  readonly messages: number;
  readonly rateLimit: { readonly calls: number; readonly per: Duration };
  /** Calls of each message. @default 1 */
  readonly callsEach?: number;
  /** Messages that arrive in a second. @default all at once */
  readonly arriving?: number;
  /** Longest call of the table, ms; the shortest takes a quarter of it. @default 12 */
  readonly tableMs?: number;
  /** Most messages of an invocation. @default 10 */
  readonly batchSize?: number;
}) {
  const { arriving = Number.POSITIVE_INFINITY, batchSize = 10, tableMs = 12 } = options;
  const time = new SimulatedTime();
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const table = new HotTable(time, random, tableMs);
  const calls: number[] = [];
  const done = new Set<string>();
  const attempts = new Map<string, number>();
  const queue = new Map<string, Waiting>();
  /** When the first message of the queue is visible; undefined where the queue has to be looked through. */
  let next: number | undefined;
  const show = (waiting: Waiting, at: number): void => {
    if (next !== undefined) next = waiting.visibleAt === next ? undefined : Math.min(next, at);
    waiting.visibleAt = at;
  };
  let dead = 0;

  const party = adapter("shop", {
    baseUrl: "https://shop.example.com",
    auth: noAuth(),
    timeout: "10 seconds",
    rateLimit: options.rateLimit,
    operations: { place: call("POST /orders", { body: z.object({ id: z.string() }), returns: z.object({ ok: z.boolean() }) }) },
  });
  const Asked = event("Asked", z.object({ id: z.string() }));
  const Done = event("Done", z.object({ id: z.string() }));
  const orders = flow("orders", {
    summary: "",
    owner: "",
    imports: [Asked],
    steps: {
      place: step({
        on: Asked,
        emits: [Done],
        uses: { shop: party },
        batchSize,
        async handler({ id }, { shop, attempt }) {
          attempts.set(id, Math.max(attempt, attempts.get(id) ?? 0));
          for (let n = 0; n < (options.callsEach ?? 1); n += 1) await shop.place({ id });
          done.add(id);
          return Done({ id });
        },
      }),
    },
  });
  const around = fakeDependencies({ thirdParties: { shop: { baseUrl: "https://shop.example.com" } }, logLevel: "error" });
  const services = {
    ...around.services,
    clock: time,
    table,
    random,
    async fetch() {
      calls.push(time.now());
      await time.sleep(ANSWER_MS);
      return new Response('{"ok":true}');
    },
    bus: {
      async put(entries: readonly unknown[]) {
        time.touch();
        return entries.map(() => undefined);
      },
    },
    queue: {
      async send() {
        dead += 1;
      },
      async hide(_url: string, receiptHandle: string, seconds: number) {
        time.touch();
        const waiting = queue.get(receiptHandle);
        if (waiting) show(waiting, time.now() + seconds * 1_000);
      },
    },
  };

  const beganAt = time.now();
  const add = (id: string): void => {
    const record = message(busEvent("Asked", { id }, { eventId: id, requestId: id }), id, {
      attributes: { SentTimestamp: String(time.now()) },
    });
    const waiting = { record, visibleAt: Number.POSITIVE_INFINITY, receives: 0 };
    queue.set(record.receiptHandle, waiting);
    show(waiting, time.now());
  };
  const receives: number[] = [];
  let paused: readonly [from: number, to: number] = [0, 0];
  /** Runs work at a time, in seconds after the start. */
  const at = (seconds: number, work: () => void) => void time.sleep(seconds * 1_000).then(work);
  let coming = 0;
  let ended = false;
  const addAt = (seconds: number, id: string): void => {
    coming += 1;
    at(seconds, () => {
      coming -= 1;
      add(id);
    });
  };
  for (let n = 0; n < options.messages; n += 1) addAt(n / arriving, `m-${n}`);

  /** Messages that a poller takes at a time; `next` is known where there is none. */
  function visible(now: number): readonly Waiting[] {
    if (next !== undefined && next > now) return [];
    const batch: Waiting[] = [];
    let first = Number.POSITIVE_INFINITY;
    for (const waiting of queue.values()) {
      if (batch.length === batchSize) break;
      if (waiting.visibleAt <= now) batch.push(waiting);
      else first = Math.min(first, waiting.visibleAt);
    }
    next = batch.length === 0 ? first : undefined;
    return batch;
  }

  /** One environment after the other: each poller's function keeps its own memory. */
  async function poll(number: number): Promise<void> {
    await time.sleep((Math.max(0, number - FIRST_POLLERS) / MORE_A_MINUTE) * 60_000);
    const handle = serveStep(orders, "place", validatorsOf(orders), () => services);
    while (!ended) {
      if (time.now() >= paused[0] && time.now() < paused[1]) await time.sleep(paused[1] - time.now());
      const now = time.now();
      const batch = visible(now);
      if (batch.length === 0) {
        await time.sleep(Math.min(LONGEST_POLL_MS, Math.max(1, (next ?? now) - now)));
        continue;
      }
      for (const waiting of batch) {
        waiting.receives += 1;
        show(waiting, now + VISIBILITY_MS);
      }
      await time.sleep(PICK_UP_MS);
      const Records = batch.map(({ record, receives }) => ({
        ...record,
        attributes: { ...record.attributes, ApproximateReceiveCount: String(receives) },
      }));
      const began = time.now();
      const context = {
        awsRequestId: "aws",
        functionName: "orders-fn",
        getRemainingTimeInMillis: () => 30_000 - (time.now() - began),
      };
      const { batchItemFailures } = (await handle({ Records }, context)) as BatchResponse;
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { record, receives: count } of batch) {
        if (failed.has(record.messageId)) continue;
        receives.push(count);
        queue.delete(record.receiptHandle);
        next = undefined;
      }
    }
  }

  return {
    time,
    table,
    calls,
    queue,
    /** No function runs in between; seconds after the start. */
    pause: (from: number, to: number) => {
      paused = [beganAt + from * 1_000, beganAt + to * 1_000];
    },
    /** Empties the queue. */
    purge: (seconds: number) =>
      at(seconds, () => {
        queue.clear();
        next = undefined;
      }),
    addAt,
    /** Lets the queue be worked off. */
    async run(hours = 100): Promise<void> {
      const { place } = orders.steps;
      for (let number = 0; number < (stepConcurrency(place) ?? 1_000); number += 1) void poll(number);
      await time.until(() => queue.size === 0 && coming === 0, hours);
      ended = true;
    },
    figures() {
      const mean = (total: number) => Math.round((total / options.messages) * 100) / 100;
      return {
        done: done.size,
        dead,
        attempts: Math.max(...attempts.values()),
        receivesMean: mean(receives.reduce((sum, count) => sum + count, 0)),
        receivesMost: receives.reduce((most, count) => Math.max(most, count), 0),
        writesMean: mean(table.writes.length),
        throttled: table.throttled,
        seconds: Math.round((time.now() - beganAt) / 1_000),
      };
    },
    /** Most calls in any window of this length. */
    mostIn(ms: number): number {
      let [most, first] = [0, 0];
      const sorted = [...calls].sort((a, b) => a - b);
      sorted.forEach((at, i) => {
        while ((sorted[first] ?? 0) <= at - ms) first += 1;
        most = Math.max(most, i - first + 1);
      });
      return most;
    },
  };
}
