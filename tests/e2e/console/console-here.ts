import { after, before, beforeEach } from "mocha";
import type { Browser, Page } from "playwright-core";
import { type Operator, operatorOf } from "../operator.ts";
import { hubHere, someOrder } from "../support.ts";
import { launch, openPage } from "./browser.ts";

/** A hub on this machine, and its console in a browser. */
interface Shown {
  readonly here: Awaited<ReturnType<typeof hubHere>>;
  readonly page: Page;
  /** Script errors, refused loads and dialogs of the page since the test began. */
  readonly problems: string[];
  open(path: string): Promise<unknown>;
  /** Text of the first element that matches. */
  text(selector: string): Promise<string>;
  /** An order that the ERP refuses for good, with its dead letter. */
  blocked(changes?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Blocked>;
  /** So many of them at once. */
  allBlocked(count: number): Promise<readonly Blocked[]>;
}
type Order = ReturnType<typeof someOrder>;
interface Blocked {
  readonly order: Order;
  readonly requestId: string;
}

/** Starts both for the tests of a suite. Each test begins with third parties that answer, and without an open dead letter. @returns them once they are there */
export function consoleHere(): () => Shown {
  let here: Awaited<ReturnType<typeof hubHere>>;
  let operator: Operator;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  before(async () => {
    here = await hubHere();
    operator = operatorOf(here.hub);
    browser = await launch();
    ({ page, problems } = await openPage(browser));
  });
  after(async () => {
    await browser?.close();
    await here?.stop();
  });
  beforeEach(async () => {
    await here.client.fault({ target: "erp", mode: "ok" });
    const ids = (await operator.deadLetters("state=open")).map(({ id }) => id);
    if (ids.length > 0) await operator.decide("discard", { ids, reason: "left by another test" });
    problems.splice(0);
  });
  /** The status comes first, and the dead letter a moment later: what lists or counts dead letters needs both. */
  async function refused(orders: readonly Order[], headers?: Readonly<Record<string, string>>): Promise<readonly Blocked[]> {
    const { client } = here;
    await client.fault({ target: "erp", mode: "error", status: 422 });
    const requests = await Promise.all(orders.map(async (order) => ({ order, requestId: await client.order(order, headers) })));
    for (const { requestId } of requests) {
      await client.reaches(requestId, "blocked");
      await operator.deadLetterOf(requestId);
    }
    await client.fault({ target: "erp", mode: "ok" });
    return requests;
  }
  return () => ({
    here,
    page,
    problems,
    open: (path) => page.goto(here.hub.consoleUrl + path),
    text: (selector) => page.locator(selector).first().innerText(),
    blocked: async (changes, headers) => (await refused([someOrder(changes)], headers))[0] as Blocked,
    allBlocked: (count) => refused(Array.from({ length: count }, () => someOrder())),
  });
}
