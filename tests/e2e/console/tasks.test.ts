import { readFileSync } from "node:fs";
import { expect } from "chai";
import { after, before, beforeEach, it } from "mocha";
import type { Browser, Page } from "playwright-core";
import type { ExportFile } from "../../../console/shared/export-file.ts";
import { eventually } from "../client.ts";
import { hubHere, someOrder } from "../support.ts";
import { describeInBrowser, launch, openPage } from "./browser.ts";

const SCRIPT = `<img src=x onerror="alert('attack')"><script>alert("attack")</script>`;

/** What a person does in the console without its docs. */
describeInBrowser("end to end / the console in a browser", function () {
  this.timeout(300_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  before(async () => {
    here = await hubHere();
    browser = await launch();
    ({ page, problems } = await openPage(browser));
  });
  after(async () => {
    await browser?.close();
    await here?.stop();
  });
  beforeEach(() => void problems.splice(0));
  const open = (path: string) => page.goto(here.hub.consoleUrl + path);
  const text = (selector: string) => page.locator(selector).first().innerText();
  /** An order that the ERP refuses for good. */
  const blocked = async (changes: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}) => {
    const order = someOrder(changes);
    await here.client.fault({ target: "erp", mode: "error", status: 422 });
    const requestId = await here.client.order(order, headers);
    await here.client.reaches(requestId, "blocked");
    await here.client.fault({ target: "erp", mode: "ok" });
    return { order, requestId };
  };

  /** The list of dead letters, with those of these requests: they are filed a moment after the status. */
  const openDeadLetters = async (requests: readonly { readonly requestId: string }[]) => {
    await open("/dead-letters");
    for (const { requestId } of requests) await page.locator(`tbody tr:has(a[href="/requests/${requestId}"])`).waitFor();
  };

  it("finds an order by its id, and opens it", async () => {
    const { order, requestId } = await blocked();
    await open("/");
    await page.locator(".tiles").waitFor();
    await page.keyboard.press("/");
    await page.locator("#query").fill(order.orderId);
    await page.locator(`.row:has-text("${requestId.slice(0, 12)}")`).click();
    await page.waitForURL(`**/requests/${requestId}`);
    expect(await text("h1")).to.match(/blocked\s+order-to-erp/);
    expect(problems).to.deep.equal([]);
  });

  it("says why a request hangs, on its path and in words", async () => {
    const { requestId } = await blocked();
    await open(`/requests/${requestId}`);
    await page.locator(".notice.bad").waitFor();
    expect(await text(".notice.bad")).to.match(
      /^register failed after 1 attempt and waits for a decision\. THIRD_PARTY_REFUSED: erp\.registerOrder answered 422/,
    );
    expect(await page.locator('[aria-label="step register: failed"]').count()).to.equal(1);
    expect(await page.locator('[aria-label="step validate: succeeded"]').count()).to.equal(1);
    expect(await text(".delivery .error")).to.include("THIRD_PARTY_REFUSED");
  });

  it("shows the HTTP exchanges of each delivery with method, address, status and attempt, without secrets", async () => {
    const { order, requestId } = await blocked();
    await open(`/requests/${requestId}`);
    const call = page.locator(".delivery:has-text('register') > .call").first();
    await call.waitFor();
    expect(await call.innerText()).to.match(/^POST \S+\/\S*\s+.*422\s+\d+ (ms|s)/s);
    expect(await call.innerText()).not.to.include(order.orderId);
    await page.keyboard.press("h");
    await page.waitForURL("**?calls=0");
    expect(await call.count()).to.equal(0);
    await page.locator(".delivery button:text-is('register')").click();
    await page.locator("h2:text-is('Logs of step register')").waitFor();
    await page.locator(".logs li:has-text('THIRD_PARTY_REFUSED')").first().waitFor();
    expect(problems).to.deep.equal([]);
  });

  it("compares a request with the last one of its flow that went well", async () => {
    const well = await here.client.order(someOrder());
    await here.client.reaches(well, "completed");
    const { requestId } = await blocked();
    await open(`/requests/${requestId}`);
    await page.locator("text=Compare with the last one that went well").waitFor();
    await page.keyboard.press("w");
    await page.locator("#comparison tr.differs:has-text('register')").waitFor();
    expect(new URL(page.url()).searchParams.get("compare")).to.equal(well);
    expect(await text("#comparison tr.differs:has-text('register')")).to.include("failed, there succeeded");
    expect(await page.locator("#comparison tr:has-text('validate').differs").count()).to.equal(0);
    await page.locator(`#comparison a:text-is("${well}")`).click();
    await page.waitForURL(`**/requests/${well}`);
    expect(problems).to.deep.equal([]);
  });

  it("sends a dead letter back with one key, and sees the request complete without a reload", async () => {
    const { requestId } = await blocked();
    await open(`/requests/${requestId}`);
    await page.locator("text=Redrive dead letter").waitFor();
    await page.keyboard.press("r");
    await page.locator('h1 .status:has-text("completed")').waitFor();
    await here.client.reaches(requestId, "completed");
    expect(problems).to.deep.equal([]);
  });

  it("sends back all dead letters of one cause, and names what was done", async () => {
    const requests = [await blocked(), await blocked(), await blocked()];
    await open("/dead-letters");
    await page.locator('.groups button:has-text("THIRD_PARTY_REFUSED")').first().click();
    await page.locator("button:text-matches('^Redrive [0-9]+ dead letters$')").click();
    await page.locator('[role="alertdialog"] .primary').click();
    for (const { requestId } of requests) await here.client.reaches(requestId, "completed");
    await page.locator("text=No dead letter waits for a decision.").waitFor();
  });

  it("chooses requests by key, by click, as a range and by query, and cancels or sends them back with each refusal named", async () => {
    const tenantQuery = `bulk-${Date.now()}`;
    const well = await here.client.order(someOrder(), { "x-correlation-id": tenantQuery });
    await here.client.reaches(well, "completed");
    const two = [await blocked({}, { "x-correlation-id": tenantQuery }), await blocked({}, { "x-correlation-id": tenantQuery })];
    await open(`/requests?q=correlation:${tenantQuery}`);
    const bar = page.locator(".bulk");
    const reason = async (why: string) => {
      await page.locator("dialog input").fill(why);
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
    await done.locator("text=done: 2 of 3 done, 1 refused").waitFor();
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

  it("says who takes care of a cause, and sends all of it back by a job with a reason", async () => {
    const requests = [await blocked(), await blocked()];
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
    await page.locator('.groups button:has-text("THIRD_PARTY_REFUSED")').first().click();
    await page.locator("text=Decide as a job…").click();
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

  it("runs a request again, and leads from one to the other", async () => {
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

  it("discards a dead letter with a reason, and shows who did it and why", async () => {
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

  it("holds a third party, cancels a request that waits for it, and shows who did so", async () => {
    const reason = async (why: string) => {
      await page.locator("dialog .primary").click();
      expect(await text("dialog .notice")).to.include("Give a reason");
      await page.locator("dialog input").fill(why);
      await page.locator("dialog .primary").click();
    };
    await open("/third-parties/erp");
    await page.locator("button:text-is('1 h…')").click();
    await reason("the ERP moves house");
    await page.locator("text=third party erp is held by operations").waitFor();
    // A hold takes effect within five seconds: docs/operations.md.
    await page.waitForTimeout(6_000);
    const [waiting, unwanted] = [await here.client.order(someOrder()), await here.client.order(someOrder())];
    await open(`/requests/${unwanted}`);
    await page.locator('[aria-label="step enrich: succeeded"]').waitFor();
    await page.locator("text=Cancel the request…").click();
    await reason("ordered twice");
    await page.locator('h1 .status:has-text("cancelled")').waitFor();
    await page.locator("text=/Cancelled by operations at .*: ordered twice/").waitFor();
    await open("/third-parties/erp");
    await page.locator("button:text-is('Release')").click();
    await page.locator("button:text-is('1 h…')").waitFor();
    await here.client.reaches(waiting, "completed");
    expect((await here.client.request(unwanted))?.status).to.equal("cancelled");
    await open("/people");
    for (const [verb, why] of [
      ["hold", "the ERP moves house"],
      ["cancel", "ordered twice"],
    ])
      await page.locator(`tr:has-text("operations"):has-text("${verb}"):has-text("${why}")`).first().waitFor();
    await page.locator('tr:has-text("operations"):has-text("release")').first().waitFor();
    expect(problems).to.deep.equal([]);
  });

  it("edits the payload of a dead letter, marks what is new, and sends it back", async () => {
    const line = { sku: "coffee", quantity: 1, unitCents: 100 };
    const order = someOrder({ lines: [line, line] });
    const requestId = await here.client.order(order);
    await here.client.reaches(requestId, "blocked");
    const letter = await eventually("the dead letter is listed", async () => {
      const answer = await fetch(`${here.hub.consoleUrl}/api/dead-letters?state=open`);
      const { rows } = (await answer.json()) as { rows: { id: string; requestId: string }[] };
      return rows.find((row) => row.requestId === requestId);
    });
    await open(`/dead-letters/${encodeURIComponent(letter.id)}`);
    await page.locator("button:text-is('Edit…')").click();
    await page.locator("dialog textarea").fill("{ not json");
    await page.locator("dialog .primary").click();
    await page.locator("dialog .notice").waitFor();
    await page.locator("dialog textarea").fill(JSON.stringify({ ...order, lines: [{ ...line, quantity: 2 }] }));
    await page.locator("dialog .primary").click();
    await page.locator("dialog input").fill("one line instead of two");
    await page.locator("dialog .primary").click();
    await page.locator("text=Payload as edited").waitFor();
    await page.locator("text=/operations, .*: one line instead of two/").waitFor();
    await page.locator(".new").first().waitFor();
    await page.keyboard.press("r");
    await here.client.reaches(requestId, "completed");
    expect(problems).to.deep.equal([]);
  });

  it("says what a step may do", async () => {
    await open("/flows/order-to-erp");
    await page.locator('[aria-label^="step register"]').click();
    await page.waitForURL("**?node=step%3Aregister");
    await page.locator("#parts td:text-is('Secrets')").waitFor();
    const grants = await page.locator("#parts table").innerText();
    expect(grants).to.match(/secretsmanager:GetSecretValue\s+arn:aws:secretsmanager:\S+erp\/oauth/);
    expect(grants).to.include("dynamodb:UpdateItem").and.to.include("order-to-erp#register#*");
  });

  it("finds who consumes an event", async () => {
    await open("/catalogue");
    await page.locator("table tbody tr").first().waitFor();
    await page.keyboard.press("/");
    await page.locator("#query").fill("integrationvalidated");
    const row = page.locator("table tbody tr");
    await eventually("one event is left", async () => ((await row.count()) === 1 ? true : undefined));
    expect(await row.innerText())
      .to.include("order-to-erp / applyRules")
      .and.to.include("order-to-erp / enrich");
  });

  it("sends a valid order made from the schema, and follows the request", async () => {
    await open("/send?trigger=order-to-erp%2Forders");
    await page.locator("text=New example").waitFor();
    await page.locator('.send button[type="submit"]').click();
    await page.locator("b.good:text-is('202')").waitFor();
    await page.locator('.send .status:has-text("completed")').waitFor();
    const requestId = new URL(page.url()).searchParams.get("request") ?? "";
    await here.client.reaches(requestId, "completed");
    expect(problems).to.deep.equal([]);
  });

  it("sends a webhook that is signed as the provider signs", async () => {
    await open("/send?trigger=payment-notifications%2Fstripe");
    await page.locator("text=New example").waitFor();
    const id = `evt-${Date.now()}`;
    await page.locator("textarea").fill(
      JSON.stringify({
        id,
        type: "payment_intent.succeeded",
        data: { object: { id: "pi-9", amount: 1, currency: "eur", metadata: { orderId: "O-9" } } },
      }),
    );
    await page.locator('.send button[type="submit"]').click();
    await page.locator("b.good").waitFor();
    expect(Number(await text("b.good"))).to.be.within(200, 202);
    await page.locator('.send .status:has-text("completed")').waitFor();
  });

  it("shows a payload, marks what its cause did not hold, and keeps the place in the address", async () => {
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

  it("moves by keyboard: pages, rows, help and commands", async () => {
    await open("/");
    await page.locator(".tiles").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("j");
    await page.locator(".row.at").waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/requests/*");
    await page.keyboard.press("?");
    await page.locator(".keys dd:text-is('copy as curl')").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.locator("dialog input").fill("third party erp");
    await page.locator(".commands button span:text-is('Third party erp')").waitFor();
    await page.keyboard.press("ArrowDown");
    await page.locator(".commands button[aria-current=true] span:text-is('Third party erp')").waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/third-parties/erp");
  });

  it("opens the last events of a line of the map, by keyboard too, with their data, masked", async () => {
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
    const requestId = await here.client.order(someOrder());
    await here.client.reaches(requestId, "completed");
    await open("/flows/order-to-erp");
    await page.locator('[aria-label="events from step validate to event IntegrationValidated"]').press(" ");
    await page.locator(`#edge a[href*="${requestId}"]`).click();
    await page.waitForURL(`**/requests/${requestId}?event=*`);
    expect(problems).to.deep.equal([]);
  });

  it("shows the calls of each third party, and sets a fault of the sandbox", async () => {
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
    for (const path of ["/", "/flows/payment-notifications"]) {
      await open(path);
      await page.locator("text=/99.5 % within 1 minute: (no request|[0-9.]+ % of [0-9]+) in the last 6 h/").waitFor();
    }
    expect(problems).to.deep.equal([]);
  });

  it("draws when the dead letters of a cause failed, and says it in words", async () => {
    await blocked();
    await open("/dead-letters");
    const label = await page.locator('.groups li:has-text("THIRD_PARTY_REFUSED") .spark').first().getAttribute("aria-label");
    expect(label).to.match(/^first failures since .* ago: \d+ at most in a 24th of that time, /);
  });

  it("says which condition of a step's rule an event does not meet", async () => {
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

  it("selects by x, and does with the next rows by . what was done last", async () => {
    const requests = [await blocked(), await blocked(), await blocked()];
    await openDeadLetters(requests);
    const count = await page.locator("tbody tr").count();
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
    await openDeadLetters([await blocked(), await blocked()]);
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
    await openDeadLetters([await blocked(), await blocked()]);
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

  it("names each control and has one heading on every page, and prints a request without its controls", async () => {
    const { requestId } = await blocked();
    const pages = ["/", "/requests", "/dead-letters", "/catalogue", "/send", "/people", "/flows/order-to-erp"];
    for (const path of [...pages, "/events/RuleApplied", "/third-parties/erp", `/requests/${requestId}`]) {
      await open(path);
      await page.locator("main h1").waitFor();
      await page.locator("main .skeleton").waitFor({ state: "detached" });
      const faults = await page.evaluate(`(() => {
        const all = (selector) => [...document.querySelectorAll(selector)];
        const named = (one) => one.getAttribute("aria-label") || one.textContent.trim() || one.title || one.labels?.length > 0;
        const ids = all("[id]").map(({ id }) => id);
        return [
          ...all("button, a, input, textarea, select, summary").filter((one) => !named(one)).map((one) => "no name: " + one.outerHTML),
          ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => "twice: " + id),
          ...(all("h1").length === 1 ? [] : [all("h1").length + " headings of level 1"]),
        ];
      })()`);
      expect(faults, path).to.deep.equal([]);
    }
    await page.locator(".delivery").first().waitFor();
    await page.emulateMedia({ media: "print" });
    const shown = await page.evaluate(
      `["nav.side", "main button", ".delivery", "h1"].map((one) => document.querySelector(one)?.checkVisibility())`,
    );
    await page.emulateMedia({ media: "screen" });
    expect(shown).to.deep.equal([false, false, true, true]);
    expect(problems).to.deep.equal([]);
  });

  it("shows text from outside as text: note, correlation id, third party's answer, query, path", async () => {
    const correlationId = "x.attack:1";
    const { requestId } = await blocked(
      // The web ACL refuses scripts themselves.
      { note: '<img src=x onerror=alert("attack")>', customerId: "<img src=x onerror=alert('attack')>" },
      { "x-correlation-id": correlationId },
    );
    const pages = [
      "/",
      `/requests?q=${encodeURIComponent(SCRIPT)}`,
      `/requests/${requestId}?logs=1`,
      `/requests/${encodeURIComponent(SCRIPT)}`,
      "/dead-letters",
      `/events/${encodeURIComponent(SCRIPT)}`,
      `/flows/order-to-erp?node=${encodeURIComponent(`step:${SCRIPT}`)}`,
      `/${encodeURIComponent(SCRIPT)}`,
    ];
    for (const path of pages) {
      await open(path);
      await page.locator("main > *").first().waitFor();
      if (path.includes("logs=1")) {
        await page.locator(".logs li").first().waitFor();
        await page.locator(".lines button").first().click();
        await page.locator(".payload .json").waitFor();
        expect(await text(".payload .json")).to.include('<img src=x onerror=alert(\\"attack\\")>');
      }
      expect(await page.locator("main img, main script").count(), path).to.equal(0);
      expect(
        problems.filter((problem) => problem.includes("attack")),
        path,
      ).to.deep.equal([]);
    }
  });

  it("shows every text of its API as text, whatever it holds", async () => {
    const { requestId } = await blocked();
    const { rows } = (await (await fetch(`${here.hub.consoleUrl}/api/dead-letters?state=open`)).json()) as {
      rows: { id: string }[];
    };
    const attacked = (value: unknown): unknown => {
      if (typeof value === "string") return value + SCRIPT;
      if (Array.isArray(value)) return value.map(attacked);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, attacked(inner)]));
    };
    await page.route(/\/api\/(?!stream)/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: attacked(await answer.json()) });
    });
    try {
      for (const path of [
        "/",
        "/requests",
        `/requests/${requestId}?logs=1&calls=1&compare=${requestId}`,
        "/dead-letters",
        `/dead-letters/${rows[0]?.id}`,
        "/flows/order-to-erp?node=step%3Aregister",
        "/events/IntegrationRequested",
        "/third-parties/erp",
        "/catalogue",
        "/send",
      ]) {
        await open(path);
        await page.locator('main :text("<script>")').first().waitFor();
        expect(await page.locator("main img, main script").count(), path).to.equal(0);
        expect(
          problems.filter((problem) => problem.includes("attack")),
          path,
        ).to.deep.equal([]);
      }
    } finally {
      await page.unroute(/\/api\/(?!stream)/);
    }
  });

  it("loads nothing from another origin, and no script in the page runs", async () => {
    const origins = new Set<string>();
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    await open("/");
    await page.locator(".tiles").waitFor();
    expect([...origins]).to.deep.equal([here.hub.consoleUrl]);
    const ran = await page.evaluate(`(() => {
        const script = document.createElement("script");
        script.textContent = "window.attacked = true";
        document.head.append(script);
        return "attacked" in window;
      })()`);
    expect(ran).to.equal(false);
  });
});
