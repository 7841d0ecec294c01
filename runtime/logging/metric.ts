import { AsyncLocalStorage } from "node:async_hooks";
import type { Writable } from "node:stream";
import { ABOUT, type About, DIMENSION, METRICS, type Metric, NAMESPACE } from "../../protocol/metrics.ts";
import type { Clock } from "../ports.ts";

interface Services {
  readonly clock: Clock;
  readonly environment: { readonly table: string };
  readonly logTo?: Writable;
}
type Values = Readonly<Partial<Record<Metric, number | readonly number[]>>>;
/** What was measured about one flow, one third party, or the whole hub. */
interface Measured {
  readonly about: About;
  readonly values: Map<Metric, number[]>;
}

/** Values of one metric in a line. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const MOST_VALUES = 100;

/** Writes one line about a flow, a third party, or the whole hub. */
export const metricLine = (services: Services, values: Values, about: About = {}): void =>
  writeLine(services, [{ about, values }]);

const storage = new AsyncLocalStorage<Map<string, Measured>>();

/** Runs one invocation, and then writes what it measured: one line, as a rule. Without `services`, nothing is measured. */
export async function collectMetrics<T>(services: Services | undefined, work: () => Promise<T>): Promise<T> {
  if (!services) return work();
  const measured = new Map<string, Measured>();
  try {
    return await storage.run(measured, work);
  } finally {
    for (const line of linesOf(measured.values())) writeLine(services, line);
  }
}

/** Adds values to the line of the invocation. Numbers of things are summed. Without effect outside an invocation. */
export function measure(about: About, values: Readonly<Partial<Record<Metric, number>>>): void {
  const measured = storage.getStore();
  if (!measured) return;
  const key = `${about.flow ?? ""} ${about.thirdParty ?? ""}`;
  const entry = measured.get(key) ?? { about, values: new Map<Metric, number[]>() };
  measured.set(key, entry);
  for (const [name, value] of Object.entries(values) as [Metric, number][]) {
    const known = entry.values.get(name);
    if (!known) entry.values.set(name, [value]);
    else if (METRICS[name] === "Count") known[0] = (known[0] ?? 0) + value;
    else known.push(value);
  }
}

type Part = Parameters<typeof writeLine>[1][number];

/** What is about a flow and what is about a third party share a line, where each of its fields has one value. */
function linesOf(measured: Iterable<Measured>): readonly (readonly Part[])[] {
  const lines: Part[][] = [];
  for (const { about, values } of measured) {
    for (let from = 0, more = true; more; from += MOST_VALUES) {
      more = false;
      const held: Partial<Record<Metric, number | readonly number[]>> = {};
      for (const [name, all] of values) {
        if (all.length > from) held[name] = all.length === from + 1 ? (all[from] ?? 0) : all.slice(from, from + MOST_VALUES);
        if (all.length > from + MOST_VALUES) more = true;
      }
      const part = { about, values: held };
      const free = lines.find((line) => line.every((other) => isApart(other, part)));
      if (free) free.push(part);
      else lines.push([part]);
    }
  }
  return lines;
}

const isApart = (a: Part, b: Part): boolean =>
  Object.keys(b.about).every((name) => !Object.hasOwn(a.about, name)) &&
  Object.keys(b.values).every((name) => !Object.hasOwn(a.values, name));

/**
 * Writes one line in the embedded metric format, from which CloudWatch makes metrics without an API call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
function writeLine(
  { clock, environment, logTo = process.stdout }: Services,
  parts: readonly { readonly about: About; readonly values: Values }[],
): void {
  const line: Record<string, unknown> = {};
  const metrics = parts.map(({ about, values }) => {
    const dimensions: string[] = [DIMENSION];
    for (const [one, name] of Object.entries(about)) {
      const dimension = ABOUT[one as keyof About];
      dimensions.push(dimension);
      line[dimension] = name;
    }
    Object.assign(line, values);
    const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: METRICS[Name as Metric] }));
    return { Namespace: NAMESPACE, Dimensions: [dimensions], Metrics };
  });
  const _aws = { Timestamp: clock.now(), CloudWatchMetrics: metrics };
  logTo.write(`${JSON.stringify({ _aws, [DIMENSION]: environment.table, ...line })}\n`);
}
