import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHub } from "../../local/hub.ts";
import { Client, eventually } from "../../tests/e2e/client.ts";
import { CHROMIUM, launch, openPage } from "../../tests/e2e/console/browser.ts";
import { ROOT, someFulfilment, someOrder, somePayment } from "../../tests/e2e/support.ts";

const TARGET = join(ROOT, "docs/images");

// Fresh pictures of the console for README and docs: npm run screenshots
if (CHROMIUM === undefined) {
  console.error("There is no Chromium. Install it (apt-get install chromium), or name one with CHROMIUM.");
  process.exit(1);
}
const data = mkdtempSync(join(tmpdir(), "screenshots-"));
const hub = await startHub({ root: ROOT, data, onProblem: (problem) => console.error(problem) });
const browser = await launch();
try {
  const client = new Client({ url: hub.url, sandboxUrl: hub.sandboxUrl, apiKey: hub.apiKeys[0] ?? "" });
  const completed = await Promise.all(Array.from({ length: 12 }, () => client.order(someOrder())));
  for (const requestId of completed) await client.reaches(requestId, "completed");
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
  for (const [name, path, theme, ready] of [
    ["console-request", `/requests/${blocked?.requestId}`, "light", ".delivery .error"],
    ["console-request-dark", `/requests/${blocked?.requestId}`, "dark", ".delivery .error"],
    ["console-dead-letters", "/dead-letters", "light", "tbody tr"],
    ["console-send", "/send?trigger=order-to-erp%2Forders", "light", "textarea"],
  ] as const) {
    const { page, problems } = await openPage(browser, { width: 1_180, height: 740, theme });
    await page.goto(hub.consoleUrl + path);
    await page.locator(ready).first().waitFor();
    await page.screenshot({ path: join(TARGET, `${name}.png`) });
    await page.close();
    if (problems.length > 0) throw new Error(`${path}: ${problems.join("; ")}`);
    console.log(`wrote docs/images/${name}.png`);
  }
} finally {
  await browser.close();
  await hub.stop();
  rmSync(data, { recursive: true, force: true });
}
