import { expect } from "chai";
import { after, before, it } from "mocha";
import type { Browser, Page } from "playwright-core";
import { hubOf } from "../copy.ts";
import { describeInBrowser, launch, openPage } from "./browser.ts";

/** As a `datetime-local` field has it. */
const minute = (at: number) => new Date(at).toISOString().slice(0, 16);

describeInBrowser("end to end / schedules in the console", function () {
  this.timeout(300_000);
  const here = hubOf(["ticking"]);
  let browser: Browser;
  let page: Page;
  let problems: string[];
  before(async () => {
    browser = await launch();
    ({ page, problems } = await openPage(browser));
  });
  after(() => browser?.close());

  it("starts runs that did not come, with a reason, and each of them once", async () => {
    await page.goto(`${here.hub.consoleUrl}/flows/ticking`);
    const five = page.locator("section:has(> h3:text-matches('^five '))");
    const backfill = async (from: number, reason: string) => {
      await five.locator("button:text-is('Backfill…')").click();
      await page.locator("dialog label:has-text('From') input").fill(minute(from));
      await page.locator("dialog label:has-text('To') input").fill(minute(now));
      await page.locator("dialog #asked").fill(reason);
      await page.locator("dialog .primary").click();
    };
    // Two runs, whose requests say when they were scheduled: before the hub was started.
    const now = Math.floor(Date.now() / 300_000) * 300_000 - 120_000;
    const runs = [now - 180_000, now - 480_000].map((at) => `${new Date(at).toISOString().slice(0, 19)}Z`);
    await backfill(now - 500_000, "");
    expect(await page.locator("dialog .notice").innerText()).to.include("Give a reason");
    await page.locator("dialog button:text-is('Cancel')").click();
    await backfill(now - 86_400_000, "a day is too much");
    expect(await page.locator("dialog .notice").innerText()).to.include("more than 100 runs");
    await page.locator("dialog button:text-is('Cancel')").click();

    await backfill(now - 500_000, "the hub was off");
    await five.locator(".notice:has-text('Started ')").waitFor();
    for (const at of runs) await here.client.reaches(`schedule:ticking.five:${at}`, "completed");
    await backfill(now - 500_000, "once more");
    await five.locator(".notice:has-text('All of these runs have come.')").waitFor();
    // The browser logs each answer that is no success: the refused window is the only one.
    expect(problems.filter((problem) => !/status of 400/.test(problem))).to.deep.equal([]);
  });

  it("offers no backfill where the times of the runs are not known", async () => {
    const buttons = (trigger: string) =>
      page.locator(`section:has(> h3:text-matches('^${trigger} ')) .actions button`).allInnerTexts();
    expect(await buttons("tick")).to.deep.equal(["Run now…"]);
    expect(await buttons("rest")).to.deep.equal(["Run now…", "Leave the next run out…", "Backfill…"]);
  });
});
