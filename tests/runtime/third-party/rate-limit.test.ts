import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { seconds } from "../../../model/duration.ts";
import { isRetryLater, type RetryLaterError } from "../../../model/errors.ts";
import { noAuth } from "../../../model/index.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { rateLimiter } from "../../../runtime/third-party/rate-limit.ts";
import { MemoryTable } from "../../../testing/memory-table.ts";
import { reply, useShop } from "../fakes/shop.ts";

const shop = useShop();

describe("third party / rate limit", () => {
  it("holds in every window for all callers together, and refuses the rest", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 20, per: "1 minute" } });
    const times: number[] = [];
    let refused = 0;
    shop.replies = [
      (response, request) => {
        times.push(fixture.clock.now());
        reply(200, { ok: true })(response, request);
      },
    ];
    for (let second = 0; second < 180; second += 1) {
      const outcomes = await Promise.allSettled([fixture.bind("a").store?.ping?.(), fixture.bind("b").store?.ping?.()]);
      refused += outcomes.filter(({ status }) => status === "rejected").length;
      fixture.clock.time += 1_000;
    }
    for (const from of times) expect(times.filter((time) => time >= from && time < from + 60_000).length).to.be.at.most(20);
    expect(times.length).to.be.within(54, 61);
    expect(refused).to.equal(360 - times.length);
  });

  it("waits its turn inside the call when that is within a second", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 10, per: "1 second" } });
    await fixture.use("ping");
    await fixture.use("ping");
    expect(fixture.clock.slept).to.eql([100]);
  });

  it("returns the message to its queue without using up an attempt when its turn is later", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 1, per: "1 minute" } });
    await fixture.use("ping");
    const error = await fixture.fails("ping");
    expect(isRetryLater(error)).to.equal(true);
    expect(failureOf(error).code).to.equal("RATE_LIMITED");
    expect((error as RetryLaterError).afterSeconds).to.equal(90); // 60, and spread by half of it
    expect(shop.seen).to.have.length(1);
    fixture.clock.time += 60_000;
    await fixture.use("ping");
  });

  it("holds in every window for functions that share nothing but the table, and ask all at once (property)", async () => {
    const moment = fc.record({ afterMs: fc.nat(3_000), asking: fc.integer({ min: 1, max: 8 }) });
    const limits = fc.record({
      calls: fc.integer({ min: 1, max: 30 }),
      per: fc.constantFrom("1 second", "10 seconds", "1 minute"),
    });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(moment, { minLength: 5, maxLength: 25 }), async (limit, moments) => {
        const table = new MemoryTable();
        let time = 0;
        const calls: number[] = [];
        const functions = Array.from({ length: 8 }, () => {
          let slept = 0;
          const clock = {
            now: () => time,
            sleep: async (ms: number) => {
              slept = ms;
            },
          };
          const turn = rateLimiter({ table, clock, random: () => 0.5, adapter: "shop", limit });
          return async () => {
            slept = 0;
            await turn(AbortSignal.timeout(60_000));
            calls.push(time + slept);
          };
        });
        for (const { afterMs, asking } of moments) {
          time += afterMs;
          await Promise.allSettled(functions.slice(0, asking).map((call) => call()));
        }
        // Less what sums of fractions are off by.
        const window = seconds(limit.per) * 1_000 - 0.001;
        for (const from of calls)
          expect(calls.filter((at) => at >= from && at < from + window).length, `from ${from}`).to.be.at.most(limit.calls);
        expect(calls).to.not.have.length(0);
      }),
      { numRuns: 100 },
    );
  });
});
