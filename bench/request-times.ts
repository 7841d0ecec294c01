import { type Load, loaded, startHub, type Target } from "./requests.ts";

/** What a load cost the hub of this machine. */
export interface Cost {
  /** Processor time of the hub an order, ms. */
  readonly cpuMs: number;
  /** Resident memory afterwards. */
  readonly memoryMb: number;
  /** Orders since the hub started. */
  readonly orders: number;
}

/** POST-to-`completed` on a hub of this machine, with its processor time and memory; the first order alone. */
export async function localRequests(quick: boolean): Promise<string> {
  const hub = await startHub();
  try {
    const rows: (readonly [Load, Cost])[] = [];
    let orders = 0;
    for (const [clients, many] of [[1, 1], ...loadsOf(quick)] as const) {
      const before = hub.cpuMs();
      const load = await loaded(hub, clients, many);
      orders += many;
      rows.push([load, { cpuMs: (hub.cpuMs() - before) / many, memoryMb: hub.memoryMb(), orders }]);
      // Functions that the first order did not start.
      if (orders === 1) orders += await warmed(hub);
    }
    return localTable(rows);
  } finally {
    await hub.stop();
  }
}

const WARM = 3;

async function warmed(target: Target): Promise<number> {
  await loaded(target, 1, WARM);
  return WARM;
}

const loadsOf = (quick: boolean) =>
  (quick ? [1, 8] : [1, 8, 64, 256]).map(
    (clients) => [clients, quick ? Math.max(10, clients * 2) : Math.max(50, clients * 4)] as const,
  );

/** @param rows the first is the first order of a fresh hub */
export function localTable(rows: readonly (readonly [Load, Cost])[]): string {
  return [
    WHAT,
    "",
    "| clients | requests | p50, ms | p99, ms | requests/s | CPU an order, ms | memory, MB | after orders |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map(([load, { cpuMs, memoryMb, orders }], i) => {
      const which = i === 0 ? "1, first and cold" : String(load.clients);
      return `| ${which} | ${cellsOf(load)} | ${cpuMs.toFixed(0)} | ${memoryMb.toFixed(0)} | ${orders} |`;
    }),
    "| goal | | first ≤ 1,000 | | ≥ 50 | ≤ 60 | ≤ 400 | |",
    ...throttled(rows.map(([load]) => load)),
  ].join("\n");
}

/** POST-to-`completed` of a running hub, by clients. One order first: functions start at their first message. */
export async function requestTimes(target: Target, quick: boolean): Promise<string> {
  await warmed(target);
  const loads: Load[] = [];
  for (const [clients, many] of loadsOf(quick)) loads.push(await loaded(target, clients, many));
  return [
    WHAT,
    "",
    "| clients | requests | p50, ms | p99, ms | requests/s |",
    "|---|---|---|---|---|",
    ...loads.map((load) => `| ${load.clients} | ${cellsOf(load)} |`),
    ...throttled(loads),
  ].join("\n");
}

/** Times with calls that waited are those of the limits, which the reader can raise. */
function throttled(loads: readonly Load[]): readonly string[] {
  const calls = loads.reduce((sum, load) => sum + load.throttled, 0);
  return calls === 0
    ? []
    : ["", `${calls} calls were beyond the limits of the API (429), and were sent again as Retry-After says.`];
}

const WHAT = "POST /orders until `completed`: four steps, two of them in parallel, one join, two third parties.";

const cellsOf = ({ times, perSecond }: Load) =>
  [times.length, msAt(times, 0.5), msAt(times, 0.99), perSecond.toFixed(1)].join(" | ");

/** @param q share of the times that are shorter, 0 to 1 @returns whole milliseconds */
export function msAt(times: readonly number[], q: number): string {
  return ([...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0).toFixed(0);
}
