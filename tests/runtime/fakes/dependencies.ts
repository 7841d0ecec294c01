import { contractsOf } from "../../../components/parts/contract.ts";
import { type AnyStep, type Flow, personalFieldsOf } from "../../../model/index.ts";
import type { Environment } from "../../../runtime/environment.ts";
import type { BatchResponse, LambdaContext, LambdaHandler, SqsRecord } from "../../../runtime/lambda.ts";
import type { Services } from "../../../runtime/services.ts";
import { validatorsOf as makeValidators, type Validators } from "../../../runtime/validators.ts";
import { MemoryTable } from "../../../testing/memory-table.ts";
import { FakeBus } from "./fake-bus.ts";
import { FakeClock } from "./fake-clock.ts";
import { writtenLines } from "./written-lines.ts";

interface Sent {
  readonly url: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Everything outside a function, in memory. */
export function fakeDependencies(overrides: Partial<Environment> = {}) {
  const clock = new FakeClock();
  const table = new MemoryTable();
  const bus = new FakeBus();
  const sent: Sent[] = [];
  const hidden: { readonly receiptHandle: string; readonly seconds: number }[] = [];
  const lines: Record<string, unknown>[] = [];
  /** What each invocation measured. */
  const measured: Record<string, unknown>[] = [];
  /** The line that each invocation ends with. */
  const invocations: Record<string, unknown>[] = [];
  const secrets = new Map<string, string>();
  const secretReads: string[] = [];
  const faults: { send: Error | undefined; hide: Error | undefined } = { send: undefined, hide: undefined };
  const services: Services = {
    environment: {
      flow: "orders",
      graph: "0123456789abcdef",
      bus: "bus",
      table: "table",
      queueUrl: "https://sqs/queue",
      deadLetterUrl: "https://sqs/dead",
      secrets: {},
      thirdParties: {},
      logLevel: "debug",
      functionName: "orders-fn",
      ...overrides,
    },
    clock,
    table,
    bus,
    queue: {
      async send(url, body, attributes) {
        if (faults.send) throw faults.send;
        sent.push({ url, body, attributes });
      },
      async hide(_url, receiptHandle, seconds) {
        if (faults.hide) throw faults.hide;
        hidden.push({ receiptHandle, seconds });
      },
    },
    secretStore: {
      async read(arn) {
        secretReads.push(arn);
        const value = secrets.get(arn);
        if (value === undefined) throw Object.assign(new Error("no"), { name: "ResourceNotFoundException" });
        return value;
      },
    },
    random: () => 0.5,
    logTo: writtenLines((text) => {
      const line = JSON.parse(text) as Record<string, unknown>;
      const isMetrics = "_aws" in line && OF_INVOCATIONS.some((name) => name in line);
      (line.message === "invocation ended" ? invocations : isMetrics ? measured : lines).push(line);
    }),
  };
  return { clock, table, bus, sent, hidden, lines, invocations, measured, secrets, secretReads, faults, services };
}
/** Metrics that a function writes at the end of an invocation, in a line of their own. */
const OF_INVOCATIONS = [
  "ColdStarts",
  "StepAttempts",
  "RequestsAccepted",
  "RequestMilliseconds",
  "CallMilliseconds",
  "RateLimitMilliseconds",
];

export type FakeDependencies = ReturnType<typeof fakeDependencies>;

export const context = (remaining = 30_000): LambdaContext => ({
  awsRequestId: "aws-1",
  functionName: "orders-fn",
  getRemainingTimeInMillis: () => remaining,
});

export function message(event: unknown, id = "m-1", more: Partial<SqsRecord> = {}): SqsRecord {
  return {
    messageId: id,
    receiptHandle: `rh-${id}`,
    body: typeof event === "string" ? event : JSON.stringify(event),
    attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(Date.parse("2026-11-24T09:59:59.000Z")) },
    messageAttributes: {},
    ...more,
  };
}

/** @returns ids of the messages that come back */
export async function deliver(handler: LambdaHandler, ...records: readonly SqsRecord[]): Promise<readonly string[]> {
  const response = (await handler({ Records: records }, context())) as BatchResponse;
  return response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** Validators as the bundle makes them. */
export function validatorsOf(flow: Partial<Flow> & { readonly steps: Readonly<Record<string, AnyStep>> }): Validators {
  const whole = { triggers: {}, imports: [], ...flow };
  return makeValidators(whole, {}, contractsOf(whole), personalFieldsOf(whole));
}
