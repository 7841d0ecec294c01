import { expect } from "chai";
import { describe, it } from "mocha";
import { RetryLaterError, TerminalError } from "../../../../model/index.ts";
import { RetryableError } from "../../../../runtime/errors.ts";
import { problemOf } from "../../../../runtime/functions/sync/problem-of.ts";
import { badRequest, problemResponse } from "../../../../runtime/http/problem.ts";

const coded = (code: string) => Object.assign(new TypeError("odd"), { code });

describe("synchronous endpoint / the code of a problem", () => {
  for (const [what, error, status, code] of [
    ["a handler's TerminalError", new TerminalError("no such tariff", { code: "NO_TARIFF" }), 422, "NO_TARIFF"],
    ["one without a code", new TerminalError("no such tariff"), 422, "TERMINAL"],
    [
      "a handler's RetryLaterError",
      new RetryLaterError("later", { after: "9 seconds", code: "STOCKTAKING" }),
      503,
      "STOCKTAKING",
    ],
    ["a hold", new RetryLaterError("held", { after: "9 seconds", code: "HELD" }), 503, "HELD"],
    ["a third party that is down", new RetryableError("THIRD_PARTY_FAILED", "500"), 503, "THIRD_PARTY_FAILED"],
    ["a third party that refuses", new TerminalError("400", { code: "THIRD_PARTY_REFUSED" }), 502, "THIRD_PARTY_REFUSED"],
    ["no answer in time", new RetryableError("TIMEOUT", "late"), 504, "TIMEOUT"],
    ["an unfit result", new TerminalError("no answer", { code: "INVALID_RESULT" }), 500, undefined],
    ["a mistake", new TypeError("x is undefined"), 500, undefined],
    ["a library's code", coded("ECONNREFUSED"), 500, undefined],
    ["a request that does not match", badRequest("no id"), 400, undefined],
  ] as const)
    it(`of ${what} is ${code ?? "absent"}`, () => {
      const body: unknown = JSON.parse(problemResponse(problemOf(error), "r-1").body);
      expect(body).to.include({ status, requestId: "r-1" });
      expect((body as { code?: string }).code).to.equal(code);
    });
});
