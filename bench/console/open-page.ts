import { mkdtempSync, rmSync } from "node:fs";
import { type Profiler, Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFeed } from "../../console/server/feed.ts";
import { startHub } from "../../local/hub.ts";
import { Client } from "../../tests/e2e/client.ts";
import { launch, openPage } from "../../tests/e2e/console/browser.ts";
import { ROOT, someOrder } from "../../tests/e2e/support.ts";
import { generatedHub } from "./generator.ts";

const PAIRS = 5;
/** So many that a page reads several times meanwhile. */
const ORDERS = 60;
/** Before each measured block, so that none pays for the one before. */
const WARM_UP = 5;
const SAMPLE_MICROSECONDS = 500;

/**
 * What an open list of requests costs a hub that is busy: the share of the hub's main thread, through which all messages pass, that the
 * console's code takes with the page, less its share without one. Each share is of one run, so that it does not matter what else the machine
 * does meanwhile.
 * @param known requests that the console's index has before
 * @returns differences of pairs of runs
 */
export async function costOfOpenPage(
  known: number,
): Promise<{ readonly median: number; readonly least: number; readonly most: number }> {
  const data = mkdtempSync(join(tmpdir(), "bench-page-"));
  await indexOf(known, join(data, "console.sqlite"));
  const hub = await startHub({ root: ROOT, data, onProblem: (problem) => console.error(problem) });
  const browser = await launch();
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_MICROSECONDS });
    const client = new Client({ url: hub.url, sandboxUrl: hub.sandboxUrl, apiKey: hub.apiKeys[0] ?? "" });
    const { page } = await openPage(browser);
    const run = async (orders: number) => {
      const ids = await Promise.all(Array.from({ length: orders }, () => client.order(someOrder())));
      for (const id of ids) await client.reaches(id, "completed");
    };
    const shareWith = async (path: string | undefined) => {
      await page.goto(path === undefined ? "about:blank" : hub.consoleUrl + path);
      if (path !== undefined) await page.locator(".row .status").first().waitFor();
      await run(WARM_UP);
      await session.post("Profiler.start");
      await run(ORDERS);
      return consoleShareOf((await session.post("Profiler.stop")).profile);
    };
    await run(ORDERS);
    const costs: number[] = [];
    for (let n = 0; n < PAIRS; n += 1) {
      const isFirst = n % 2 === 0;
      const early = await shareWith(isFirst ? "/requests" : undefined);
      const late = await shareWith(isFirst ? undefined : "/requests");
      costs.push(isFirst ? early - late : late - early);
    }
    costs.sort((a, b) => a - b);
    return { median: costs[Math.floor(PAIRS / 2)] ?? 0, least: costs[0] ?? 0, most: costs.at(-1) ?? 0 };
  } finally {
    session.disconnect();
    await browser.close();
    await hub.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** @returns time of what the console's files call, by the time of all else that was at work */
function consoleShareOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): number {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const kinds = new Map<number, "idle" | "console" | "other">();
  const kindOf = (id: number): "idle" | "console" | "other" => {
    const { functionName = "", url = "" } = byId.get(id)?.callFrame ?? {};
    const parent = parents.get(id);
    const kind =
      functionName === "(idle)"
        ? "idle"
        : /\/console\/(?:server|shared)\//.test(url)
          ? "console"
          : parent === undefined
            ? "other"
            : (kinds.get(parent) ?? kindOf(parent));
    kinds.set(id, kind);
    return kind;
  };
  const times = { idle: 0, console: 0, other: 0 };
  for (const [i, id] of samples.entries()) times[kinds.get(id) ?? kindOf(id)] += timeDeltas[i] ?? 0;
  return times.console / times.other;
}

/** Writes the index of a hub that has had so many requests. */
async function indexOf(requests: number, file: string): Promise<void> {
  // The places of its events are not those of the hub that goes on.
  const feed = openFeed(file, { ...generatedHub(requests), eventsAfter: () => [] }, (problem) => console.error(problem));
  while (feed.state().rebuilding) await new Promise((next) => setTimeout(next, 20));
  await feed.stopReading();
  await feed.close();
}
