import { type Load, loaded, startHub, type Target } from "./requests.ts";

/** POST-to-`completed` on a hub of this machine. */
export async function localRequests(quick: boolean): Promise<string> {
  const hub = await startHub();
  try {
    const memory = () => `Resident memory of the hub's main process afterwards: ${hub.memoryMb().toFixed(0)} MB.`;
    return `${await requestTimes(hub, quick)}\n\n${memory()}`;
  } finally {
    await hub.stop();
  }
}

/** POST-to-`completed` of a running hub, by clients. One order first: the hub starts each function at its first message. */
export async function requestTimes(target: Target, quick: boolean): Promise<string> {
  await loaded(target, 1, 3);
  const loads: Load[] = [];
  for (const clients of quick ? [1, 8] : [1, 8, 64, 256])
    loads.push(await loaded(target, clients, quick ? Math.max(10, clients * 2) : Math.max(50, clients * 4)));
  const lines = loads.map(
    ({ clients, times, perSecond }) =>
      `| ${clients} | ${times.length} | ${msAt(times, 0.5)} | ${msAt(times, 0.99)} | ${perSecond.toFixed(1)} |`,
  );
  return [
    "POST /orders until `completed`: four steps, two of them in parallel, one join, two third parties.",
    "",
    "| clients | requests | p50, ms | p99, ms | requests/s |",
    "|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

/** @param q share of the times that are shorter, 0 to 1 @returns whole milliseconds */
function msAt(times: readonly number[], q: number): string {
  return ([...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0).toFixed(0);
}
