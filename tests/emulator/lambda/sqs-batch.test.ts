import { expect } from "chai";
import { describe, it } from "mocha";
import { failedMessages } from "../../../emulator/lambda/sqs-batch.ts";

const IDS = ["a", "b", "c"];
const failedOf = (payload: unknown, reports = true) => [...failedMessages(IDS, { ok: true, requestId: "r", payload }, reports)];

describe("lambda / SQS batch", () => {
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
    it(`evaluates ${what} as AWS does`, () => expect(failedOf(payload)).to.deep.equal(failed));
  }

  it("fails all messages when the function fails, with and without ReportBatchItemFailures", () => {
    const failure = { ok: false, requestId: "r", error: { errorType: "Error", errorMessage: "x" } } as const;
    expect([...failedMessages(IDS, failure, true)]).to.deep.equal(IDS);
    expect([...failedMessages(IDS, failure, false)]).to.deep.equal(IDS);
  });

  it("ignores the response without ReportBatchItemFailures", () =>
    expect(failedOf({ batchItemFailures: [{ itemIdentifier: "b" }] }, false)).to.deep.equal([]));
});
