import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type LocalHub, startHub } from "../../local/hub.ts";
import { scriptOptions } from "../../local/script-options.ts";
import { Client, eventually } from "../../tests/e2e/client.ts";
import { CHROMIUM, launch, openPage } from "../../tests/e2e/console/browser.ts";
import { programWith } from "../../tests/e2e/copy.ts";
import { ROOT, requestOf, someFulfilment, someOrder, somePayment } from "../../tests/e2e/support.ts";

const TARGET = join(ROOT, "docs/images");
type Picture = readonly [
  name: string,
  path: string,
  theme: "light" | "dark",
  /** What is there when the page is ready. */
  ready: string,
  act?: (page: Page) => Promise<unknown>,
];

// Fresh pictures of the console for README and docs: npm run screenshots
scriptOptions("npm run screenshots", {});
if (CHROMIUM === undefined) {
  console.error("There is no Chromium. Install it (apt-get install chromium), or name one with CHROMIUM.");
  process.exit(1);
}
const browser = await launch();
try {
  await withHub(ROOT, ofFlows);
  const examples = programWith("examples/order-lines", "examples/large-orders", "examples/order-statistics");
  try {
    await withHub(examples.root, ofExamples);
  } finally {
    examples.remove();
  }
} finally {
  await browser.close();
}

async function withHub(root: string, pictures: (hub: LocalHub, client: Client) => Promise<readonly Picture[]>): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "screenshots-"));
  const hub = await startHub({ root, data, onProblem: (problem) => console.error(problem) });
  try {
    const client = new Client({ url: hub.url, sandboxUrl: hub.sandboxUrl, apiKey: hub.apiKeys[0] ?? "" });
    for (const [name, path, theme, ready, act] of await pictures(hub, client)) {
      const { page, problems } = await openPage(browser, { width: 1_180, height: 740, theme });
      await page.goto(hub.consoleUrl + path);
      await page.locator(ready).first().waitFor();
      await act?.(page);
      await page.screenshot({ path: join(TARGET, `${name}.png`) });
      await page.close();
      if (problems.length > 0) throw new Error(`${path}: ${problems.join("; ")}`);
      console.log(`wrote docs/images/${name}.png`);
    }
  } finally {
    await hub.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

async function ofFlows(hub: LocalHub, client: Client): Promise<readonly Picture[]> {
  for (let n = 0; n < 24; n += 1) {
    await client.reaches(await client.order(someOrder()), "completed");
    if (n % 5 === 0) await new Promise((next) => setTimeout(next, 1_500));
  }
  const fulfilment = await client.post("/fulfilments", someFulfilment());
  await client.reaches(((await fulfilment.json()) as { requestId: string }).requestId, "completed");
  await client.webhook(somePayment());
  await client.fault({ target: "customers", mode: "error", status: 404, times: 3 });
  await Promise.all(Array.from({ length: 3 }, () => client.order(someOrder())));
  const seen = async (query: string, least: number) => {
    const answer = await fetch(`${hub.consoleUrl}/api/requests?${new URLSearchParams({ q: query })}`);
    const { total, rows } = (await answer.json()) as { total: number; rows: readonly { requestId: string }[] };
    return total >= least ? rows : undefined;
  };
  const [blocked] = await eventually("three requests are blocked", () => seen("status:blocked", 3));
  return [
    ["console-request", `/requests/${blocked?.requestId}`, "light", ".delivery .error"],
    ["console-request-dark", `/requests/${blocked?.requestId}`, "dark", ".delivery .error"],
    [
      "console-comparison",
      `/requests/${blocked?.requestId}`,
      "light",
      ".delivery .error",
      async (page) => {
        await page.keyboard.press("w");
        await page.locator("#comparison tbody tr").first().waitFor();
        await page.locator("#comparison").evaluate((panel) => (panel as unknown as { scrollIntoView(): void }).scrollIntoView());
      },
    ],
    [
      "console-requests",
      "/requests",
      "light",
      ".bar",
      async (page) => {
        for (const key of ["j", "x", "j", "j", "X"]) await page.keyboard.press(key);
        await page.locator("b:text-is('3 requests chosen')").waitFor();
      },
    ],
    ["console-dead-letters", "/dead-letters", "light", "tbody tr"],
    [
      "console-job",
      "/dead-letters",
      "light",
      "tbody tr",
      async (page) => {
        await page.locator(".groups li > button").first().click();
        await page.locator("h2:text-is('Of this cause')").waitFor();
        await page.locator("text=Decide as a job…").click();
        await page.locator("dialog input").first().waitFor();
      },
    ],
    ["console-send", "/send?trigger=order-to-erp%2Forders", "light", "textarea"],
  ];
}

async function ofExamples(_: LocalHub, client: Client): Promise<readonly Picture[]> {
  await client.fault({ target: "stock", mode: "error", status: 422, times: 2 });
  const lines = Array.from({ length: 12 }, (_, n) => ({ sku: `S-${n}`, quantity: 1 }));
  const counted = await requestOf(await client.post("/line-orders", { orderId: "O-1", lines }));
  await client.reaches(counted, "blocked");
  const parent = await requestOf(await client.post("/placed-orders", { orderId: "O-2", totalCents: 500_000, country: "BR" }));
  await client.reaches(`${parent}.order-statistics`, "completed");
  await client.reaches(parent, "completed");
  return [
    ["console-counted-join", `/requests/${counted}`, "light", ".delivery .error"],
    ["console-children", `/requests/${parent}`, "light", ".facts a:text-is('order-statistics')"],
  ];
}
