import { expect } from "chai";
import { describe, it } from "mocha";
import {
  DEAD_LETTER_RETENTION_SECONDS,
  DIRECT_ATTEMPTS,
  QUEUE_RETENTION_SECONDS,
  RECORD_LIFE_SECONDS,
  REDRIVE_WINDOW_SECONDS,
} from "../../protocol/limits.ts";

describe("limits", () => {
  it("keep a message in its queue for less time than in the dead letters", () =>
    expect(QUEUE_RETENTION_SECONDS).to.be.below(DEAD_LETTER_RETENTION_SECONDS));
  it("let a delivery record outlive every dead letter", () =>
    expect(RECORD_LIFE_SECONDS).to.be.above(DEAD_LETTER_RETENTION_SECONDS).and.above(REDRIVE_WINDOW_SECONDS));
  it("allow as many direct attempts as Lambda makes", () => expect(DIRECT_ATTEMPTS).to.equal(3));
});
