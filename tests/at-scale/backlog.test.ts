import { expect } from "chai";
import { describe, it } from "mocha";
import { backlogOf } from "../runtime/fakes/backlog.ts";

describe("third party / a backlog behind a rate limit", function () {
  this.timeout(300_000);

  it("takes two receives and three writes of the limit a message, and no attempt (5,000 messages at 50 a second)", async () => {
    const backlog = backlogOf({ messages: 5_000, rateLimit: { calls: 50, per: "1 second" } });
    await backlog.run();
    const { receivesMost, writesMean, seconds, ...figures } = backlog.figures();
    expect(figures).to.include({ done: 5_000, dead: 0, attempts: 1, throttled: 0 });
    expect(receivesMost).to.be.at.most(2);
    expect(writesMean).to.be.at.most(3);
    expect(backlog.mostIn(999)).to.be.at.most(50);
    // 46 a second, as a burst of 5 is possible at any time.
    expect(seconds).to.be.within(105, 120);
  });

  it("keeps its place over the 12 hours that SQS hides a message at most", async () => {
    const backlog = backlogOf({ messages: 150, rateLimit: { calls: 10, per: "1 hour" } });
    await backlog.run();
    const { receivesMost, writesMean, ...figures } = backlog.figures();
    expect(figures).to.include({ done: 150, dead: 0, attempts: 1 });
    expect(receivesMost).to.be.at.most(3);
    expect(writesMean).to.be.at.most(3);
    expect(backlog.mostIn(3_599_999)).to.be.at.most(10);
  });

  it("reserves for all calls of a handler that it has made, so that it comes to its end", async () => {
    const backlog = backlogOf({ messages: 200, rateLimit: { calls: 20, per: "1 second" }, callsEach: 3 });
    await backlog.run();
    const { receivesMost, ...figures } = backlog.figures();
    expect(figures).to.include({ done: 200, dead: 0, attempts: 1 });
    expect(receivesMost).to.be.at.most(3 + 2);
    expect(backlog.mostIn(999)).to.be.at.most(20);
  });

  it("goes on where all slots of an outage of the functions are late", async () => {
    const backlog = backlogOf({ messages: 1_000, rateLimit: { calls: 20, per: "1 second" } });
    backlog.pause(10, 300);
    await backlog.run();
    const { receivesMost, seconds, ...figures } = backlog.figures();
    expect(figures).to.include({ done: 1_000, dead: 0, attempts: 1 });
    expect(receivesMost).to.be.at.most(5);
    expect(backlog.mostIn(999)).to.be.at.most(20);
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
