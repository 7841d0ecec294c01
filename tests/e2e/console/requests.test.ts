import { readFileSync } from "node:fs";
import { expect } from "chai";
import { it } from "mocha";
import type { ExportFile } from "../../../console/shared/export-file.ts";
import { eventually } from "../client.ts";
import { someOrder } from "../support.ts";
import { describeInBrowser } from "./browser.ts";
import { consoleHere } from "./console-here.ts";

describeInBrowser("end to end / requests in the console", function () {
  this.timeout(300_000);
  const started = consoleHere();

  it("shows the HTTP exchanges and AWS calls of each delivery, with method, address, status and attempt, without secrets", async () => {
    const { here, page, problems, open, blocked, text } = started();
    const { order, requestId } = await blocked();
    await open(`/requests/${requestId}`);
    const call = page.locator(".delivery:has-text('register') > .call").first();
    await call.waitFor();
    expect(await call.innerText()).to.match(/^POST \S+\/\S*\s+.*422\s+\d+ (ms|s)/s);
    expect(await call.innerText()).not.to.include(order.orderId);
    const { traceId } = (await here.client.request(requestId)) as unknown as { traceId: string };
    expect(await text("dt:text-is('trace') + dd")).to.include(traceId);
    const aws = await text(".delivery:has-text('register') > .aws");
    expect(aws)
      .to.match(/EventBridge\.PutEvents \d/)
      .and.match(/DynamoDB\.UpdateItem \d/)
      .and.match(/\d+ AWS calls/);
    await page.keyboard.press("h");
    await page.waitForURL("**?calls=0");
    expect(await call.count()).to.equal(0);
    await page.locator(".delivery button:text-is('register')").click();
    await page.locator("h2:text-is('Logs of step register')").waitFor();
    await page.locator(".logs li:has-text('THIRD_PARTY_REFUSED')").first().waitFor();
    expect(problems).to.deep.equal([]);
  });

  it("compares a request with the last one of its flow that went well", async () => {
    const { here, page, problems, open, text, blocked } = started();
    const well = await here.client.order(someOrder());
    await here.client.reaches(well, "completed");
    const { requestId } = await blocked();
    await open(`/requests/${requestId}`);
    await page.locator("text=Compare with the last one that went well").waitFor();
    await page.keyboard.press("w");
    await page.locator("#comparison tr.differs:has-text('register')").waitFor();
    expect(new URL(page.url()).searchParams.get("compare")).to.equal(well);
    expect(await text("#comparison tr.differs:has-text('register')")).to.include("failed, there succeeded");
    // On a busy machine one of the two may be slower.
    expect(await text("#comparison tr:has-text('validate')")).not.to.include("failed");
    await page.locator(`#comparison a:text-is("${well}")`).click();
    await page.waitForURL(`**/requests/${well}`);
    expect(problems).to.deep.equal([]);
  });

  it("chooses requests by key, by click, as a range and by query, and cancels or sends them back with each refusal named", async () => {
    const { here, page, problems, open, blocked } = started();
    const tenantQuery = `bulk-${Date.now()}`;
    const well = await here.client.order(someOrder(), { "x-correlation-id": tenantQuery });
    await here.client.reaches(well, "completed");
    const two = [await blocked({}, { "x-correlation-id": tenantQuery }), await blocked({}, { "x-correlation-id": tenantQuery })];
    await open(`/requests?q=correlation:${tenantQuery}`);
    const bar = page.locator(".bulk");
    const reason = async (why: string) => {
      await page.locator("dialog input:not([type=number])").fill(why);
      await page.locator("dialog .primary").click();
    };
    await page.locator(".row").nth(2).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await bar.locator("b:text-is('1 request chosen')").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("X");
    await bar.locator("b:text-is('3 requests chosen')").waitFor();
    await page.locator(".filler input").nth(2).click();
    await bar.locator("b:text-is('2 requests chosen')").waitFor();
    await page
      .locator(".filler input")
      .first()
      .click({ modifiers: ["Shift"] });
    await bar.locator("b:text-is('3 requests chosen')").waitFor();
    await page.keyboard.press("Escape");
    expect(await bar.count()).to.equal(0);
    await page.keyboard.press("A");
    await bar.locator("b:text-is('3 requests chosen')").waitFor();
    await bar.locator("button:text-is('Redrive…')").click();
    await reason("the ERP knows the rule");
    const done = page.locator('.lines li:has-text("the ERP knows the rule")');
    await done.locator("text=done: 2 of 3 done, 1 refused, 0 failed again (no request is left)").waitFor();
    for (const { requestId } of two) await here.client.reaches(requestId, "completed");
    await page.reload();
    await done.locator("summary").click();
    await done.locator(`p:has-text("${well}: it has no open dead letter")`).waitFor();
    await page.locator(".filler input").first().click();
    await bar.locator("button:text-is('Cancel…')").click();
    await reason("too late");
    await page.locator('.lines li:has-text("too late"):has-text("done: 0 of 1 done, 1 refused")').waitFor();
    await page.locator('.lines li:has-text("too late") summary').click();
    await page.locator("text=Only a request in progress can be cancelled").waitFor();
    await open("/people");
    await page.locator('tr:has-text("operations"):has-text("the ERP knows the rule")').first().waitFor();
    expect(problems).to.deep.equal([]);
  });

  it("chooses a range of times in the histogram by a drag and by keyboard, and keeps it in the address", async () => {
    const { here, page, problems, open, text } = started();
    const first = await here.client.order(someOrder());
    await here.client.reaches(first, "completed");
    // A bar is a second at least.
    await new Promise((later) => setTimeout(later, 1_000));
    await here.client.order(someOrder());
    await open("/requests");
    await page.locator(".bar").nth(1).waitFor();
    const q = () => new URL(page.url()).searchParams.get("q") ?? "";
    const handle = (name: string) => page.locator(`[role=slider][aria-label=${name}]`);
    const bars = await page.locator(".bar").count();
    expect(bars).to.be.greaterThan(1);
    await handle("from").focus();
    await page.keyboard.press("End");
    await page.waitForURL("**?q=from%3A*");
    await page.locator(".bar.out").first().waitFor();
    expect(q()).to.match(/^from:\S+$/);
    expect(await page.locator(".bar.out").count()).to.equal(bars - 1);
    expect(await page.locator("#query").inputValue()).to.equal(q());
    await page.locator(".count:has-text('request')").waitFor();
    const shown = await text(".count");
    await page.reload();
    await page.locator(".bar.out").first().waitFor();
    await page.locator(`.count:text-is('${shown}')`).waitFor();
    await page.keyboard.press("Escape");
    await handle("from").focus();
    await page.keyboard.press("Delete");
    await eventually("all times are chosen", () => (q() === "" ? true : undefined));
    await page.locator(".bar.out").first().waitFor({ state: "detached" });
    await page.locator(".brush svg").scrollIntoViewIfNeeded();
    const box = await page.locator(".brush svg").boundingBox();
    if (!box) throw new Error("the histogram has no size");
    await page.mouse.move(box.x + 1, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 1, box.y + 10);
    await page.mouse.up();
    await eventually("a range begins with the first bar", () => (/^to:\S+$/.test(q()) ? true : undefined));
    await page.locator("text=all times").click();
    await eventually("all times are chosen", () => (q() === "" ? true : undefined));
    await page.locator("#query").fill("from:2190-01-01T00:00");
    await page.keyboard.press("Enter");
    await page.locator(".count:text-is('0 requests')").waitFor();
    expect(await page.locator(".bar.out").count(), "a range without requests can be widened").to.equal(
      await page.locator(".bar").count(),
    );
    expect(await page.locator(".bar").count()).to.be.greaterThan(1);
    expect(problems).to.deep.equal([]);
  });

  it("runs a request again, and leads from one to the other", async () => {
    const { here, page, problems, open } = started();
    const requestId = await here.client.order(someOrder());
    await here.client.reaches(requestId, "completed");
    await open(`/requests/${requestId}`);
    await page.locator("text=Run it again…").click();
    await page.locator("dialog input").fill("the customer lost the goods");
    await page.locator("dialog .primary").click();
    await page.locator("text=Repeats").waitFor();
    await page.locator('h1 .status:has-text("completed")').waitFor();
    await page.locator(`.decisions a:text-is("${requestId}")`).click();
    await page.locator('.decisions a:text-matches("^again-")').waitFor();
    await open("/people");
    await page.locator('tr:has-text("operations"):has-text("the customer lost the goods")').first().waitFor();
    expect(problems).to.deep.equal([]);
  });

  it("exports a request, masked, and runs the file as one of another stack; a refusal is shown", async () => {
    const { here, page, problems, open } = started();
    const requestId = await here.client.order(someOrder({ note: "key sk_live_0123456789abcdef" }));
    await here.client.reaches(requestId, "completed");
    await open(`/requests/${requestId}`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("button:text-is('Export')").click()]);
    await page.locator('.notice:has-text("1 value is masked")').waitFor();
    const file = JSON.parse(readFileSync(await download.path(), "utf8")) as ExportFile;
    expect([file.stack, file.requests[0]?.masked]).to.deep.equal(["local", ["/note"]]);
    await open(`/requests?q=${requestId}`);
    const [list] = await Promise.all([page.waitForEvent("download"), page.locator("text=Export these").click()]);
    expect((JSON.parse(readFileSync(await list.path(), "utf8")) as ExportFile).requests).to.deep.equal(file.requests);
    await page.locator(`.notice:has-text("1 request saved as export-${requestId}.json.")`).waitFor();
    const run = async (changed: object, why: string) => {
      await open("/requests");
      await page.locator("text=Run an export…").click();
      const buffer = Buffer.from(JSON.stringify(changed));
      await page.locator("dialog input[type=file]").setInputFiles({ name: "prod.json", mimeType: "application/json", buffer });
      await page.locator("dialog input:not([type=file])").fill(why);
      await page.locator("dialog .primary").click();
    };
    await run({ ...file, stack: "prod" }, "a defect of that order");
    await page.locator('a:text-matches("^export-")').click();
    await page.locator(`text=From export of stack prod, request ${requestId}`).waitFor();
    await page.locator('h1 .status:has-text("completed")').waitFor();
    await run({ ...file, requests: [{ ...file.requests[0], data: {} }] }, "a try");
    await page.locator('.notice:has-text("The input does not fit the schema of IntegrationRequested")').waitFor();
    await run({}, "a try");
    await page.locator('dialog .notice:has-text("is no file of an export")').waitFor();
    // A refusal is an answer, not a fault of the page.
    expect(problems.filter((problem) => !/status of 409/.test(problem))).to.deep.equal([]);
  });

  it("shows a payload, marks what its cause did not hold, and keeps the place in the address", async () => {
    const { here, page, open, text } = started();
    const requestId = await here.client.order(someOrder());
    await here.client.reaches(requestId, "completed");
    await open(`/requests/${requestId}`);
    await page.locator(".lines button:text-is('RuleApplied')").click();
    await page.locator(".payload .json").waitFor();
    expect(await text(".payload .json")).to.include("totalCents");
    await page.locator(".payload .new").first().waitFor();
    const shown = await text(".payload .json");
    await page.reload();
    await page.locator(".payload .json").waitFor();
    expect(await text(".payload .json")).to.equal(shown);
  });
});
