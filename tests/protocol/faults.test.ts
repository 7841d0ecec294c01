import { expect } from "chai";
import { describe, it } from "mocha";
import { type Fault, faultText } from "../../protocol/faults.ts";

describe("the text of a fault", () => {
  for (const [fault, text] of [
    [{ mode: "ok" }, "ok"],
    [{ mode: "error" }, "error 500"],
    [{ mode: "error", status: 422, times: 1 }, "error 422, 1 call"],
    [{ mode: "slow", delayMs: 50, probability: 0.5 }, "slow, 50 ms, 50 % of calls"],
    [{ mode: "rate-limit", retryAfter: 5, times: 2 }, "rate-limit, again after 5 s, 2 calls"],
    [{ mode: "hang", until: "2026-11-29T12:00:00Z" }, "hang, until 2026-11-29T12:00:00Z"],
  ] as const satisfies readonly (readonly [Omit<Fault, "target">, string])[])
    it(`is ${text}`, () => expect(faultText({ target: "erp", ...fault })).to.equal(text));
});
