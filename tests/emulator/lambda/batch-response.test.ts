import { expect } from "chai";
import { describe, it } from "mocha";
import { failedMessages } from "../../../emulator/lambda/batch-response.ts";

const IDS = ["a", "b", "c"];
const of = (payload: unknown, reports = true) => [...failedMessages(IDS, { ok: true, requestId: "r", payload }, reports)];

describe("local / lambda / batch response", () => {
  for (const [what, payload, failed] of [
    ["null", null, []],
    ["an empty object", {}, []],
    ["an empty list", { batchItemFailures: [] }, []],
    ["a list of null", { batchItemFailures: null }, []],
    ["one failure", { batchItemFailures: [{ itemIdentifier: "b" }] }, ["b"]],
    ["the same failure twice", { batchItemFailures: [{ itemIdentifier: "b" }, { itemIdentifier: "b" }] }, ["b"]],
    ["an unknown id", { batchItemFailures: [{ itemIdentifier: "a" }, { itemIdentifier: "z" }] }, IDS],
    ["an empty id", { batchItemFailures: [{ itemIdentifier: "" }] }, IDS],
    ["a null id", { batchItemFailures: [{ itemIdentifier: null }] }, IDS],
    ["a wrong key", { batchItemFailures: [{ id: "a" }] }, IDS],
    ["no list", { batchItemFailures: "a" }, IDS],
    ["a text", "done", IDS],
    ["a bare list", [{ itemIdentifier: "a" }], IDS],
  ] as const) {
    it(`takes ${what} as AWS does`, () => expect(of(payload)).to.deep.equal(failed));
  }

  it("fails all when the function fails, whether it reports or not", () => {
    const failure = { ok: false, requestId: "r", error: { errorType: "Error", errorMessage: "x" } } as const;
    expect([...failedMessages(IDS, failure, true)]).to.deep.equal(IDS);
    expect([...failedMessages(IDS, failure, false)]).to.deep.equal(IDS);
  });

  it("reads no answer of a function that does not report", () =>
    expect(of({ batchItemFailures: [{ itemIdentifier: "b" }] }, false)).to.deep.equal([]));
});
