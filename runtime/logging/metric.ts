import type { Writable } from "node:stream";
import { ABOUT, type About, DIMENSION, METRICS, type Metric, NAMESPACE } from "../../protocol/metrics.ts";
import type { Clock } from "../ports.ts";
import { inScope, type Measured, scopeNow } from "./scope.ts";

interface Services {
  readonly clock: Clock;
  readonly environment: { readonly table: string };
  readonly logTo?: Writable;
}
type Values = Readonly<Partial<Record<Metric, number | readonly number[]>>>;
/** Values of one metric in a line. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const MOST_VALUES = 100;

/** Writes one line about a flow, a third party, or the whole hub. */
export const metricLine = (services: Services, values: Values, about: About = {}): void =>
  writeLine(services, [{ about, values }]);

/** Runs one invocation, and then writes what it measured: one line, as a rule. Without `services`, nothing is measured. */
export async function collectMetrics<T>(services: Services | undefined, work: () => Promise<T>): Promise<T> {
  if (!services) return work();
  const scope = scopeNow();
  if (!scope) return inScope(() => collectMetrics(services, work));
  const measured: Measured[] = [];
  scope.measured = measured;
  try {
    return await work();
  } finally {
    for (const line of linesOf(measured)) writeLine(services, line);
  }
}

/** Adds values to the line of the invocation. Numbers of things are summed. Without effect outside an invocation. */
export function measure(about: About, values: Readonly<Partial<Record<Metric, number>>>): void {
  const measured = scopeNow()?.measured;
  if (!measured) return;
  const entry = measured.find((one) => one.about.flow === about.flow && one.about.thirdParty === about.thirdParty);
  if (!entry) {
    measured.push({ about, values: { ...values } });
    return;
  }
  for (const [name, value] of Object.entries(values) as [Metric, number][]) {
    const known = entry.values[name];
    if (known === undefined) entry.values[name] = value;
    else if (Array.isArray(known)) known.push(value);
    else entry.values[name] = METRICS[name] === "Count" ? known + value : [known, value];
  }
}

type Part = Parameters<typeof writeLine>[1][number];

/** What is about a flow and what is about a third party share a line, where each of its fields has one value. */
function linesOf(measured: readonly Measured[]): readonly (readonly Part[])[] {
  const lines: Part[][] = [];
  for (const { about, values } of measured)
    for (const held of heldOf(values)) {
      const part = { about, values: held };
      const free = lines.find((line) => line.every((other) => isApart(other, part)));
      if (free) free.push(part);
      else lines.push([part]);
    }
  return lines;
}

/** Divides values so that no list is too long for a line. */
function heldOf(values: Values): readonly Values[] {
  const longest = Math.max(...Object.values(values).map((value) => (typeof value === "number" ? 1 : value.length)));
  if (longest <= MOST_VALUES) return [values];
  return Array.from({ length: Math.ceil(longest / MOST_VALUES) }, (_, line) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => {
        const [first, ...more] = [value].flat().slice(line * MOST_VALUES, (line + 1) * MOST_VALUES);
        return first === undefined ? [] : [[name, more.length === 0 ? first : [first, ...more]]];
      }),
    ),
  );
}

const isApart = (a: Part, b: Part): boolean =>
  Object.keys(b.about).every((name) => !Object.hasOwn(a.about, name)) &&
  Object.keys(b.values).every((name) => !Object.hasOwn(a.values, name));

/** How a line declares each metric, in JSON. */
const DECLARED = Object.fromEntries(Object.entries(METRICS).map(([Name, Unit]) => [Name, JSON.stringify({ Name, Unit })]));

/** Three quarters of a line, of names that need no escaping. @param dimensions beside the hub */
const declared = (dimensions: readonly string[], metrics: readonly string[]): string =>
  `{"Namespace":"${NAMESPACE}","Dimensions":[["${[DIMENSION, ...dimensions].join('","')}"]],"Metrics":[${metrics.map((name) => DECLARED[name]).join()}]}`;

/**
 * Writes one line in the embedded metric format, from which CloudWatch makes metrics without an API call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
function writeLine(
  { clock, environment, logTo = process.stdout }: Services,
  parts: readonly { readonly about: About; readonly values: Values }[],
): void {
  const fields: Record<string, unknown> = { [DIMENSION]: environment.table };
  const metrics = parts.map(({ about, values }) => {
    const dimensions: string[] = [];
    for (const one in about) {
      const dimension = ABOUT[one as keyof About];
      dimensions.push(dimension);
      fields[dimension] = about[one as keyof About];
    }
    Object.assign(fields, values);
    return declared(dimensions, Object.keys(values));
  });
  logTo.write(
    `{"_aws":{"Timestamp":${clock.now()},"CloudWatchMetrics":[${metrics.join()}]},${JSON.stringify(fields).slice(1)}\n`,
  );
}
