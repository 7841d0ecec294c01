import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Feed, openFeed } from "../../../console/server/feed.ts";
import { payloadAt } from "../../../console/server/request-view.ts";
import type { Change } from "../../../console/shared/api.ts";
import { auditKey, breakerKey, deadLetterKey, groupKey, holdsKey, jobKey, rateKey } from "../../../protocol/table.ts";
import type { DeadLetter } from "../../../runtime/functions/dead-letters/dead-letter.ts";
import { at, fakeHub, NOW, summary } from "./hub.ts";

const page = (feed: Feed, query = "", more: { offset?: number; limit?: number; asOf?: string } = {}) =>
  feed.requests.page({ query, offset: 0, limit: 50, asOf: "9", now: NOW, ...more });
const idsOf = (feed: Feed, query = "") => page(feed, query).rows.map(({ requestId }) => requestId);

const deadLetter = (id: string, changes: Partial<DeadLetter> = {}) => ({
  ...deadLetterKey(id),
  version: changes.version ?? 1,
  letter: JSON.stringify({
    id,
    state: "open",
    flow: "orders",
    step: "register",
    shape: "runtime",
    errorCode: "THIRD_PARTY_REFUSED",
    errorMessage: `erp answered 422 to order "A-${id}"`,
    attempts: 3,
    cause: { requestId: "r1", correlationId: "c1" },
    at: at(10),
    firstAt: at(20),
    times: 1,
    version: 1,
    ...changes,
  }),
});

describe("the console's index", () => {
  let dir: string;
  let file: string;
  const problems: string[] = [];
  const open: Feed[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "console-"));
    file = join(dir, "console.sqlite");
    problems.length = 0;
  });
  afterEach(async () => {
    for (const feed of open.splice(0)) await feed.close();
    rmSync(dir, { recursive: true });
  });
  const feedOf = (hub: ReturnType<typeof fakeHub>) => {
    const feed = openFeed(file, hub.hub, (problem) => problems.push(problem));
    open.push(feed);
    return feed;
  };
  const rebuilt = async (feed: Feed) => {
    while (feed.state().rebuilding) await new Promise(setImmediate);
  };
  /** An index with what it notifies its listeners of from now on. */
  const followed = async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    await rebuilt(feed);
    await feed.flush();
    const changes: Change[] = [];
    feed.onChange((change) => changes.push(change));
    return { hub, feed, changes };
  };
  const closed = async (feed: Feed) => {
    open.splice(open.indexOf(feed), 1);
    await feed.stopReading();
    await feed.close();
  };

  it("has what the ledger wrote, newest first, without reading the table", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    await rebuilt(feed);
    const before = hub.reads.length;
    hub.write(summary("r1", { createdAt: at(60) }));
    hub.write(summary("r2", { createdAt: at(50), status: "completed" }));
    hub.write(summary("r1", { createdAt: at(60), status: "blocked", rev: 2 }));
    await feed.flush();
    expect(page(feed).rows.map(({ requestId, status }) => [requestId, status])).to.deep.equal([
      ["r2", "completed"],
      ["r1", "blocked"],
    ]);
    expect(hub.reads.slice(before)).to.deep.equal([]);
  });

  it("keeps the newer write, in whichever order two come", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    hub.write(summary("r1", { status: "completed", rev: 5 }));
    await feed.flush();
    hub.write(summary("r1", { status: "running", rev: 4 }));
    await feed.flush();
    expect(page(feed).rows[0]?.status).to.equal("completed");
  });

  it("reads an item whose write does not show it, and forgets one that is gone", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    hub.unseen(summary("r1", { status: "failed" }));
    hub.touch(summary("r1"));
    await feed.flush();
    expect(idsOf(feed, "status:failed")).to.deep.equal(["r1"]);
    hub.remove("r1");
    hub.touch(summary("r1"));
    await feed.flush();
    expect(idsOf(feed)).to.deep.equal([]);
  });

  it("counts by the time of creation what matches, whatever range of times the query has, and marks what failed", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    for (const [requestId, secondsAgo, status] of [
      ["r1", 59, "completed"],
      ["r2", 59, "blocked"],
      ["r3", 57, "failed"],
      ["r4", 57, "running"],
      ["r5", 57, "compensation-failed"],
      ["r6", 50, "cancelled"],
    ] as const)
      hub.write(summary(requestId, { createdAt: at(secondsAgo), status }));
    await feed.flush();
    const histogram = (query: string, asOf = "9") => feed.requests.histogram({ query, asOf, now: NOW });
    const bar = (count: number, failed: number) => ({ count, failed });
    const whole = {
      ...{ from: at(59), barMs: 1_000 },
      bars: [bar(2, 1), bar(0, 0), bar(3, 2), ...Array.from({ length: 6 }, () => bar(0, 0)), bar(1, 0)],
    };
    expect(histogram("")).to.deep.equal(whole);
    expect(histogram(`from:${at(57)} to:${at(56)}`)).to.deep.equal(whole);
    expect(histogram("status:running,failed")).to.deep.equal({ from: at(57), barMs: 1_000, bars: [bar(2, 1)] });
    expect(histogram("", at(58))).to.deep.equal({ from: at(59), barMs: 1_000, bars: [bar(2, 1)] });
    expect(histogram("status:accepted")).to.deep.equal({ from: "", barMs: 0, bars: [] });
    expect(idsOf(feed, `from:${at(57)} to:${at(50)}`).toSorted()).to.deep.equal(["r3", "r4", "r5"]);
    expect(page(feed, `from:${at(57)}`).total).to.equal(4);
  });

  it("filters by fields, ages, the begin of an id, a correlation id, and an id in a payload", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    const failed = {
      step: "register",
      delivery: "d1",
      causes: [],
      attempts: 2,
      startedAt: at(9),
      finishedAt: at(8),
      emitted: [],
    };
    const error = { code: "THIRD_PARTY_REFUSED", message: "no" };
    hub.write(
      summary("aa-1", {
        status: "blocked",
        createdAt: at(7_200),
        body: { facts: { events: [], deliveries: [{ ...failed, status: "failed", error }], ends: [] } },
      }),
    );
    hub.write(summary("aa-2", { createdAt: at(60), correlationId: "batch-7" }));
    hub.write(summary("bb-3", { createdAt: at(30), status: "completed" }));
    hub.publish("OrderPlaced", "bb-3", { orderId: "A-1", customer: { id: 77 }, apiKey: "hidden", secretToken: "x", note: "A-9" });
    await feed.flush();
    for (const [query, ids] of [
      ["aa-", ["aa-2", "aa-1"]],
      ["batch-7", ["aa-2"]],
      ["correlation:batch*", ["aa-2"]],
      ["status:blocked,completed", ["bb-3", "aa-1"]],
      ["age>1h", ["aa-1"]],
      ["age<1h status:running", ["aa-2"]],
      ["error:THIRD_PARTY_*", ["aa-1"]],
      ["step:register", ["aa-1"]],
      ["A-1", ["bb-3"]],
      ["key:77", ["bb-3"]],
      ["A-9", []],
      ["hidden", []],
      ["flow:ord* tenant:shop bb", ["bb-3"]],
      ["tenant:other", []],
      ["%", []],
      ["' OR 1=1 --", []],
    ] as const)
      expect(idsOf(feed, query), query).to.deep.equal(ids);
  });

  it("finds nothing by a field that a flow marks as personal, and masks it in payloads", async () => {
    const targets = JSON.stringify({ flow: "orders", personal: ["taxId"] });
    const item = JSON.stringify({ pk: { S: "targets" }, sk: { S: "orders" }, targets: { S: targets } });
    const resource = { urn: "u", type: "aws:dynamodb/tableItem:TableItem", name: "t", parent: undefined, outputs: {} };
    const hub = fakeHub({ resources: [{ ...resource, inputs: { item } }] });
    const feed = feedOf(hub);
    hub.write(summary("r1"));
    hub.publish("OrderPlaced", "r1", { taxId: "111-222", orderId: "A-1", apiKey: "k" });
    await feed.flush();
    expect(idsOf(feed, "A-1")).to.deep.equal(["r1"]);
    expect(idsOf(feed, "111-222")).to.deep.equal([]);
    expect(payloadAt(hub.hub, 1)?.data).to.deep.equal({ taxId: "***", orderId: "A-1", apiKey: "***" });
  });

  it("counts facets without the query's own filter of that kind, and later requests beside the list", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    for (const [id, status, age] of [
      ["r1", "blocked", 50],
      ["r2", "running", 40],
      ["r3", "running", 10],
    ] as const)
      hub.write(summary(id, { status, createdAt: at(age) }));
    await feed.flush();
    const shown = page(feed, "status:running", { asOf: at(40) });
    const rest = feed.requests.page({ query: "", offset: 1, limit: 50, asOf: "9", now: NOW, rowsOnly: true });
    expect([rest.rows.map(({ requestId }) => requestId), rest.facets.status]).to.deep.equal([["r2", "r1"], {}]);
    expect(shown).to.deep.include({ total: 1, newer: 1, facets: { status: { blocked: 1, running: 1 }, flow: { orders: 1 } } });
  });

  it("goes on after a clean end without reading the table, and catches up with the archive", async () => {
    const hub = fakeHub();
    const first = feedOf(hub);
    hub.write(summary("r1"));
    hub.publish("OrderPlaced", "r1", {});
    await rebuilt(first);
    await closed(first);
    expect(hub.listeners()).to.equal(0);
    hub.publish("OrderPriced", "r1", {});
    hub.reads.length = 0;
    const second = feedOf(hub);
    await second.flush();
    expect(second.state()).to.deep.equal({ rebuilding: false, requests: 1 });
    expect(second.events.ofRequest("r1").map(({ name }) => name)).to.deep.equal(["OrderPlaced", "OrderPriced"]);
    expect(hub.reads).to.deep.equal([]);
  });

  it("reads the table again after an end without close, and after the file is gone or broken", async () => {
    const hub = fakeHub();
    feedOf(hub);
    for (const [id, spoil] of [
      ["r1", () => {}],
      ["r2", () => ["", "-wal", "-shm"].forEach((end) => void rmSync(file + end, { force: true }))],
      [
        "r3",
        () => ["-wal", "-shm"].forEach((end) => void rmSync(file + end, { force: true })) ?? writeFileSync(file, "no database"),
      ],
    ] as const) {
      for (const feed of open.splice(0)) await (id === "r1" ? Promise.resolve(feed) : closed(feed));
      hub.unseen(summary(id));
      spoil();
      const feed = feedOf(hub);
      await rebuilt(feed);
      expect(idsOf(feed), id).to.include(id);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
    }
    expect(problems).to.deep.equal([]);
  });

  it("reports an item that can't be indexed, and indexes the others", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    hub.write({ ...deadLetterKey("bad"), letter: "{" });
    hub.write(summary("r1"));
    await feed.flush();
    expect(idsOf(feed)).to.deep.equal(["r1"]);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(/^The console can't index dead-letter#bad: /);
  });

  it("notifies its listeners of what changed, and lists no more than a hundred requests", async () => {
    const { hub, feed, changes } = await followed();
    hub.write(summary("r1"));
    hub.write(deadLetter("d1"));
    await feed.flush();
    for (let i = 0; i < 101; i++) hub.write(summary(`many-${i}`));
    await feed.flush();
    expect(changes).to.deep.equal([
      { requests: ["r1"], deadLetters: true },
      { requests: null, deadLetters: false },
    ]);
  });

  it("notifies its listeners of a request whose dead letter is filed after its last write, and of one that is removed", async () => {
    const { hub, feed, changes } = await followed();
    hub.write(deadLetter("d1"));
    await feed.flush();
    hub.write({ ...deadLetterKey("d1"), version: 2 });
    await feed.flush();
    hub.write({ ...deadLetterKey("d1"), version: 3 });
    await feed.flush();
    expect(changes).to.deep.equal([
      { requests: ["r1"], deadLetters: true },
      { requests: ["r1"], deadLetters: true },
      { requests: [], deadLetters: true },
    ]);
  });

  for (const [what, key] of [
    ["a job, which may end without another dead letter", jobKey("job-1")],
    ["a note of a group", groupKey("g-1")],
    ["holds", holdsKey],
    ["the audit trail", auditKey(at(1), "a-1")],
    ["a circuit breaker", breakerKey("erp")],
  ] as const)
    it(`notifies its listeners of a write of ${what}`, async () => {
      const { hub, feed, changes } = await followed();
      hub.write({ ...key });
      await feed.flush();
      hub.write({ ...rateKey("erp") });
      await feed.flush();
      expect(changes).to.deep.equal([{ requests: [], deadLetters: false }]);
    });

  it("groups dead letters by cause, whatever ids and numbers their messages hold", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    hub.write(deadLetter("d1"));
    hub.write(deadLetter("d2", { at: at(5) }));
    hub.write(deadLetter("d3", { errorMessage: "the ERP is closed" }));
    hub.write(deadLetter("d4", { state: "discarded" }));
    await feed.flush();
    const { groups, states, total } = feed.deadLetters.page({ state: "open" }, 0, 10);
    expect(groups.map(({ pattern, count }) => [pattern, count])).to.deep.equal([
      ["erp answered … to order …", 2],
      ["the ERP is closed", 1],
    ]);
    expect({ states, total }).to.deep.equal({ states: { open: 3, discarded: 1 }, total: 3 });
    const [group] = groups;
    expect(feed.deadLetters.openIds({ cause: group?.id ?? "" }, 10)).to.deep.equal(["d1", "d2"]);
  });

  it("counts first failures by group and minute, of the state that is asked for", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    for (const [id, changes] of [
      ["d1", { firstAt: at(100) }],
      ["d2", { firstAt: at(95) }],
      ["d3", { firstAt: at(30) }],
      ["d4", { firstAt: at(30), state: "discarded" }],
      ["d5", { firstAt: at(30), errorMessage: "the ERP is closed" }],
    ] as const)
      hub.write(deadLetter(id, changes));
    await feed.flush();
    const found = feed.deadLetters.firstFailures({ state: "open", cause: "any" });
    expect(found.map((one) => [one.at, one.n]).sort()).to.deep.equal([
      [at(100), 2],
      [at(30), 1],
      [at(30), 1],
    ]);
    expect(new Set(found.map(({ group }) => group)).size).to.equal(2);
  });

  it("lists the last events of some names, of one publisher where one is given", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    hub.publish("OrderPlaced", "r1", {});
    hub.publish("OrderPriced", "r1", {}, { step: "price" });
    hub.publish("OrderPriced", "r2", {}, { step: "again" });
    hub.publish("OrderPlaced", "r3", {});
    await feed.flush();
    const idsBy = (names: readonly string[], step?: string, limit = 50) =>
      feed.events
        .latest({ names, ...(step !== undefined && { by: { flow: "orders", step } }) }, limit)
        .map(({ requestId, name }) => `${requestId} ${name}`);
    expect(idsBy(["OrderPlaced", "OrderPriced"])).to.deep.equal([
      "r3 OrderPlaced",
      "r2 OrderPriced",
      "r1 OrderPriced",
      "r1 OrderPlaced",
    ]);
    expect(idsBy(["OrderPriced"], "price")).to.deep.equal(["r1 OrderPriced"]);
    expect(idsBy(["OrderPlaced", "OrderPriced"], undefined, 1)).to.deep.equal(["r3 OrderPlaced"]);
    expect(idsBy([])).to.deep.equal([]);
  });

  it("masks secrets in messages", async () => {
    const hub = fakeHub();
    const feed = feedOf(hub);
    hub.write(deadLetter("d1", { errorMessage: "refused: Bearer abcdefghijklmnop" }));
    await feed.flush();
    expect(feed.deadLetters.page({}, 0, 1).rows[0]?.errorMessage).to.equal("refused: ***");
    expect(existsSync(file)).to.equal(true);
  });
});
