import { expect } from "chai";
import { describe, it } from "mocha";
import { backlogOf } from "../runtime/fakes/backlog.ts";

describe("third party / a backlog behind a rate limit", function () {
  this.timeout(300_000);

  it("takes two receives and a write and a half of the limit a message, and no attempt (5,000 messages at 50 a second)", async () => {
    const backlog = backlogOf({ messages: 5_000, rateLimit: { calls: 50, per: "1 second" } });
    await backlog.run();
    const { receivesMost, writesMean, seconds, ...figures } = backlog.figures();
    expect(figures).to.include({ done: 5_000, dead: 0, attempts: 1, throttled: 0 });
    expect(receivesMost).to.be.at.most(2);
    expect(writesMean).to.be.at.most(1.5);
    expect(backlog.mostIn(1_000 - 2 * 12)).to.be.at.most(50);
    // 46 a second, as a burst of 5 is possible at any time.
    expect(seconds).to.be.within(105, 120);
  });

  const slowest = 100;
  for (const { title, ...backlog } of [
    { title: "ten at a time", messages: 2_000, calls: 50, batchSize: 10, arriving: Number.POSITIVE_INFINITY, tableMs: slowest },
    { title: "one at a time", messages: 2_000, calls: 50, batchSize: 1, arriving: 150, tableMs: slowest },
    { title: "one at a time, little by little", messages: 500, calls: 10, batchSize: 1, arriving: 40, tableMs: slowest },
    { title: "one at a time, at a usual table", messages: 500, calls: 10, batchSize: 1, arriving: 40, tableMs: 12 },
  ])
    it(`takes two receives and three writes a message where functions contend at a table that takes ${backlog.tableMs} ms (${title})`, async () => {
      const { calls, tableMs } = backlog;
      const slow = backlogOf({ ...backlog, rateLimit: { calls, per: "1 second" } });
      await slow.run();
      const { receivesMost, writesMean, seconds, ...figures } = slow.figures();
      expect(figures).to.include({ done: backlog.messages, dead: 0, attempts: 1, throttled: 0 });
      expect(receivesMost).to.be.at.most(2);
      expect(writesMean).to.be.at.most(3);
      // A call is made up to a write later than it was planned.
      expect(slow.mostIn(1_000 - 2 * tableMs)).to.be.at.most(calls);
      expect(seconds).to.be.at.most(52);
    });

  it("takes one receive and one write a message where there is no backlog (45 a second of 50)", async () => {
    const flowing = backlogOf({ messages: 1_000, rateLimit: { calls: 50, per: "1 second" }, arriving: 45, batchSize: 1 });
    await flowing.run();
    const { receivesMean, writesMean } = flowing.figures();
    expect(receivesMean).to.be.at.most(1.1);
    expect(writesMean).to.be.at.most(1.2);
  });

  for (const arriving of [10, 30, 45])
    it(`takes one receive and two writes and a half a message at a table that takes 100 ms (${arriving} a second of 50)`, async () => {
      const limit = { calls: 50, per: "1 second" } as const;
      const flowing = backlogOf({ messages: 500, rateLimit: limit, arriving, batchSize: 1, tableMs: slowest });
      await flowing.run();
      const { receivesMean, writesMean, ...figures } = flowing.figures();
      expect(figures).to.include({ done: 500, dead: 0, attempts: 1 });
      expect(receivesMean).to.be.at.most(1.1);
      expect(writesMean).to.be.at.most(2.5);
      expect(flowing.mostIn(1_000 - 2 * slowest)).to.be.at.most(50);
    });

  it("keeps its place over the 12 hours that SQS hides a message at most", async () => {
    const backlog = backlogOf({ messages: 150, rateLimit: { calls: 10, per: "1 hour" } });
    await backlog.run();
    const { receivesMost, writesMean, ...figures } = backlog.figures();
    expect(figures).to.include({ done: 150, dead: 0, attempts: 1 });
    expect(receivesMost).to.be.at.most(3);
    expect(writesMean).to.be.at.most(3);
    expect(backlog.mostIn(3_600_000 - 2 * 12)).to.be.at.most(10);
  });

  it("reserves for all calls of a handler that it has made, so that it comes to its end", async () => {
    const backlog = backlogOf({ messages: 200, rateLimit: { calls: 20, per: "1 second" }, callsEach: 3 });
    await backlog.run();
    const { receivesMost, receivesMean, writesMean, seconds, ...figures } = backlog.figures();
    expect(figures).to.include({ done: 200, dead: 0, attempts: 1 });
    expect(receivesMost).to.be.at.most(3 + 2);
    expect(receivesMean).to.be.at.most(3);
    expect(writesMean).to.be.at.most(2 * 3);
    // 600 calls, 19 a second, and a third of the time of slots that are not used.
    expect(seconds).to.be.at.most(45);
    expect(backlog.mostIn(1_000 - 2 * 12)).to.be.at.most(20);
  });

  it("goes on where all slots of an outage of the functions are late", async () => {
    const backlog = backlogOf({ messages: 1_000, rateLimit: { calls: 20, per: "1 second" } });
    backlog.pause(10, 300);
    await backlog.run();
    const { receivesMost, seconds, ...figures } = backlog.figures();
    expect(figures).to.include({ done: 1_000, dead: 0, attempts: 1 });
    expect(receivesMost).to.be.at.most(5);
    expect(backlog.mostIn(1_000 - 2 * 12)).to.be.at.most(20);
    expect(seconds).to.be.at.most(420);
  });

  it("lets new messages pass soon when the messages of a schedule are gone", async () => {
    const backlog = backlogOf({ messages: 2_000, rateLimit: { calls: 20, per: "1 second" } });
    backlog.purge(20);
    for (let n = 0; n < 50; n += 1) backlog.addAt(40, `late-${n}`);
    await backlog.run();
    const { seconds, dead } = backlog.figures();
    expect(dead).to.equal(0);
    expect(seconds).to.be.at.most(60);
  });
});
