import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import type { Browser, Page } from "playwright-core";
import type { ExportFile } from "../../../console/shared/export-file.ts";
import { eventually } from "../client.ts";
import { operatorOf } from "../operator.ts";
import { hubHere, type Program, program, ROOT, someOrder } from "../support.ts";
import { CHROMIUM, describeInBrowser, launch, openPage } from "./browser.ts";

/** The gateway of a local hub stands for that of a stack on AWS: the console has nothing but its address and the operator's key. */
describe("end to end / npm run console, against a deployed stack", function () {
  this.timeout(300_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  let served: Program;
  let browser: Browser | undefined;
  let page: Page;
  let problems: string[] = [];
  let url: string;
  let key: string;
  before(async () => {
    here = await hubHere();
    const { apiKeys = {}, operators = [] } = here.hub.recording.outputs as {
      readonly apiKeys?: Readonly<Record<string, string>>;
      readonly operators?: readonly string[];
    };
    key = apiKeys[operators[0] ?? ""] ?? "";
    served = program(["--url", here.hub.url, "--key", key, "--port", "0"], join(ROOT, "cli/console.ts"));
    url = await eventually("the console is ready", () => {
      const { stdout, stderr } = served.output();
      if (served.child.exitCode !== null) throw new Error(`the console ended: ${stderr}`);
      return /console ready {2}(\S+) /.exec(stdout)?.[1];
    });
    if (CHROMIUM === undefined) return;
    browser = await launch();
    ({ page, problems } = await openPage(browser));
  });
  beforeEach(() => void problems.splice(0));
  after(async () => {
    await browser?.close();
    served?.child.kill("SIGTERM");
    await served?.ended;
    await here?.stop();
  });
  const read = async (path: string) => (await (await fetch(url + path)).json()) as Record<string, unknown>;
  const blocked = async (changes: Readonly<Record<string, unknown>> = {}) => {
    await here.client.fault({ target: "erp", mode: "error", status: 422 });
    const requestId = await here.client.order(someOrder(changes));
    await here.client.reaches(requestId, "blocked");
    // It is filed a moment later, and pages read again in ten seconds only.
    await operatorOf(here.hub).deadLetterOf(requestId);
    await here.client.fault({ target: "erp", mode: "ok" });
    return requestId;
  };

  it("keeps the operator's key out of the page and of each answer", async () => {
    const requestId = await blocked();
    const html = await (await fetch(url)).text();
    const scripts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
    const paths = ["/", ...scripts, "/api/requests", `/api/requests/${requestId}`, "/api/holds", "/api/audit", "/api/catalogue"];
    for (const path of paths) expect(await (await fetch(url + path)).text(), path).not.to.include(key);
  });

  it("refuses a change without the page's token, and calls by another host's name", async () => {
    const answer = await fetch(`${url}/api/holds`, { method: "POST", body: "{}" });
    expect(answer.status).to.equal(403);
    const foreign = await fetch(`${url}/api/requests`, { headers: { origin: "https://evil.example" } });
    expect(foreign.status).to.equal(403);
  });

  it("finds the requests of all tenants by an id, and says what it can't search by", async () => {
    const orderId = `O-${Date.now()}`;
    const requestId = await blocked({ orderId });
    for (const id of [requestId, orderId]) {
      const { rows, total, more } = await read(`/api/requests?q=${encodeURIComponent(`${id} status:blocked`)}`);
      expect({ ids: (rows as { requestId: string }[]).map((row) => row.requestId), total, more }, id).to.deep.equal({
        ids: [requestId],
        total: null,
        more: false,
      });
    }
    expect((await read("/api/requests?q=error:THIRD_PARTY_REFUSED")).detail).to.equal(
      "The API of a deployed stack can't search by error. Remove error: from the query.",
    );
  });

  it("answers 404 for what only the hub on this machine has", async () => {
    for (const path of [
      "/api/send",
      "/api/alarms",
      "/api/queues",
      "/api/logs?correlationId=1",
      "/api/payloads/1",
      "/api/faults",
      "/api/requests/1/spans",
    ])
      expect((await fetch(url + path)).status, path).to.equal(404);
  });

  describeInBrowser("in a browser", () => {
    const open = (path: string) => page.goto(url + path);
    const text = (selector: string) => page.locator(selector).first().innerText();
    const reason = async (why: string) => {
      await page.locator("dialog input:not([type=number])").fill(why);
      await page.locator("dialog .primary").click();
    };

    it("finds an order by its id, says why it hangs, and sends its dead letter back", async () => {
      const orderId = `O-${Date.now()}`;
      const requestId = await blocked({ orderId });
      await open("/requests");
      await page.locator("text=No histogram: the API of a deployed stack counts no requests.").waitFor();
      await page.locator("#query").fill(orderId);
      await page.locator(`.row:has-text("${requestId.slice(0, 12)}")`).click();
      await page.waitForURL(`**/requests/${requestId}`);
      expect(await text("h1")).to.match(/blocked\s+order-to-erp/);
      expect(await text(".notice.bad")).to.match(
        /^register failed after 1 attempt and waits for a decision\. THIRD_PARTY_REFUSED/,
      );
      await page.locator('[aria-label="step register: failed"]').waitFor();
      await page.locator('[aria-label="step validate: succeeded"]').waitFor();
      expect(await text(".delivery .error")).to.include("THIRD_PARTY_REFUSED");
      await page.locator("text=Waits, attempts and calls of third parties are in the stack's traces").waitFor();
      await page.locator(`code:text-is("npm run hub -- logs ${requestId} --url ${here.hub.url} --key …")`).waitFor();
      await page.keyboard.press("r");
      await here.client.reaches(requestId, "completed");
      await page.locator('h1 .status:has-text("completed")').waitFor();
      expect(problems).to.deep.equal([]);
    });

    it("sends the dead letters of chosen requests back, and can't choose the whole of a query", async () => {
      const orderId = `O-${Date.now()}`;
      const requestId = await blocked({ orderId });
      await open(`/requests?q=${orderId}`);
      await page.locator(`input[aria-label="choose request ${requestId}"]`).click();
      expect(await page.locator("button:text-is('choose all that match')").isDisabled()).to.equal(true);
      await page.locator(".bulk button:text-is('Redrive…')").click();
      await reason("the ERP is back");
      await page.locator('.lines li:has-text("the ERP is back"):has-text("done: 1 of 1 done, 0 refused")').waitFor();
      await here.client.reaches(requestId, "completed");
      expect(problems).to.deep.equal([]);
    });

    it("opens a dead letter by its cause, and discards it with a reason", async () => {
      const requestId = await blocked();
      await open("/dead-letters");
      await page.locator('.groups .spark[aria-label^="first failures since"]').first().waitFor();
      await page.locator('.groups button:has-text("THIRD_PARTY_REFUSED")').first().click();
      await page.locator("text=without spark lines").waitFor();
      const row = page.locator(`tr:has-text("${requestId.slice(0, 12)}") a`).first();
      await row.click();
      await page.locator("text=Discard dead letter").click();
      await reason("the customer cancelled");
      await here.client.reaches(requestId, "failed");
      await page.locator("text=the customer cancelled").waitFor();
      await open("/people");
      await page.locator('tr:has-text("discard"):has-text("the customer cancelled")').first().waitFor();
      expect(problems).to.deep.equal([]);
    });

    it("holds a third party and releases it, and says so at a request that waits", async () => {
      await open("/third-parties/erp");
      await page.locator("button:text-is('1 h…')").click();
      await reason("the ERP moves house");
      await page.locator("text=third party erp is held by operations").waitFor();
      // A hold takes effect within five seconds: docs/operations.md.
      await page.waitForTimeout(6_000);
      const waiting = await here.client.order(someOrder());
      await eventually("the step before is done", async () =>
        (await here.client.request(waiting))?.steps.some(({ step, status }) => step === "enrich" && status === "succeeded")
          ? true
          : undefined,
      );
      await open(`/requests/${waiting}`);
      await page.locator("text=/register waits: third party erp is held by operations until .*: the ERP moves house/").waitFor();
      await open("/third-parties/erp");
      await page.locator("button:text-is('Release')").click();
      await page.locator("button:text-is('1 h…')").waitFor();
      await here.client.reaches(waiting, "completed");
      expect(problems).to.deep.equal([]);
    });

    it("shows at a glance what waits, failed and is held", async () => {
      await blocked();
      await open("/third-parties/customers");
      await page.locator("button:text-is('1 h…')").click();
      await reason("a look at the overview");
      await page.locator("text=third party customers is held by operations").waitFor();
      await open("/");
      await page.locator('.notice:has-text("third party customers is held by operations")').waitFor();
      await page.locator('.tile:has-text("held") b:text-is("1")').waitFor();
      await page.locator('.tile:has-text("messages waiting")').waitFor();
      await page.locator('[aria-label^="flow order-to-erp:"][aria-label*=" dead"]').waitFor();
      expect(Number(await text('.tile:has-text("open dead letters") b'))).to.be.greaterThan(0);
      // The order is another consumer's.
      await page.locator('.panel:has-text("Needs attention") :text("with --key, of that consumer alone")').waitFor();
      await page.locator("text=Alarms, and counts of requests by status, are not available for a deployed stack.").waitFor();
      await page.locator("text=Latencies and failed calls are not available for a deployed stack").waitFor();
      const fault = page.locator('select[aria-label="the sandbox\'s fault of erp"]');
      expect([await fault.isDisabled(), await fault.innerText()]).to.deep.equal([true, "no sandbox"]);
      await page.locator("text=99.5 % within 1 minute: see its dashboard in CloudWatch").waitFor();
      await page.locator('[aria-label="events from flow order-to-erp to third party erp"]').press("Enter");
      await page.locator("#edge :text('the archive of its bus is not read')").waitFor();
      await open("/third-parties/customers");
      await page.locator("button:text-is('Release')").click();
      await page.locator("button:text-is('1 h…')").waitFor();
      expect(problems).to.deep.equal([]);
    });

    it("exports a request under the stack's name, masked", async () => {
      const requestId = await blocked({ note: "key sk_live_0123456789abcdef" });
      await open(`/requests/${requestId}`);
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator("button:text-is('Export')").click()]);
      const file = JSON.parse(readFileSync(await download.path(), "utf8")) as ExportFile;
      expect([file.stack, file.requests[0]?.masked]).to.deep.equal([new URL(here.hub.url).host, ["/note"]]);
      expect(problems).to.deep.equal([]);
    });

    it("shows a flow's graph and a step, and says what it does not have", async () => {
      await open("/flows/order-to-erp");
      await page.locator('[aria-label^="step register"]').click();
      await page.locator("text=Counts, messages and grants are not available here").waitFor();
      await page.locator(".rule button").click();
      await page.locator(".rule .notice.good:has-text('It matches')").waitFor();
      await open("/send");
      await page.locator("text=Examples go to the sandbox, which a deployed stack does not have.").waitFor();
      await open("/events/IntegrationRequested");
      await page.locator("text=Not available for a deployed stack").waitFor();
      const pages = await page.locator("nav.side a:not(.brand)").allInnerTexts();
      expect(pages.map((one) => one.split("\n")[0])).to.deep.equal([
        "Overview",
        "Requests",
        "Dead letters",
        "Catalogue",
        "People",
      ]);
      expect(problems).to.deep.equal([]);
    });
  });
});
