import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { seconds } from "../../../model/duration.ts";
import { isRetryLater, type RetryLaterError } from "../../../model/errors.ts";
import { noAuth } from "../../../model/index.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { TableBusyError } from "../../../runtime/ports.ts";
import { rateLimiter } from "../../../runtime/third-party/rate-limit.ts";
import { MemoryTable } from "../../../testing/memory-table.ts";
import { reply, useShop } from "../fakes/shop.ts";

const shop = useShop();

describe("third party / rate limit", () => {
  it("holds in every window for all callers together, and refuses the rest", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 20, per: "1 minute" } });
    const [a, b] = [fixture.bind("a", false, null), fixture.bind("b", false, null)];
    const times: number[] = [];
    let refused = 0;
    shop.replies = [
      (response, request) => {
        times.push(fixture.clock.now());
        reply(200, { ok: true })(response, request);
      },
    ];
    for (let second = 0; second < 180; second += 1) {
      const outcomes = await Promise.allSettled([a.store?.ping?.(), b.store?.ping?.()]);
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

  it("returns the message to its queue until its slot, without using up an attempt, when its turn is later", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 1, per: "1 minute" } });
    await fixture.use("ping");
    const waits: number[] = [];
    for (const slots of [new Map<string, number>(), new Map<string, number>()]) {
      const again = fixture.bind("e-2", false, slots).store?.ping?.() ?? expect.fail("no client");
      const error = await again.then(
        () => expect.fail("it went well"),
        (thrown: unknown) => thrown,
      );
      expect(isRetryLater(error)).to.equal(true);
      expect(failureOf(error).code).to.equal("RATE_LIMITED");
      waits.push((error as RetryLaterError).afterSeconds);
    }
    expect(waits).to.eql([60, 120]);
    expect(shop.seen).to.have.length(1);
  });

  it("takes no second slot for a message that comes back at its slot, or before it", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 1, per: "1 minute" } });
    await fixture.use("ping");
    const slots = new Map<string, number>();
    const call = () => fixture.bind("e-2", false, slots).store?.ping?.() ?? expect.fail("no client");
    await call().catch(() => {});
    const booked = fixture.table.only("third-party#shop").booked;
    fixture.clock.time += 20_000;
    expect(((await call().catch((error: unknown) => error)) as RetryLaterError).afterSeconds).to.equal(40);
    fixture.clock.time += 40_000;
    await call();
    expect(shop.seen).to.have.length(2);
    expect(slots).to.eql(new Map());
    expect(fixture.table.only("third-party#shop").booked).to.equal(booked);
  });

  it("reserves nothing for a call that no queue waits with", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 1, per: "1 minute" } });
    await fixture.use("ping");
    const direct = fixture.bind("e-2", false, null).store?.ping;
    const error = (await direct?.().catch((thrown: unknown) => thrown)) as RetryLaterError;
    expect(error.afterSeconds).to.equal(90); // 60, and spread by half of it
    expect(fixture.table.only("third-party#shop")).not.to.have.property("booked");
  });

  it("does not read a limit that was idle when it was written last, and where others use it loses one write in fifty", async () => {
    const table = new MemoryTable();
    let time = 1_000_000;
    const clock = {
      now: () => time,
      sleep: async (ms: number) => {
        time += ms;
      },
    };
    const limiter = () =>
      rateLimiter({ table, clock, random: () => 0.5, adapter: "shop", limit: { calls: 10, per: "1 second" } })(new Map());
    const callsOf = async (turn: ReturnType<typeof limiter>) => {
      table.calls.length = 0;
      await turn(AbortSignal.timeout(60_000));
      return table.calls.join(" ");
    };
    const [one, other] = [limiter(), limiter()];
    expect(await callsOf(one)).to.equal("get update");
    for (let n = 0; n < 5; n += 1) {
      time += 5_000;
      expect(await callsOf(one)).to.equal("update");
    }
    const seen: string[] = [];
    for (let n = 0; n < 120; n += 1) {
      time += 5_000;
      await other(AbortSignal.timeout(60_000));
      seen.push(await callsOf(one));
    }
    expect(seen.filter((calls) => calls === "get update").length).to.be.at.least(117);
    expect(seen.filter((calls) => calls.startsWith("update")).length).to.be.at.most(3);
  });

  it("tries a throttled write again, and reports a table that stays busy", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 1, per: "1 minute" } });
    const busy = (times: number) => Array.from({ length: times }, () => new TableBusyError("throttled"));
    fixture.table.failures.push(undefined, ...busy(2));
    await fixture.use("ping");
    expect(shop.seen).to.have.length(1);
    fixture.table.failures.push(...busy(9));
    expect(failureOf(await fixture.fails("ping")).code).to.equal("TABLE_BUSY");
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
        const functions = Array.from({ length: 8 }, (_, number) => {
          // Some have a queue in which a message can wait for its slot.
          const slots = number % 2 === 0 ? new Map<string, number>() : undefined;
          let slept = 0;
          const clock = {
            // Who sleeps is ahead of the others, who have yet to ask.
            now: () => time + slept,
            sleep: async (ms: number) => {
              slept += ms;
            },
          };
          const turn = rateLimiter({ table, clock, random: () => 0.5, adapter: "shop", limit });
          return async () => {
            slept = 0;
            await turn(slots)(AbortSignal.timeout(60_000));
            calls.push(clock.now());
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
