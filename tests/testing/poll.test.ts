import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import * as z from "zod";
import supplierStock from "../../examples/supplier-stock.ts";
import { adapter, bearer, call, event, flow, poll, RetryLaterError, step } from "../../model/index.ts";
import { testFlow } from "../../testing/index.ts";

/** Of the example, which does not export it. */
const Offered = event("Offered", z.object({ sku: z.string(), open: z.boolean() }));
const StockChanged = event("StockChanged", z.object({ sku: z.string(), left: z.int() }));

describe("a poll in memory", () => {
  it("reads all pages in its first run, and nothing twice in the next", async () => {
    const hub = await testFlow(supplierStock);
    expect(await hub.poll("changes")).to.deep.equal({ ended: "caught up", pages: 3, events: 3 });
    await hub.settle();
    expect(await hub.poll("changes")).to.deep.equal({ ended: "caught up", pages: 1, events: 0 });
    await hub.settle();
    expect(hub.emitted(StockChanged)).to.deep.equal([
      { sku: "A-1", left: 7 },
      { sku: "A-2", left: 7 },
      { sku: "A-3", left: 7 },
    ]);
    expect(hub.calls("supplier.changes").map(({ path }) => path)).to.deep.equal(
      [0, 1, 2, 3].map((after) => `/supplier/stock/changes?after=${after}`),
    );
  });

  it("begins a request of its own with each event, which every caller may read", async () => {
    const hub = await testFlow(supplierStock);
    await hub.poll("changes");
    await hub.settle();
    const firsts = hub.events
      .filter((published) => published["detail-type"] === "StockChanged")
      .map(({ detail }) => detail.metadata);
    for (const { requestId, eventId, correlationId, tenant, step: from } of firsts) {
      expect({ eventId, correlationId, tenant, from }).to.deep.equal({
        eventId: requestId,
        correlationId: requestId,
        tenant: "poll:supplier-stock.changes",
        from: "trigger:changes",
      });
      expect(requestId).to.match(/^poll:supplier-stock\.changes:[0-9a-f]{32}$/);
    }
    expect(new Set(firsts.map(({ requestId }) => requestId)).size).to.equal(3);
  });

  it("loses nothing and repeats no effect, wherever its process dies", async () => {
    const whole = await testFlow(supplierStock);
    await whole.poll("changes");
    // Before and after each call of the table, the bus and the third party.
    const { points } = whole;
    expect(points).to.be.greaterThan(15);
    for (let crashAt = 0; crashAt < points; crashAt += 1) {
      const hub = await testFlow(supplierStock, { faults: { crashAt } });
      const first = await hub.poll("changes");
      expect(first.ended, `point ${crashAt}`).to.equal("died");
      await hub.pass("5 minutes");
      expect((await hub.poll("changes")).ended, `point ${crashAt}`).to.equal("caught up");
      await hub.settle();
      expect(
        hub.lines.filter(({ message }) => message === "step succeeded"),
        `point ${crashAt}`,
      ).to.have.length(3);
      expect(hub.emitted(Offered).map(({ sku }) => sku)).to.deep.equal(["A-1", "A-2", "A-3"]);
      expect(await hub.deadLetters("any")).to.deep.equal([]);
    }
  });

  it("converges by a seed that kills processes, and sends messages twice and late", async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const hub = await testFlow(supplierStock, { faults: { seed, crashes: 0.1 } });
      while ((await hub.poll("changes")).ended !== "caught up") await hub.pass("5 minutes");
      await hub.settle();
      expect(hub.emitted(StockChanged).length, `seed ${seed}`).to.equal(3);
    }
  });
});

/** Pages of a source that the test changes. */
interface Source {
  cursor: Record<string, unknown>;
  read: (tools: { cursor: { at: number } }) => unknown;
}
const source: Source = { cursor: {}, read: () => ({}) };
const party = adapter("party", {
  baseUrl: "https://party.example.com",
  auth: bearer({ secret: "party/token" }),
  timeout: "5 seconds",
  operations: {
    list: call("POST /list", { safeToRepeat: true, body: z.object({}), returns: z.object({ n: z.int() }), example: { n: 1 } }),
  },
});
const polled = (cursor: z.ZodObject = z.object({ at: z.int() }), start: Record<string, unknown> = { at: 0 }, more: object = {}) =>
  flow("polled", {
    summary: "s",
    owner: "o",
    source: import.meta.url,
    triggers: {
      stock: poll("rate(5 minutes)", {
        emits: [StockChanged],
        uses: { party },
        cursor,
        start,
        timeout: "1 minute",
        page: (async (tools: { party: { list: (input: object) => Promise<unknown> }; cursor: { at: number } }) => {
          await tools.party.list({});
          return source.read(tools);
        }) as never,
      }),
    },
    steps: { show: step({ on: StockChanged, emits: [], timeout: "1 minute", handler: () => [] }) },
    ...more,
  });
const changed = (sku: string, left = 1) => StockChanged({ sku, left });
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => {
      const { code, message } = error as { code?: string; message: string };
      return { code, message };
    },
  );

describe("a poll's page", () => {
  beforeEach(() => {
    source.read = ({ cursor }) => ({ events: changed(`S-${cursor.at}`), cursor: { at: cursor.at + 1 }, more: cursor.at < 4 });
  });

  it("that is read again after a crash with new events before the old ones publishes the new ones, and the old ones once", async () => {
    const page = { cursor: { at: 1 }, more: false };
    const published: (readonly string[])[] = [];
    for (let crashAt = 0; ; crashAt += 1) {
      source.read = () => ({ ...page, events: [changed("A")] });
      const hub = await testFlow(polled(), { faults: { crashAt } });
      if ((await hub.poll("stock")).ended !== "died") break;
      await hub.pass("5 minutes");
      source.read = ({ cursor }) => ({ ...page, events: cursor.at === 0 ? [changed("B"), changed("A")] : [] });
      await hub.poll("stock");
      published.push(hub.emitted(StockChanged).map(({ sku }) => sku));
    }
    expect(new Set(published.map((skus) => [...skus].sort().join()))).to.deep.equal(new Set(["A", "A,B"]));
  });

  it("publishes two equal events as two, and an event that comes again under the same cursor once", async () => {
    source.read = () => ({ events: [changed("A"), changed("A")], cursor: { at: 0 }, more: false });
    const hub = await testFlow(polled());
    await hub.poll("stock");
    await hub.poll("stock");
    expect(hub.emitted(StockChanged)).to.have.length(2);
  });

  it("publishes an equal event again where the cursor came back to an earlier value", async () => {
    source.read = ({ cursor }) => ({ events: [changed("A")], cursor: { at: 1 - cursor.at }, more: false });
    const hub = await testFlow(polled());
    for (const n of [1, 2, 3]) {
      await hub.poll("stock");
      expect(hub.emitted(StockChanged)).to.have.length(n);
    }
  });

  it("begins in the first half of the function's time only; the next run goes on", async () => {
    const hub = await testFlow(polled(), { thirdParties: { party: { list: () => ({ n: 1 }) } } });
    hub.fault({ target: "party", mode: "slow", delayMs: 4_000 } as never);
    // 4 seconds a page, and 30 seconds in which one may begin.
    source.read = ({ cursor }) => ({ events: changed(`S-${cursor.at}`), cursor: { at: cursor.at + 1 }, more: cursor.at < 9 });
    expect(await hub.poll("stock")).to.deep.equal({ ended: "out of time", pages: 8, events: 8 });
    expect(await hub.poll("stock")).to.deep.equal({ ended: "caught up", pages: 2, events: 2 });
  });

  it("that fails leaves the cursor, and the run fails, so that Lambda counts it", async () => {
    const hub = await testFlow(polled());
    source.read = ({ cursor }) => {
      if (cursor.at === 2) throw new Error("no such page");
      return { events: changed(`S-${cursor.at}`), cursor: { at: cursor.at + 1 }, more: true };
    };
    expect(await errorOf(hub.poll("stock"))).to.deep.equal({ code: undefined, message: "no such page" });
    expect(hub.lines.find(({ message }) => String(message).startsWith("poll failed"))).to.include({
      level: "error",
      pages: 2,
      events: 2,
    });
    source.read = ({ cursor }) => ({ events: changed(`S-${cursor.at}`), cursor, more: false });
    expect(await hub.poll("stock")).to.deep.equal({ ended: "caught up", pages: 1, events: 1 });
    expect(hub.emitted(StockChanged).map(({ sku }) => sku)).to.deep.equal(["S-0", "S-1", "S-2"]);
  });

  it("that a third party puts off ends the run without an error, and after an hour with one", async () => {
    const hub = await testFlow(polled());
    source.read = () => {
      throw new RetryLaterError("come back", { after: "1 minute" });
    };
    expect((await hub.poll("stock")).ended).to.equal("put off");
    await hub.pass("59 minutes");
    expect((await hub.poll("stock")).ended).to.equal("put off");
    await hub.pass("1 minute");
    expect((await errorOf(hub.poll("stock")))?.message).to.equal("come back");
    expect((await errorOf(hub.poll("stock")))?.message).to.equal("come back");
    source.read = ({ cursor }) => ({ events: [], cursor, more: false });
    expect((await hub.poll("stock")).ended).to.equal("caught up");
    source.read = () => {
      throw new RetryLaterError("come back", { after: "1 minute" });
    };
    expect((await hub.poll("stock")).ended).to.equal("put off");
  });

  it("is refused before anything of it is published", async () => {
    const wrong: readonly (readonly [unknown, string, RegExp])[] = [
      [undefined, "INVALID_RESULT", /no \{ events, cursor, more \}/],
      [{ events: [], cursor: { at: 1 } }, "INVALID_RESULT", /no \{ events, cursor, more \}/],
      [{ events: [changed("A")], cursor: { at: "x" }, more: false }, "INVALID_RESULT", /cursor that the handler returned .*\/at/],
      [{ events: [changed("A"), { type: "Other", data: {} }], cursor: { at: 1 }, more: false }, "INVALID_RESULT", /Other/],
      [{ events: [StockChanged({ sku: 7 as never, left: 1 })], cursor: { at: 1 }, more: false }, "INVALID_RESULT", /\/sku/],
      [{ events: [], cursor: { at: 0 }, more: true }, "INVALID_RESULT", /`more: true` with the cursor that it was given/],
      [{ events: [changed("A".repeat(262_144))], cursor: { at: 1 }, more: false }, "RESULT_TOO_LARGE", /StockChanged.* 257 KB/],
    ];
    for (const [returned, code, message] of wrong) {
      source.read = () => returned;
      const hub = await testFlow(polled());
      const error = await errorOf(hub.poll("stock"));
      expect(error?.code).to.equal(code);
      expect(error?.message).to.match(message);
      expect(hub.events).to.deep.equal([]);
    }
    source.read = () => ({ events: [], cursor: { at: 1, note: "x".repeat(33_000) }, more: false });
    const hub = await testFlow(polled(z.object({ at: z.int(), note: z.string().default("") })));
    expect((await errorOf(hub.poll("stock")))?.message).to.match(/the cursor of the page is 33 KB, and 32 KB is the most/);
  });
});

describe("a poll's runs", () => {
  beforeEach(() => {
    source.read = ({ cursor }) => ({ events: changed(`S-${cursor.at}`), cursor: { at: cursor.at + 1 }, more: false });
  });

  it("are one at a time: a second invocation leaves the pages to the first", async () => {
    const hub = await testFlow(polled());
    let second: unknown;
    source.read = async ({ cursor }) => {
      second ??= (await hub.poll("stock")).ended;
      return { events: changed("A"), cursor: { at: cursor.at + 1 }, more: false };
    };
    expect(await hub.poll("stock")).to.deep.equal({ ended: "caught up", pages: 1, events: 1 });
    expect(second).to.equal("running");
    expect((await hub.poll("stock")).ended).to.equal("caught up");
  });

  it("wait for the end of the invocation that died", async () => {
    const hub = await testFlow(polled(), { faults: { crashAt: 4 } });
    expect((await hub.poll("stock")).ended).to.equal("died");
    await hub.pass("59 seconds");
    expect((await hub.poll("stock")).ended).to.equal("running");
    await hub.pass("1 second");
    expect((await hub.poll("stock")).ended).to.equal("caught up");
  });

  it("take the cursor's defaults from its schema", async () => {
    const seen: unknown[] = [];
    source.read = ({ cursor }) => {
      seen.push(cursor);
      return { events: [], cursor: { at: 5 }, more: false };
    };
    const hub = await testFlow(polled(z.object({ at: z.int(), by: z.string().default("id") })));
    await hub.poll("stock");
    await hub.poll("stock");
    expect(seen).to.deep.equal([
      { at: 0, by: "id" },
      { at: 5, by: "id" },
    ]);
  });

  it("call third parties anew, with another idempotency key each time", async () => {
    source.read = ({ cursor }) => ({ events: [], cursor, more: false });
    const hub = await testFlow(polled());
    for (const _ of [1, 2]) await hub.poll("stock");
    const keys = hub.calls("party.list").map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).to.equal(2);
  });

  it("refuse a name that is no poll", async () => {
    const hub = await testFlow(polled());
    expect((await errorOf(hub.poll("show")))?.message).to.equal("the flow polled has no poll show.");
  });
});
