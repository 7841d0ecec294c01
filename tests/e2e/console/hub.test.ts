import { expect } from "chai";
import { it } from "mocha";
import { eventually } from "../client.ts";
import { someOrder } from "../support.ts";
import { describeInBrowser } from "./browser.ts";
import { consoleHere } from "./console-here.ts";

describeInBrowser("end to end / flows and third parties in the console", function () {
  this.timeout(300_000);
  const started = consoleHere();

  it("sends a valid order made from the schema, and follows the request", async () => {
    const { here, page, problems, open } = started();
    await open("/send?trigger=order-to-erp%2Forders");
    await page.locator("text=New example").waitFor();
    await page.locator('.send button[type="submit"]').click();
    await page.locator("b.good:text-is('202')").waitFor();
    await page.locator('.send .status:has-text("completed")').waitFor();
    const requestId = new URL(page.url()).searchParams.get("request") ?? "";
    await here.client.reaches(requestId, "completed");
    expect(problems).to.deep.equal([]);
  });

  it("opens the last events of a line of the map, by keyboard too, with their data, masked", async () => {
    const { here, page, problems, open, text } = started();
    const requestId = await here.client.order(someOrder({ note: "key sk_live_0123456789abcdef" }));
    await here.client.reaches(requestId, "completed");
    await open("/");
    const line = page.locator('[aria-label="events from trigger order-to-erp/orders to flow order-to-erp"]');
    await line.focus();
    await page.keyboard.press("Enter");
    await page.locator(`#edge a[href*="${requestId}"]`).waitFor();
    await page.locator(`#edge button[aria-label="data of IntegrationRequested of request ${requestId}"]`).click();
    await page.locator("#edge .json").waitFor();
    expect(await text("#edge .json"))
      .to.include('"note": "key ***"')
      .and.not.to.include("sk_live");
    // The place is in the address.
    await page.reload();
    await page.locator("#edge .json").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#edge").waitFor({ state: "detached" });
    expect(new URL(page.url()).search).to.equal("");
    // Arrows go from line to line, of which Tab reaches one.
    await line.focus();
    await page.keyboard.press("ArrowRight");
    const at = await page.evaluate(`document.activeElement.getAttribute("aria-label")`);
    expect(at)
      .to.match(/^events from /)
      .and.not.to.equal(await line.getAttribute("aria-label"));
    expect(await page.locator(".edge[tabindex='0']").count()).to.equal(1);
    // On the way to a third party: the events upon which it is called.
    await page.locator('[aria-label="events from flow order-to-erp to third party erp"]').press("Enter");
    await page.locator("#edge :text('Events of the steps and endpoints that call it: ')").waitFor();
    await page.locator(`#edge a[href*="${requestId}"]`).first().waitFor();
    expect(problems).to.deep.equal([]);
  });

  it("opens a line of a flow's graph", async () => {
    const { here, page, problems, open } = started();
    const requestId = await here.client.order(someOrder());
    await here.client.reaches(requestId, "completed");
    await open("/flows/order-to-erp");
    await page.locator('[aria-label="events from step validate to event IntegrationValidated"]').press(" ");
    await page.locator(`#edge a[href*="${requestId}"]`).click();
    await page.waitForURL(`**/requests/${requestId}?event=*`);
    expect(problems).to.deep.equal([]);
  });

  it("shows the calls of each third party, and sets a fault of the sandbox", async () => {
    const { here, page, problems, open } = started();
    await here.client.reaches(await here.client.order(someOrder()), "completed");
    await open("/");
    const row = page.locator("#parties tr:has(a:text-is('erp'))");
    await eventually("latencies are shown", async () => {
      const cells = await row.locator("td").allInnerTexts();
      return /^\d.* (ms|s)$/.test(cells[3] ?? "") && /^\d.* (ms|s)$/.test(cells[4] ?? "") ? true : undefined;
    });
    const fault = row.locator("select");
    const offered = await eventually("faults are offered", async () => {
      const texts = await fault.locator("option").allInnerTexts();
      return texts.length > 1 ? texts : undefined;
    });
    expect(offered).to.include.members(["ok", "error 500", "error 422", "hang"]).and.not.to.include("expired-certificate");
    await fault.selectOption("error 422");
    await eventually("the sandbox has it", async () => {
      const faults = (await (await fetch(`${here.hub.sandboxUrl}/_faults`)).json()) as readonly object[];
      return faults.length === 1 ? expect(faults).to.deep.equal([{ target: "erp", mode: "error", status: 422 }]) : undefined;
    });
    await here.client.reaches(await here.client.order(someOrder()), "blocked");
    await open("/third-parties/erp");
    const same = page.locator('select[aria-label="the sandbox\'s fault of erp"]');
    await eventually("its page shows the fault", async () => ((await same.inputValue()) === "error 422" ? true : undefined));
    await page.locator("dd:text-matches('half of them within .*, 99 % within')").waitFor();
    await same.selectOption("ok");
    await eventually("the fault is over", async () =>
      ((await (await fetch(`${here.hub.sandboxUrl}/_faults`)).json()) as readonly object[]).length === 0 ? true : undefined,
    );
    // A fault that is set elsewhere, with more than the list offers.
    await here.client.fault({ target: "erp", mode: "slow", delayMs: 1, times: 5 });
    await open("/");
    await eventually("it is shown", async () => ((await fault.inputValue()) === "slow, 1 ms, 5 calls" ? true : undefined));
    await fault.selectOption("ok");
    await eventually("the fault is over", async () =>
      ((await (await fetch(`${here.hub.sandboxUrl}/_faults`)).json()) as readonly object[]).length === 0 ? true : undefined,
    );
    expect(problems).to.deep.equal([]);
  });

  it("shows how a flow keeps its promise", async () => {
    const { page, problems, open } = started();
    for (const path of ["/", "/flows/payment-notifications"]) {
      await open(path);
      await page.locator("text=/99.5 % within 1 minute: (no request|[0-9.]+ % of [0-9]+) in the last 6 h/").waitFor();
    }
    expect(problems).to.deep.equal([]);
  });

  it("says which condition of a step's rule an event does not meet", async () => {
    const { page, problems, open, text } = started();
    await open("/flows/order-to-erp?node=step%3Aregister");
    const event = page.locator(".rule textarea");
    await event.waitFor();
    await page.locator(".rule button").click();
    await page.locator(".rule .notice.good:has-text('It matches')").waitFor();
    const sample = JSON.parse(await event.inputValue()) as object;
    await event.fill(JSON.stringify({ ...sample, "detail-type": "<img src=x onerror=alert('attack')>" }));
    await page.locator(".rule button").click();
    await page.locator(".rule .notice.wait:has-text('It does not match: detail-type.')").waitFor();
    expect(await text('.clauses li:has([aria-label="not met"])')).to.match(
      /detail-type is one of \[.*\], and the event has "<img src=x onerror=alert\('attack'\)>"/,
    );
    await event.fill("{ no");
    await page.locator(".rule button").click();
    await page.locator(".rule .notice.bad:has-text('The event is not JSON')").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#parts").waitFor({ state: "detached" });
    expect(problems.filter((problem) => !/status of 400/.test(problem))).to.deep.equal([]);
  });
});
