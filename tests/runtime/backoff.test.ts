import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Backoff, contending, retrying, spread, waitOf } from "../../runtime/backoff.ts";
import { FakeClock } from "./fakes/fake-clock.ts";

const random = () => fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const jitter = () => fc.constantFrom<Backoff["jitter"][]>("none", "full", "equal");
const backoff = fc.record({
  jitter: jitter(),
  base: fc.integer({ min: 1, max: 10_000 }),
  cap: fc.integer({ min: 1, max: 1_000_000 }),
  growth: fc.double({ min: 1, max: 10, noNaN: true }),
});
const retry = fc.integer({ min: 1, max: 100_000 });
/** A clock whose sleeps of any length pass at once. */
const clock = () => new FakeClock(Number.POSITIVE_INFINITY);

describe("backoff / waitOf", () => {
  it("keeps within the range of its jitter, whatever the number of the retry", () => {
    fc.assert(
      fc.property(backoff, retry, random(), (given, n, r) => {
        const bound = waitOf({ ...given, jitter: "none" }, n, 0);
        const wait = waitOf(given, n, r);
        const least = { none: bound, equal: bound / 2, full: 0 }[given.jitter];
        return bound <= given.cap && wait >= least && wait <= bound;
      }),
    );
  });
  it("has bounds that never shrink, and that stop at the cap", () => {
    fc.assert(
      fc.property(backoff, retry, (given, n) => {
        const bounds = [n, n + 1].map((number) => waitOf({ ...given, jitter: "none" }, number, 0));
        return (bounds[0] ?? 0) <= (bounds[1] ?? 0);
      }),
    );
    expect([1, 2, 3, 4, 5].map((n) => waitOf({ jitter: "none", base: 100, cap: 900 }, n, 0))).to.eql([100, 200, 400, 800, 900]);
  });
  it("grows with the random number, so that callers spread over the whole range", () => {
    fc.assert(
      fc.property(backoff, retry, random(), random(), (given, n, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        return waitOf(given, n, less) <= waitOf(given, n, more);
      }),
    );
  });
});

describe("backoff / spread", () => {
  it("lengthens a wait by at most its share", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), random(), random(), (wait, share, r) => {
        const spreadOut = spread(wait, share, r);
        return spreadOut >= wait && spreadOut <= wait * (1 + share);
      }),
    );
  });
});

describe("backoff / retrying", () => {
  it("sleeps the waits of the backoff between tries, and returns the first result", async () => {
    const time = clock();
    let tries = 0;
    const result = await retrying({ clock: time, random: () => 0.5 }, { jitter: "equal", base: 100, cap: 250 }, {}, async () => {
      tries += 1;
      return tries < 4 ? undefined : "done";
    });
    expect([result, time.slept]).to.eql(["done", [75, 150, 187.5]]);
  });
  it("never sleeps past its time, and tries no more often than allowed", async () => {
    await fc.assert(
      fc.asyncProperty(
        backoff,
        random(),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 100_000 }),
        async (given, r, attempts, withinMs) => {
          const time = clock();
          const began = time.now();
          let tries = 0;
          const result = await retrying({ clock: time, random: () => r }, given, { attempts, withinMs }, async () => {
            tries += 1;
            return undefined;
          });
          expect(result).to.equal(undefined);
          expect(tries).to.be.within(1, attempts);
          expect(time.slept.length).to.equal(tries - 1);
          expect(time.now() - began).to.be.lessThan(withinMs);
        },
      ),
    );
  });
  it("ends when its signal aborts, with the signal's reason, and when a try throws", async () => {
    const services = { clock: clock(), random: () => 0 };
    const each = { jitter: "none", base: 1, cap: 1 } as const;
    const reason = new Error("time is up");
    const failed = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        (error: unknown) => error,
      );
    const aborted = retrying(services, each, { signal: AbortSignal.abort(reason) }, async () => undefined);
    expect(await failed(aborted)).to.equal(reason);
    const thrown = retrying(services, each, {}, async () => {
      throw reason;
    });
    expect(await failed(thrown)).to.equal(reason);
  });
});

describe("backoff / contending", () => {
  it("tries as often as allowed, and stops at the first result", async () => {
    for (const [wins, expected] of [
      [1, [1, "won"]],
      [3, [3, "won"]],
      [4, [3, undefined]],
    ] as const) {
      let tries = 0;
      const result = await contending(3, async () => {
        tries += 1;
        return tries >= wins ? "won" : undefined;
      });
      expect([tries, result]).to.eql(expected);
    }
  });
});
