import { expect } from "chai";
import { it } from "mocha";
import { eventually } from "../client.ts";
import { describeInBrowser } from "./browser.ts";
import { consoleHere } from "./console-here.ts";

describeInBrowser("end to end / dead letters in the console", function () {
  this.timeout(300_000);
  const started = consoleHere();

  it("says who takes care of a cause, and sends all of it back by a job with a reason", async () => {
    const { here, page, problems, open, text, allBlocked } = started();
    const requests = await allBlocked(2);
    await open("/dead-letters");
    const answer = async (given: string) => {
      await page.locator("dialog #asked").fill(given);
      await page.locator("dialog .primary").click();
    };
    await page.locator("button:text-is('Owner…')").click();
    await answer("ana");
    await page.locator("button:text-is('Note…')").click();
    await answer("the ERP forgot a rule");
    await page.locator("text=Owner: ana. the ERP forgot a rule").waitFor();
    // Of all, or of those that match the filters.
    await page.locator("text=Decide as a job…").click();
    expect(await text("dialog h2")).to.equal("Decide on all open dead letters by a job");
    await page.locator("dialog button:text-is('Cancel')").click();
    await page.locator('.groups button:has-text("THIRD_PARTY_REFUSED")').first().click();
    await page.locator("h2:text-is('Of this cause')").waitFor();
    await page.locator("text=Decide as a job…").click();
    expect(await text("dialog h2")).to.equal("Decide on all that match by a job");
    const rate = page.locator("dialog label:has-text('Dead letters a minute') input");
    const stop = page.locator("dialog label:has-text('Stop when so many fail again') input");
    expect([await rate.inputValue(), await stop.inputValue()]).to.deep.equal(["100", "5"]);
    await page.locator("dialog select").selectOption("discard");
    expect(await stop.count()).to.equal(0);
    await page.locator("dialog select").selectOption("redrive");
    // The browser keeps the form until each number is in its range.
    await rate.fill("0");
    await answer("not yet");
    expect(
      await rate.evaluate((input) => (input as unknown as { validity: { rangeUnderflow: boolean } }).validity.rangeUnderflow),
    ).to.equal(true);
    expect(await page.locator("dialog").count()).to.equal(1);
    await rate.fill("30");
    await stop.fill("2");
    await page.locator("dialog #asked").fill("");
    await page.locator("dialog .primary").click();
    expect(await text("dialog .notice")).to.include("Give a reason");
    await answer("the ERP knows the rule now");
    await page.locator('.lines li:has-text("the ERP knows the rule now")').waitFor();
    const { jobs } = (await (await fetch(`${here.hub.consoleUrl}/api/jobs`)).json()) as {
      jobs: { rate: number; stopAfter: number }[];
    };
    expect(jobs.map(({ rate, stopAfter }) => ({ rate, stopAfter }))).to.deep.equal([{ rate: 30, stopAfter: 2 }]);
    for (const { requestId } of requests) await here.client.reaches(requestId, "completed");
    // The sweeper runs jobs once a minute, and ends this one when it finds nothing more.
    await page.locator('.lines li:has-text("done: 2 done, 0 refused, 0 failed again")').waitFor({ timeout: 240_000 });
    expect(problems).to.deep.equal([]);
  });

  it("discards a dead letter with a reason, and shows who did it and why", async () => {
    const { page, open, text, blocked } = started();
    const { requestId } = await blocked();
    await open(`/requests/${requestId}`);
    await page.locator("text=Discard dead letter").click();
    await page.locator("dialog .primary").click();
    expect(await text("dialog .notice")).to.include("Give a reason");
    await page.locator("dialog input").fill("the customer cancelled");
    await page.locator("dialog .primary").click();
    await page.locator('h1 .status:has-text("failed")').waitFor();
    await open("/dead-letters?state=discarded");
    await page
      .locator(`tr:has-text("${requestId.slice(0, 12)}") a`)
      .first()
      .click();
    await page.locator("text=the customer cancelled").waitFor();
    expect(await text(".facts")).to.match(/discarded by\s+operations/);
  });

  it("draws when the dead letters of a cause failed, and says it in words", async () => {
    const { page, open, blocked } = started();
    await blocked();
    await open("/dead-letters");
    const label = await page.locator('.groups li:has-text("THIRD_PARTY_REFUSED") .spark').first().getAttribute("aria-label");
    expect(label).to.match(/^first failures since .* ago: \d+ at most in a 24th of that time, /);
    await page.locator('.groups li:has-text("THIRD_PARTY_REFUSED"):has-text("29 days remain")').waitFor();
  });

  it("selects by x, and does with the next rows by . what was done last", async () => {
    const { here, page, problems, open, allBlocked } = started();
    const requests = await allBlocked(3);
    await open("/dead-letters");
    const rows = page.locator("tbody tr");
    await rows.nth(2).waitFor();
    const count = await rows.count();
    await page.keyboard.press("j");
    await page.locator("tr.at").waitFor();
    await page.keyboard.press("x");
    await page.locator("tr.at input:checked").waitFor();
    await page.keyboard.press("x");
    await page.locator("tr.at input:not(:checked)").waitFor();
    await page.keyboard.press("x");
    await page.locator("button:text-is('Redrive dead letter')").waitFor();
    await page.keyboard.press("r");
    for (const left of [count - 1, count - 2, count - 3]) {
      await eventually(`${left} are left`, async () => ((await page.locator("tbody tr").count()) === left ? true : undefined));
      await page.locator(".notice.good:has-text('1 of 1 done.')").waitFor();
      if (left === count - 3) break;
      await page.locator("button:text-matches('^redrive order-to-erp / register of .* as well')").waitFor();
      await page.keyboard.press(".");
    }
    for (const { requestId } of requests) await here.client.reaches(requestId, "completed");
    // With its reason.
    await allBlocked(2);
    await open("/dead-letters");
    await rows.nth(1).waitFor();
    await page.keyboard.press("j");
    await page.locator("tr.at").waitFor();
    await page.keyboard.press("x");
    await page.locator("text=Discard dead letter…").click();
    await page.locator("dialog input").fill("sent twice");
    await page.locator("dialog .primary").click();
    await page.locator("button:has-text('discard order-to-erp / register of'):has-text('as well: sent twice')").waitFor();
    await page.keyboard.press(".");
    await eventually("two are discarded for that reason", async () => {
      const answer = await fetch(`${here.hub.consoleUrl}/api/audit`);
      const { entries } = (await answer.json()) as { entries: readonly { verb: string; why: string }[] };
      return entries.filter(({ verb, why }) => verb === "discard" && why === "sent twice").length === 2 ? true : undefined;
    });
    expect(problems).to.deep.equal([]);
  });

  it("goes from one dead letter of the list to the next", async () => {
    const { page, problems, open, allBlocked } = started();
    await allBlocked(2);
    await open("/dead-letters");
    const link = (row: number) => page.locator("tbody tr").nth(row).locator("td.nowrap a").getAttribute("href");
    const [first, second] = [await link(0), await link(1)];
    const shows = async (path: string | null) => {
      await page.waitForURL(`**${path}`);
      await page.locator(`.facts dd:has-text("${path?.split("/").at(-1)}")`).waitFor();
    };
    await page.keyboard.press("j");
    await page.locator("tr.at").waitFor();
    await page.keyboard.press("Enter");
    await shows(first);
    await page.keyboard.press("]");
    await shows(second);
    await page.keyboard.press("[");
    await shows(first);
    expect(problems).to.deep.equal([]);
  });
});
