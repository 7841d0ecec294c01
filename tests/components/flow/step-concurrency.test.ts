import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { stepConcurrency } from "../../../components/flow/step-concurrency.ts";
import { type AnyStep, adapter, type Duration, event, noAuth, step } from "../../../model/index.ts";

const Asked = event("Asked", z.object({}));
const party = (name: string, timeout: Duration, rateLimit?: { readonly calls: number; readonly per: Duration }) =>
  adapter(name, { baseUrl: "https://a.example.com", auth: noAuth(), timeout, ...(rateLimit && { rateLimit }), operations: {} });
const calls = (uses: Record<string, ReturnType<typeof party>>, more: Partial<AnyStep> = {}) =>
  stepConcurrency({ ...step({ on: Asked, emits: [], uses, handler: () => [] }), ...more } as AnyStep);

describe("components / concurrency of a step", () => {
  const fifty = party("erp", "9 seconds", { calls: 50, per: "1 second" });

  it("is as many batches as keep the rate limit busy while each call takes as long as it may", () => {
    expect(calls({ fifty })).to.equal(50);
    expect(calls({ fifty }, { batchSize: 1 })).to.equal(500);
  });

  it("is at least 2, and at most 1,000, as AWS takes", () => {
    expect(calls({ slow: party("slow", "9 seconds", { calls: 1, per: "1 minute" }) })).to.equal(2);
    expect(calls({ fast: party("fast", "9 seconds", { calls: 100_000, per: "1 second" }) })).to.equal(1_000);
  });

  it("is that of the limit that needs the most, and none without a limit", () => {
    expect(
      calls({ fifty, slow: party("slow", "9 seconds", { calls: 1, per: "1 minute" }), free: party("free", "9 seconds") }),
    ).to.equal(50);
    expect(calls({ free: party("free", "9 seconds") })).to.equal(undefined);
    expect(calls({})).to.equal(undefined);
  });

  it("is what the step says, where it says it", () => {
    expect(calls({ fifty }, { concurrency: 7 })).to.equal(7);
  });
});
