import type { Measured, MeasuredPoll, Use } from "./measure.ts";
import { PRICES } from "./prices.ts";

/** What the figures assume and can't count. */
export interface Assumptions {
  /** Milliseconds and MB of an average run of a step, third parties included; and of the hub's own functions. */
  readonly stepMs: number;
  readonly hubMs: number;
  readonly memoryMb: number;
  /** Share of the requests whose traces are kept, 0 to 1. */
  readonly traced: number;
  readonly waf: boolean;
  /** Days for which the archive keeps events, and log groups their lines. */
  readonly archiveDays: number;
  readonly logDays: number;
}

/** USD by service, of one request. */
export type Costs = Readonly<Record<string, number>>;

const GB = 1_024 ** 3;
/** SendMessage, ReceiveMessage, DeleteMessage: of messages that come one by one. */
const REQUESTS_OF_A_MESSAGE = 3;
/** How long a request's items stay in the table. */
const STORED_MONTHS = 2;

export function costsOf(use: Use, assumed: Assumptions): Costs {
  const gbSeconds = ((use.stepRuns * assumed.stepMs + use.hubRuns * assumed.hubMs) / 1_000) * (assumed.memoryMb / 1_024);
  const archived = use.eventBytes / GB;
  const logged = use.logBytes / GB;
  return {
    "API Gateway": use.apiCalls * PRICES.apiCall,
    WAF: assumed.waf ? use.apiCalls * PRICES.wafRequest : 0,
    Lambda: (use.stepRuns + use.hubRuns) * PRICES.invocation + gbSeconds * PRICES.gbSecond,
    EventBridge: use.events * PRICES.event + archived * (PRICES.archivedGb + (PRICES.archivedGbMonth * assumed.archiveDays) / 30),
    SQS: use.messages * REQUESTS_OF_A_MESSAGE * PRICES.queueRequest,
    DynamoDB:
      use.readUnits * PRICES.readUnit +
      use.writeUnits * PRICES.writeUnit +
      (use.storedBytes / GB) * PRICES.storedGbMonth * STORED_MONTHS,
    "CloudWatch Logs": logged * (PRICES.logGb + (PRICES.logGbMonth * assumed.logDays) / 30),
    "X-Ray": assumed.traced * PRICES.trace,
  };
}

/** What the runs of polls cost a month that find nothing. */
export const pollsCost = (polls: readonly MeasuredPoll[], assumed: Assumptions): number =>
  polls.reduce((sum, { use, runs }) => sum + runs * (totalOf(costsOf(use, assumed)) + PRICES.scheduledCall), 0);

export const totalOf = (costs: Costs): number => Object.values(costs).reduce((sum, cost) => sum + cost, 0);

/** @returns each weighted with its rate, by service */
export function weighted(all: readonly (readonly [Measured, number])[], assumed: Assumptions): Costs {
  const sums: Record<string, number> = {};
  for (const [{ use }, times] of all)
    for (const [service, cost] of Object.entries(costsOf(use, assumed))) sums[service] = (sums[service] ?? 0) + cost * times;
  return sums;
}

/**
 * What the metrics cost a month that requests at these rates, a second, give values to: each is billed in the hours in which it has a value, of which
 * requests at random times (Poisson) leave some out.
 */
export function metricsCost(all: readonly (readonly [Pick<Measured, "metrics">, number])[]): number {
  const rates = new Map<string, number>();
  for (const [{ metrics }, rate] of all) for (const metric of metrics) rates.set(metric, (rates.get(metric) ?? 0) + rate);
  return [...rates.values()].reduce((sum, rate) => sum + (1 - Math.exp(-rate * 3_600)) * PRICES.customMetricMonth, 0);
}
