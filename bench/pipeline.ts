import { Writable } from "node:stream";
import * as z from "zod";
import { contractsOf } from "../components/parts/contract.ts";
import type { Environment } from "../runtime/environment.ts";
import { serveStep, validatorsOf } from "../runtime/index.ts";
import type { Services } from "../runtime/services.ts";
import orderPricing from "./order-pricing.ts";
import { message } from "./subjects.ts";

const order = z.object({
  orderId: z.string().min(1),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int().min(1), unitCents: z.int() })),
});

/** What is compared with: what a handler by hand does before it calls anything. */
function byHand(body: string): number {
  const { detail } = JSON.parse(body) as { readonly detail: { readonly data: unknown } };
  return order.parse(detail.data).lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
}

/**
 * Processor time of a message in the step's pipeline without I/O, and of parsing, validating and handling by hand, in turns.
 * @param rounds pairs of measurements
 * @param before messages that each has handled before the first measurement. @default `messages`
 * @returns microseconds a message
 */
export async function measurePipeline(
  rounds: number,
  messages: number,
  before = messages,
): Promise<{ readonly hub: readonly number[]; readonly hand: readonly number[] }> {
  const handler = serveStep(orderPricing, "price", validatorsOf(orderPricing, {}, contractsOf(orderPricing)), services);
  const context = { awsRequestId: "bench", functionName: "bench", getRemainingTimeInMillis: () => 30_000 };
  const text = message();
  let id = 0;
  const handled = async () => {
    id += 1;
    await handler({ Records: [recordOf(text, id)] }, context);
  };
  const parsed = async () => void byHand(text);
  await cpuOf(before, handled);
  await cpuOf(before, parsed);
  const hub: number[] = [];
  const hand: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    hub.push(await cpuOf(messages, handled));
    hand.push(await cpuOf(messages, parsed));
  }
  return { hub, hand };
}

/** @returns the message number `id` as SQS hands it over */
export function recordOf(text: string, id: number) {
  const body = text.replaceAll("EVENT-ID", `e-${id}`);
  // Now: one that waited long has a line of metrics more.
  const attributes = { ApproximateReceiveCount: "1", SentTimestamp: String(Date.now()) };
  return { messageId: `m-${id}`, receiptHandle: "r", body, attributes, messageAttributes: {} };
}

/** @returns microseconds of processor time each */
export async function cpuOf(times: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < times; n += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

/** AWS that accepts everything, in this process. */
export const services = (): Services<Environment> => ({
  environment: {
    ...{ flow: "order-pricing", graph: "bench", bus: "bench", table: "bench", secrets: {}, thirdParties: {} },
    ...{ queueUrl: "queue", deadLetterUrl: "dead", functionName: "bench", logLevel: "error" },
  },
  table: {
    get: async () => undefined,
    put: async () => true,
    putAll: async () => {},
    update: async (key) => ({ ...key }),
    write: async () => true,
    query: async () => [],
    remove: async () => {},
    listed: async () => ({ items: [], next: undefined, end: undefined }),
    count: async () => 0,
  },
  bus: { put: async (entries) => entries.map(() => undefined) },
  queue: { send: async () => {}, hide: async () => {} },
  secretStore: { read: async () => "{}" },
  clock: { now: Date.now, sleep: () => new Promise(() => {}) },
  random: Math.random,
  logTo: new Writable({ write: (_chunk, _encoding, done) => done() }),
});
