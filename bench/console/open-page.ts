import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFeed } from "../../console/server/feed.ts";
import { startHub } from "../../local/hub.ts";
import { Client } from "../../tests/e2e/client.ts";
import { launch, openPage } from "../../tests/e2e/console/browser.ts";
import { ROOT, someOrder } from "../../tests/e2e/support.ts";
import { generatedHub } from "./generator.ts";

const PAIRS = 7;
const ORDERS = 20;
/** Before each measured block, so that none pays for the one before. */
const WARM_UP = 5;

/**
 * What an open list of requests costs a hub that is busy: CPU of its process, functions included, per order, with the page and with an empty
 * one in turns. The browser is a process of its own, and runs in both.
 * @param known requests that the console's index has before
 * @returns ratios of pairs less one
 */
export async function costOfOpenPage(
  known: number,
): Promise<{ readonly median: number; readonly least: number; readonly most: number }> {
  const data = mkdtempSync(join(tmpdir(), "bench-page-"));
  await indexOf(known, join(data, "console.sqlite"));
  const hub = await startHub({ root: ROOT, data, onProblem: (problem) => console.error(problem) });
  const browser = await launch();
  try {
    const client = new Client({ url: hub.url, sandboxUrl: hub.sandboxUrl, apiKey: hub.apiKeys[0] ?? "" });
    const { page } = await openPage(browser);
    const run = async (orders: number) => {
      const ids = await Promise.all(Array.from({ length: orders }, () => client.order(someOrder())));
      for (const id of ids) await client.reaches(id, "completed");
    };
    const cpuWith = async (path: string | undefined) => {
      await page.goto(path === undefined ? "about:blank" : hub.consoleUrl + path);
      if (path !== undefined) await page.locator(".row .status").first().waitFor();
      await run(WARM_UP);
      const before = process.cpuUsage();
      await run(ORDERS);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await run(ORDERS);
    const ratios: number[] = [];
    for (let n = 0; n < PAIRS; n += 1) {
      const isFirst = n % 2 === 0;
      const early = await cpuWith(isFirst ? "/requests" : undefined);
      const late = await cpuWith(isFirst ? undefined : "/requests");
      ratios.push((isFirst ? early / late : late / early) - 1);
    }
    ratios.sort((a, b) => a - b);
    return { median: ratios[Math.floor(PAIRS / 2)] ?? 0, least: ratios[0] ?? 0, most: ratios.at(-1) ?? 0 };
  } finally {
    await browser.close();
    await hub.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** Writes the index of a hub that has had so many requests. */
async function indexOf(requests: number, file: string): Promise<void> {
  // The places of its events are not those of the hub that goes on.
  const feed = openFeed(file, { ...generatedHub(requests), eventsAfter: () => [] }, (problem) => console.error(problem));
  while (feed.state().rebuilding) await new Promise((next) => setTimeout(next, 20));
  await feed.stopReading();
  await feed.close();
}
