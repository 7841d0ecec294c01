import type { Measured } from "./measure.ts";
import { PRICED_ON } from "./prices.ts";
import { type Assumptions, type Costs, costsOf, metricsCost, totalOf, weighted } from "./variable.ts";

interface Costed {
  readonly stack: string;
  readonly idle: Costs;
  readonly measured: readonly Measured[];
  /** Requests a second of each trigger, by `<flow>.<trigger>`; those without one have none. */
  readonly rates: ReadonlyMap<string, number>;
  readonly assumed: Assumptions;
}

const SECONDS_A_MONTH = 730 * 3_600;
const usd = (value: number) => value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const number = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: 1 });

export const nameOf = ({ flow, trigger }: Pick<Measured, "flow" | "trigger">) => `${flow}.${trigger}`;

/** @returns lines for people */
export function costReport({ stack, idle, measured, rates, assumed }: Costed): string {
  const rated = measured.map((one) => [one, rates.get(nameOf(one)) ?? 0] as const);
  const monthly = {
    ...weighted(
      rated.map(([one, rate]) => [one, rate * SECONDS_A_MONTH] as const),
      assumed,
    ),
    "CloudWatch metrics": metricsCost(rated),
  };
  const refused = measured.filter((one) => one.refused.length > 0);
  return [
    `${stack}: USD in us-east-1, prices of ${PRICED_ON} without free tiers (tools/cost/prices.ts)`,
    "",
    "idle, a month",
    ...costLines(idle),
    "",
    "a request: counted with the hub's code, one message at a time",
    ...table([
      ["events", "messages", "runs", "reads", "writes", "log KB", "USD a million", ""],
      ...measured.map((one) => {
        const { events, messages, stepRuns, hubRuns, readUnits, writeUnits, logBytes } = one.use;
        const counts = [events, messages, stepRuns + hubRuns, readUnits, writeUnits, logBytes / 1_024].map(number);
        return [...counts, usd(totalOf(costsOf(one.use, assumed)) * 1e6), nameOf(one)];
      }),
    ]),
    ...refused.map(
      (one) => `  ${nameOf(one)}: the sample is refused (${one.refused.join(", ")}), so what follows is not counted`,
    ),
    "",
    `at ${[...rates].map(([name, rate]) => `${rate} a second of ${name}`).join(", ")}: a month`,
    ...costLines(monthly),
    "",
    `assumed: a step runs ${assumed.stepMs} ms, a function of the hub ${assumed.hubMs} ms, both with ${assumed.memoryMb} MB`,
  ].join("\n");
}

function costLines(costs: Costs): readonly string[] {
  const rows = Object.entries(costs)
    .filter(([, cost]) => cost > 0)
    .sort(([, a], [, b]) => b - a);
  return table([...rows.map(([service, cost]) => [usd(cost), service]), [usd(totalOf(costs)), "in all"]]);
}

/** The last column is text, the others are numbers. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padStart(widths[i] ?? 0))).join("  ")}`);
}
