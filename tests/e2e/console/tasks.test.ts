import { expect } from "chai";
import { it } from "mocha";
import { eventually } from "../client.ts";
import { operatorOf } from "../operator.ts";
import { someOrder } from "../support.ts";
import { describeInBrowser } from "./browser.ts";
import { consoleHere } from "./console-here.ts";

/** The ten tasks that a person does in the console without its docs. */
describeInBrowser("end to end / the ten tasks of the console", function () {
  this.timeout(300_000);
  const started = consoleHere();

  it("1: finds an order by its id", async () => {
    const { page, problems, open, text, blocked } = started();
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

  it("2: says why it hangs, on its path and in words", async () => {
    const { page, open, text, blocked } = started();
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

  it("3: sends it back with one key, and sees the request complete without a reload", async () => {
    const { here, page, problems, open, blocked } = started();
    const { requestId } = await blocked();
    await open(`/requests/${requestId}`);
    await page.locator("text=Redrive dead letter").waitFor();
    await page.keyboard.press("r");
    await page.locator('h1 .status:has-text("completed")').waitFor();
    await here.client.reaches(requestId, "completed");
    expect(problems).to.deep.equal([]);
  });

  it("4: sends back all forty like it", async () => {
    const { here, page, open, allBlocked } = started();
    const requests = await allBlocked(40);
    await open("/dead-letters");
    await page.locator('.groups button:has-text("THIRD_PARTY_REFUSED")').first().click();
    await page.locator("button:text-is('Redrive 40 dead letters')").click();
    await page.locator('[role="alertdialog"] .primary').click();
    for (const { requestId } of requests) await here.client.reaches(requestId, "completed");
    await page.locator("text=No dead letter waits for a decision.").waitFor();
  });

  it("5: holds the ERP, and cancels a request that waits for it", async () => {
    const { here, page, problems, open, text } = started();
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

  it("6: edits a payload, sees what is new, and sends it", async () => {
    const { here, page, problems, open } = started();
    const line = { sku: "coffee", quantity: 1, unitCents: 100 };
    const order = someOrder({ lines: [line, line] });
    const requestId = await here.client.order(order);
    await here.client.reaches(requestId, "blocked");
    const { id } = await operatorOf(here.hub).deadLetterOf(requestId);
    await open(`/dead-letters/${id}`);
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

  it("7: says what a step may do, and what of it was used", async () => {
    const { here, page, open } = started();
    await here.client.reaches(await here.client.order(someOrder()), "completed");
    await open("/flows/order-to-erp");
    await page.locator('[aria-label^="step register"]').click();
    await page.waitForURL("**?node=step%3Aregister");
    await page.locator("#parts td:text-is('Secrets')").waitFor();
    const grants = await page.locator("#parts table").innerText();
    // The ERP's credentials were read.
    expect(grants)
      .to.match(/secretsmanager:GetSecretValue ✓ used\s+arn:aws:secretsmanager:\S+erp\/oauth/)
      .and.match(/sqs:ReceiveMessage ✓ used/)
      .and.match(/xray:PutTraceSegments – not called here/);
    expect(grants).to.include("dynamodb:UpdateItem").and.to.include("order-to-erp#register#*");
  });

  it("8: finds who consumes an event", async () => {
    const { page, open } = started();
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

  it("9: sends a test webhook, signed as the provider signs", async () => {
    const { page, open, text } = started();
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

  it("10: says who changed what since yesterday", async () => {
    const { here, page, problems, open } = started();
    const operator = operatorOf(here.hub);
    const hold = { flow: "order-to-erp" };
    await operator.post("/ops/holds", { ...hold, until: new Date(Date.now() + 3_600_000).toISOString(), reason: "stock-taking" });
    await operator.post("/ops/holds/release", { ...hold, reason: "the stock is counted" });
    await open("/people");
    await page.locator("label:has-text('Since') input").fill(new Date(Date.now() - 86_400_000).toISOString().slice(0, 10));
    await page.locator("label:has-text('What') select").selectOption("release");
    const rows = page.locator("main tbody tr");
    await page.waitForURL(/from=.*verb=release|verb=release.*from=/);
    await page.locator("tbody tr:has-text('the stock is counted')").waitFor();
    expect((await rows.allInnerTexts()).filter((row) => !row.includes("operations") || !row.includes("release"))).to.deep.equal(
      [],
    );
    // A filter is in the address.
    await page.reload();
    await page.locator("tbody tr:has-text('the stock is counted')").waitFor();
    expect(await page.locator("label:has-text('What') select").inputValue()).to.equal("release");
    await page.locator("label:has-text('What') select").selectOption("backfill");
    await page.locator("text=No operator has changed anything").waitFor();
    expect(problems).to.deep.equal([]);
  });
});
