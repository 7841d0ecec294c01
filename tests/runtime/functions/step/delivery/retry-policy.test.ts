import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import { type AnyStep, adapter, bearer, event, type Retry, step } from "../../../../../model/index.ts";
import { DEFAULT_RETRY } from "../../../../../model/retry.ts";
import { backoffSeconds, retryOf } from "../../../../../runtime/functions/step/delivery/retry-policy.ts";

const Done = event("Done", z.object({}));
const retry = (attempts: number): Retry => ({ attempts, backoff: "1 second", ceiling: "1 minute" });
const party = (name: string, own?: Retry) =>
  adapter(name, {
    baseUrl: "https://a.example",
    auth: bearer({ secret: "s" }),
    timeout: "1 second",
    ...(own && { retry: own }),
    operations: {},
  });
const made = (more: Partial<AnyStep>) =>
  retryOf({ ...step({ on: Done, emits: [], handler: () => [] }), ...more } as AnyStep).attempts;

describe("retryOf", () => {
  it("prefers the step's policy, then the adapter's with the most attempts, then the default", () => {
    const uses = { a: party("a", retry(3)), b: party("b", retry(9)), c: party("c") };
    expect(made({ retry: retry(2), uses })).to.equal(2);
    expect(made({ uses })).to.equal(9);
    expect(made({ uses: { c: party("c") } })).to.equal(DEFAULT_RETRY.attempts);
    expect(made({})).to.equal(DEFAULT_RETRY.attempts);
  });
  it("allows three attempts at most where Lambda retries", () => {
    expect(made({ delivery: "direct", retry: retry(9) })).to.equal(3);
    expect(made({ delivery: "direct", retry: retry(2) })).to.equal(2);
  });
});

describe("backoffSeconds", () => {
  const patient: Retry = { attempts: 50, backoff: "2 seconds", ceiling: "15 minutes" };
  it("doubles its bound up to the ceiling", () => {
    expect([1, 2, 3, 9, 10, 50].map((attempt) => backoffSeconds(patient, attempt, 0.9999))).to.eql([2, 4, 8, 512, 900, 900]);
  });
  it("is whole, at least a second, and never beyond the bound", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const wait = backoffSeconds(patient, attempt, random);
          return Number.isInteger(wait) && wait >= 1 && wait <= Math.min(900, 2 ** attempt);
        },
      ),
    );
  });
});
