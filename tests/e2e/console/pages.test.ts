import { expect } from "chai";
import { it } from "mocha";
import { operatorOf } from "../operator.ts";
import { someOrder } from "../support.ts";
import { describeInBrowser } from "./browser.ts";
import { consoleHere } from "./console-here.ts";

const SCRIPT = `<img src=x onerror="alert('attack')"><script>alert("attack")</script>`;

describeInBrowser("end to end / all pages of the console", function () {
  this.timeout(300_000);
  const started = consoleHere();

  it("moves by keyboard: pages, rows, help and commands", async () => {
    const { here, page, open } = started();
    await here.client.reaches(await here.client.order(someOrder()), "completed");
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

  it("opens the source of a flow and of a step in the editor, and decisions and schemas from the catalogue", async () => {
    const { page, problems, open, text } = started();
    await open("/flows/order-to-erp?node=step:register");
    const link = page.locator('.facts a:text-is("open in the editor")');
    const href = (await link.getAttribute("href")) ?? "";
    expect(href).to.match(/^vscode:\/\/file\/.*\/flows\/order-to-erp\.ts:\d+$/);
    expect(await text(".facts code")).to.equal(href.replace("vscode://file", ""));
    await page.locator('#parts a:text-is("open in the editor")').waitFor();
    expect(await text("#parts code")).to.match(/\/flows\/order-to-erp\.ts:\d+$/);
    await open("/catalogue");
    await page.keyboard.press("/");
    await page.keyboard.type("bundled at start");
    await page.locator('a:text-is("The console is bundled at start, and keeps an index of its own")').click();
    await page.waitForURL("**/decisions/039");
    await page.locator('.facts dd:text-is("accepted, 2026-11-28")').waitFor();
    expect(await text(".prose")).to.include("# 039: The console is bundled at start");
    await page.keyboard.press("Control+k");
    await page.locator("dialog input").fill("decision 055");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/decisions/055");
    // Not the event that begins the flow.
    await open("/events/RuleApplied");
    await page.locator(".json").first().waitFor();
    expect(await text(".json")).to.include("totalCents");
    expect(problems).to.deep.equal([]);
  });

  it("closes its stream while it is hidden, and then reads what it missed", async () => {
    const { here, page, problems, open, text, blocked } = started();
    const { requestId } = await blocked();
    const { id } = await operatorOf(here.hub).deadLetterOf(requestId);
    await open(`/requests/${requestId}`);
    await page.locator(".live.good").waitFor();
    await page.locator('h1 .status:has-text("blocked")').waitFor();
    const setHidden = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event("visibilitychange"))`,
      );
    const isStream = (request: { url(): string }) => request.url().endsWith("/api/stream");
    const closed = page.waitForEvent("requestfailed", isStream);
    await setHidden(true);
    await closed;
    await operatorOf(here.hub).decide("redrive", { ids: [id] });
    await here.client.reaches(requestId, "completed");
    expect(await text("h1")).to.include("blocked");
    await setHidden(false);
    await page.locator('h1 .status:has-text("completed")').waitFor();
    expect(problems).to.deep.equal([]);
  });

  it("names each control and has one heading on every page, and prints a request without its controls", async () => {
    const { page, problems, open, blocked } = started();
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
    const { page, problems, open, text, blocked } = started();
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
    const { here, page, problems, open, blocked } = started();
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
    const { here, page, open } = started();
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
