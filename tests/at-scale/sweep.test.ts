import { expect } from "chai";
import { describe, it } from "mocha";
import type { DeadLetter } from "../../runtime/functions/dead-letters/dead-letter.ts";
import { deadLetterStore } from "../../runtime/functions/dead-letters/dead-letter-store.ts";
import { sweep } from "../../runtime/functions/sweeper/sweep.ts";
import { createLogger } from "../../runtime/logging/logger.ts";
import { fakeDependencies } from "../runtime/fakes/dependencies.ts";
import { UNDECIDED } from "../runtime/functions/dead-letters/undecided.ts";

const MINUTE = 60_000;
const MANY = 100_000;

/** @param changed applied to the n-th record */
async function around(count: number, changed: (n: number) => Partial<DeadLetter> = () => ({})) {
  const fixture = fakeDependencies();
  const target = { queueUrl: "url", queueArn: "q", ruleArn: "r", functionArn: "f" };
  const targets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { charge: target } };
  fixture.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const store = deadLetterStore(fixture.table);
  const at = (n: number) => new Date(fixture.clock.now() - (count - n) * 10).toISOString();
  for (let n = 0; n < count; n += 1) {
    const ids = { eventId: `e-${n}`, delivery: `e-${n}`, requestId: `r-${n}`, correlationId: `c-${n}` };
    const deadLetter: DeadLetter = {
      id: ((n * 7_919) % 65_536).toString(16).padStart(4, "0") + n.toString(16).padStart(12, "0"),
      state: "open",
      flow: "orders",
      step: "charge",
      shape: "runtime",
      errorCode: "THIRD_PARTY_FAILED",
      errorMessage: "",
      attempts: 8,
      cause: { ...ids, eventName: "OrderPlaced", causationId: "", tenant: "t", graph: "g", traceparent: "", hop: 0 },
      at: at(n),
      firstAt: at(n),
      ...UNDECIDED,
      ...changed(n),
    };
    await store.record(deadLetter.id, "{}", () => deadLetter);
  }
  const log = createLogger({ level: "info", functionName: "sweeper", to: fixture.services.logTo });
  const run = async () => {
    fixture.clock.advance(MINUTE);
    fixture.table.calls.length = 0;
    await sweep(fixture.services, log);
    return fixture.table.calls.length;
  };
  const metric = () => fixture.lines.findLast((line) => "UnresolvedDeadLetters" in line);
  return { ...fixture, store, run, metric };
}

describe("sweeper", () => {
  it(`takes the same calls and memory for ${MANY} open dead letters as for 2,000, and counts all`, async () => {
    const calls: number[] = [];
    for (const count of [2_000, MANY]) {
      const fixture = await around(count);
      fixture.table.largestPage = 0;
      calls.push(await fixture.run());
      expect(fixture.metric()).to.include({ UnresolvedDeadLetters: count });
      expect(fixture.table.largestPage).to.be.at.most(500);
    }
    expect(calls[1]).to.equal(calls[0]);
    // For each of 400 due ones: its record, its request, and its next time. Then the pages of the index.
    expect(calls[0]).to.be.at.most(3 * 400 + 16);
  });

  it("reminds of open dead letters at seven, once the oldest is older than a day", async () => {
    const hour = 60 * MINUTE;
    const fixture = await around(3);
    const reminders: [string, unknown][] = [];
    for (let hours = 0; hours < 72; hours += 1) {
      fixture.clock.advance(hour - MINUTE);
      await fixture.run();
      const at = new Date(fixture.clock.now()).toISOString().slice(8, 13);
      const { LeftDeadLetters } = fixture.metric() ?? {};
      if (LeftDeadLetters !== undefined) reminders.push([at, LeftDeadLetters]);
    }
    // They were recorded on the 24th at ten.
    expect(reminders).to.deep.equal([
      ["26T07", 3],
      ["27T07", 3],
    ]);
  });

  it("comes to each open dead letter, the longest due first, and closes those of ended requests", async () => {
    const fixture = await around(1_500);
    for (let n = 0; n < 1_500; n += 3)
      fixture.table.items.set(`request#r-${n}|summary`, { pk: `request#r-${n}`, sk: "summary", status: "compensated" });
    for (let i = 0; i < 8; i += 1) await fixture.run();
    expect(fixture.metric()).to.include({ UnresolvedDeadLetters: 1_000 });
    const { deadLetters } = await fixture.store.find({ state: "discarded" }, 1_000, fixture.clock.now());
    expect(deadLetters).to.have.length(500);
    expect(deadLetters[0]).to.include({ closedBy: "sweeper", reason: "its request is compensated" });
  });

  it("sends back those whose cause passes, some hundreds a run, and a refusal holds up no other", async () => {
    const due = new Date(Date.parse("2026-11-24T10:00:00Z")).toISOString();
    // The first 500 belong to a step that is not deployed any more.
    const fixture = await around(1_000, (n) => ({ redriveAt: due, step: n < 500 ? "gone" : "charge" }));
    const sent: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      const before = fixture.sent.length;
      await fixture.run();
      sent.push(fixture.sent.length - before);
    }
    expect(fixture.sent).to.have.length(500);
    expect(Math.max(...sent)).to.be.at.most(400);
  });

  it("goes on after one that can't be sent, reports the failure, and tries it again later", async () => {
    const fixture = await around(30, () => ({ redriveAt: "2026-11-24T10:00:00.000Z" }));
    fixture.faults.send = new Error("no such queue");
    const failed = await fixture.run().catch((error: unknown) => (error instanceof AggregateError ? error.errors.length : error));
    expect(failed).to.equal(30);
    fixture.faults.send = undefined;
    for (let i = 0; i < 3; i += 1) await fixture.run();
    expect(fixture.sent).to.have.length(30);
  });

  it("finds those that an earlier version recorded, which are in no index of due ones", async () => {
    const fixture = await around(900, () => ({ redriveAt: "2026-11-24T10:00:00.000Z" }));
    for (const [key, { dueIn: _, dueAt: __, ...item }] of fixture.table.items)
      if ("letter" in item) fixture.table.items.set(key, item as never);
    for (let i = 0; i < 12; i += 1) await fixture.run();
    expect(fixture.sent).to.have.length(900);
    expect(fixture.metric()).to.include({ UnresolvedDeadLetters: 0 });
  });
});

describe("dead letters / search among many", () => {
  it("lists page by page, each once, with one page of each partition in memory", async () => {
    const fixture = await around(12_000);
    fixture.table.largestPage = 0;
    const seen = new Set<string>();
    let to: string | undefined;
    let repeated = 0;
    do {
      fixture.table.calls.length = 0;
      const page = await fixture.store.find({ state: "open", ...(to !== undefined && { to }) }, 1_000, fixture.clock.now());
      for (const { id } of page.deadLetters) {
        if (seen.has(id)) repeated += 1;
        seen.add(id);
      }
      expect(fixture.table.calls.length).to.be.at.most(20);
      to = page.next;
    } while (to !== undefined);
    expect(seen.size).to.equal(12_000);
    expect(repeated).to.be.at.most(15);
    expect(fixture.table.largestPage).to.be.at.most(100);
  });

  it("reads a bounded number in a search that few match, and says where it goes on", async () => {
    const fixture = await around(12_000, (n) => (n === 0 ? { flow: "rare" } : {}));
    const found: string[] = [];
    let to: string | undefined;
    let calls = 0;
    do {
      const page = await fixture.store.find(
        { state: "open", flow: "rare", ...(to !== undefined && { to }) },
        10,
        fixture.clock.now(),
      );
      found.push(...page.deadLetters.map(({ flow }) => flow));
      calls += 1;
      to = page.next;
    } while (to !== undefined);
    expect([found, calls]).to.eql([["rare"], 3]);
  });
});
