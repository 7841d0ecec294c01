import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFeed } from "../../console/server/feed.ts";
import { localSource } from "../../console/server/local-source.ts";
import { serveConsole } from "../../console/server/serve-console.ts";
import { countOf, scriptOptions } from "../../local/script-options.ts";
import { CHROMIUM, launch, openPage } from "../../tests/e2e/console/browser.ts";
import { generatedHub, LARGE } from "./generator.ts";
import { costOfOpenPage } from "./open-page.ts";

// Each budget of the console, measured with 100,000 requests: npm run bench:console -- [requests]
const SCRIPT = "npm run bench:console";
const REQUESTS = countOf(SCRIPT, "requests", scriptOptions(SCRIPT, {}, "requests").positionals[0] ?? "100000");
const QUERIES = [
  "",
  "status:blocked",
  "flow:order* status:failed,blocked",
  "error:THIRD_PARTY_* age>1h",
  "tenant:tenant-7",
  "A-777",
  "correlation:batch-12*",
];

const rows: (readonly [what: string, budget: string, measured: string, kept: boolean])[] = [];
const ms = (n: number) => `${n.toFixed(n < 10 ? 1 : 0)} ms`;
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const within = (what: string, most: number, measured: number) =>
  rows.push([what, `≤ ${ms(most)}`, ms(measured), measured <= most]);

const data = mkdtempSync(join(tmpdir(), "bench-console-"));
const hub = generatedHub(REQUESTS);
const server = await serveConsole(0, () => undefined);
const began = performance.now();
const feed = openFeed(join(data, "console.sqlite"), hub, (problem) => console.error(problem));
try {
  while (feed.state().rebuilding) await new Promise((next) => setTimeout(next, 20));
  await feed.flush();
  rows.push([`index of ${feed.state().requests} requests made anew`, "–", ms(performance.now() - began), true]);

  const page = (query: string, offset: number) => feed.requests.page({ query, offset, limit: 100, asOf: "9", now: hub.now() });
  for (const query of QUERIES) {
    const histogram = () => feed.requests.histogram({ query, asOf: "9", now: hub.now() });
    const times = Array.from({ length: 9 }, () => [timed(() => page(query, 0)), timed(histogram)] as const);
    within(`filter "${query}" at the server`, 50, median(times.map(([list]) => list)));
    within(`filter "${query}", its histogram`, 50, median(times.map(([, bars]) => bars)));
  }
  within("the last rows of the whole list", 50, median(Array.from({ length: 9 }, () => timed(() => page("", REQUESTS - 100)))));
  within(
    "groups of 2,000 dead letters",
    50,
    median(Array.from({ length: 9 }, () => timed(() => feed.deadLetters.page({ state: "open" }, 0, 100)))),
  );

  const WRITES = 10_000;
  const start = performance.now();
  for (let n = 0; n < WRITES; n++) hub.write(n);
  await feed.flush();
  const each = ((performance.now() - start) / WRITES) * 1_000;
  rows.push(["one write of the ledger, indexed", "–", `${each.toFixed(0)} µs`, true]);

  server.show(localSource(hub, feed));
  if (CHROMIUM === undefined) rows.push(["in a browser", "–", "skipped: there is no Chromium", true]);
  else await inBrowser(`http://127.0.0.1:${server.port}`);
} finally {
  await server.close();
  await feed.stopReading();
  await feed.close();
  rmSync(data, { recursive: true, force: true });
}
if (CHROMIUM !== undefined) {
  const { median: cost, least, most } = await costOfOpenPage(REQUESTS);
  const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;
  const measured = `${percent(cost)}, from ${percent(least)} to ${percent(most)}`;
  rows.push(["CPU of the hub's main thread that one open page takes", "≤ 3.0 %, median", measured, cost <= 0.03]);
}
for (const [what, budget, measured, kept] of rows) console.log(`${kept ? "kept  " : "BROKEN"}  ${what}: ${measured} (${budget})`);
if (rows.some(([, , , kept]) => !kept)) process.exitCode = 1;

function timed(run: () => void): number {
  const from = performance.now();
  run();
  return performance.now() - from;
}

async function inBrowser(url: string): Promise<void> {
  const browser = await launch();
  try {
    const { page } = await openPage(browser);
    let bytes = 0;
    page.on("response", async (response) => {
      if (response.url().includes("/assets/")) bytes += Number((await response.allHeaders())["content-length"] ?? 0);
    });
    // The first page of all starts processes of the browser, too.
    await page.goto(`${url}/catalogue`);
    await page.locator("h1").waitFor();
    rows.push(["code of the page, compressed", "≤ 80 KB", `${(bytes / 1_024).toFixed(1)} KB`, bytes <= 80 * 1_024]);
    const paints: number[] = [];
    for (let i = 0; i < 5; i++) {
      const fresh = await openPage(browser);
      await fresh.page.goto(`${url}/requests`);
      await fresh.page.locator(".row .status").first().waitFor();
      paints.push(
        (await fresh.page.evaluate(
          'performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.POSITIVE_INFINITY',
        )) as number,
      );
      await fresh.page.close();
    }
    within("first paint, with an empty cache", 300, median(paints));
    await page.goto(`${url}/requests`);
    await page.locator(".row .status").first().waitFor();

    // As a wheel does: a step a frame, through the whole list.
    const scrolled = (await page.evaluate(`new Promise((resolve) => {
      const box = document.querySelector(".rows");
      const times = [];
      let before = performance.now();
      let n = 0;
      const step = () => {
        const now = performance.now();
        times.push(now - before);
        before = now;
        n += 1;
        box.scrollTop = (box.scrollHeight / 300) * n;
        if (n < 300) requestAnimationFrame(step);
        else resolve(times);
      };
      requestAnimationFrame(step);
    })`)) as number[];
    within("a frame while scrolling, median", 34, median(scrolled));
    const rested = performance.now();
    await page.locator(".row .status").nth(14).waitFor();
    rows.push(["rows at the end of the list, after the scroll", "–", ms(performance.now() - rested), true]);
    const client = await page.context().newCDPSession(page);
    await client.send("HeapProfiler.collectGarbage");
    const { usedSize } = await client.send("Runtime.getHeapUsage");
    rows.push(["memory of the page", "≤ 100 MB", `${(usedSize / 2 ** 20).toFixed(1)} MB`, usedSize <= 100 * 2 ** 20]);

    const times: (readonly [opened: number, whole: number])[] = [];
    for (let i = 0; i < 7; i++) {
      await page.goto(`${url}/catalogue`);
      await page.locator("h1").waitFor();
      times.push(
        (await page.evaluate(`new Promise((resolve) => {
            const from = performance.now();
            let opened;
            history.pushState(null, "", "/requests/${LARGE}");
            dispatchEvent(new PopStateEvent("popstate"));
            const look = () => {
              const rows = document.querySelectorAll(".delivery");
              // Below what is in sight, rows are drawn after the page was painted.
              if (rows.length > 0 && rows[rows.length - 1].getBoundingClientRect().top > innerHeight) opened ??= performance.now() - from;
              if (rows.length >= 500) resolve([opened, performance.now() - from]);
              else requestAnimationFrame(look);
            };
            look();
          })`)) as [number, number],
      );
    }
    within("a request of 500 deliveries opens", 200, median(times.map(([opened]) => opened)));
    rows.push(["all its deliveries are drawn", "–", ms(median(times.map(([, whole]) => whole))), true]);
  } finally {
    await browser.close();
  }
}
