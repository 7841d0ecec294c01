import { expect } from "chai";
import { describe, it } from "mocha";
import { DEFAULTS } from "../../components/parts/defaults.ts";
import { QUEUE_RETENTION_SECONDS, RECORD_LIFE_SECONDS } from "../../runtime/limits.ts";

describe("limits", () => {
  it("know how long a step's queue keeps a message", () => expect(QUEUE_RETENTION_SECONDS).to.equal(DEFAULTS.queueRetention));
  it("let a delivery record outlive every dead letter", () =>
    expect(RECORD_LIFE_SECONDS).to.be.above(DEFAULTS.deadLetterRetention));
});
