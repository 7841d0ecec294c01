import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { MAX_HOPS } from "../../model/envelope.ts";
import { DEFAULT_MOST_PAGES } from "../../model/index.ts";
import {
  DEAD_LETTER_RETENTION_SECONDS,
  INPUT_LIFE_SECONDS,
  LARGEST_BODY_KB,
  LARGEST_CURSOR_KB,
  LONGEST_ANSWER_WAIT_SECONDS,
  LONGEST_PUT_OFF_SECONDS,
  MOST_COUNTED,
  QUEUE_RETENTION_SECONDS,
  RECORD_LIFE_SECONDS,
  REDRIVE_WINDOW_SECONDS,
} from "../../protocol/limits.ts";
import { NAME_LIMITS } from "../../protocol/name-limits.ts";
import { LARGEST_CALL } from "../../runtime/functions/ops/request.ts";
import {
  EXPIRY_MARGIN_SECONDS,
  LARGEST_COUNTED_BYTES,
  LARGEST_KEPT_BYTES,
  LARGEST_RESPONSE_BYTES,
  LARGEST_RESULT_BYTES,
  LONGEST_HIDE_SECONDS,
  LONGEST_IN_CALL_WAIT_MS,
  LONGEST_SLOT_WAIT_MS,
  LONGEST_WAIT_FOR_UNKNOWN_MS,
  REQUEST_LIFE_SECONDS,
  SECRET_LIFE_MS,
} from "../../runtime/limits.ts";

const page = readFileSync(new URL("../../docs/limits.md", import.meta.url), "utf8");
const rows = new Map(
  page.split("\n").flatMap((line) => {
    const [, what, limit] = line.split("|").map((cell) => cell.trim());
    return what && limit ? [[what, limit] as const] : [];
  }),
);

const days = (seconds: number) => `${seconds / 86_400} days`;
const kilobytes = (bytes: number) => `${bytes / 1_024} KB`;
const megabytes = (bytes: number) => `${bytes / 1_048_576} MB`;

describe("docs/limits.md", () => {
  it("states the limits of the code", () => {
    const limits: Readonly<Record<string, string>> = {
      "body of a request or a webhook": `${LARGEST_BODY_KB} KB`,
      "one event of a step's result": kilobytes(LARGEST_KEPT_BYTES),
      "all events of one result": megabytes(LARGEST_RESULT_BYTES),
      "one event of a poll's page": `${LARGEST_BODY_KB} KB`,
      "cursor of a poll": `${LARGEST_CURSOR_KB} KB`,
      "runs of a poll that a third party puts off": `${LONGEST_PUT_OFF_SECONDS / 3_600} hour`,
      "input of a step with `compensate`": kilobytes(LARGEST_KEPT_BYTES),
      "events in a row from the first one": `${MAX_HOPS}`,
      "events of a counted join": MOST_COUNTED.toLocaleString("en"),
      "all events of a counted join": megabytes(LARGEST_COUNTED_BYTES),
      "answer of a third party": megabytes(LARGEST_RESPONSE_BYTES),
      "pages of one listing, unless the operation says otherwise": `${DEFAULT_MOST_PAGES}`,
      "dead letters of one call of the ops API": `${LARGEST_CALL}`,
      "a message in a step's queue": days(QUEUE_RETENTION_SECONDS),
      "a dead letter": `${days(REDRIVE_WINDOW_SECONDS)} from its first failure`,
      "a delivery's record": days(RECORD_LIFE_SECONDS),
      "a request's input, to run it again": `${days(INPUT_LIFE_SECONDS)} after it began`,
      "a request's state": `${days(REQUEST_LIFE_SECONDS)} after its last event`,
      "one wait of a message: back-off, rate limit, hold": `${LONGEST_HIDE_SECONDS / 3_600} hours`,
      "one wait for a rate limit within a call": `${LONGEST_IN_CALL_WAIT_MS / 1_000} s`,
      "the same, once the time that the message reserved has come": `${LONGEST_SLOT_WAIT_MS / 1_000} s`,
      "a rotated secret is used after": `${SECRET_LIFE_MS / 60_000} min`,
      "one wait for the end of a request (`Prefer: wait`)": `${LONGEST_ANSWER_WAIT_SECONDS} s`,
      "the same, of a request that is unknown": `${LONGEST_WAIT_FOR_UNKNOWN_MS / 1_000} s`,
      "a queue": `${NAME_LIMITS["aws:sqs/queue:Queue"]} characters`,
    };
    for (const [what, limit] of Object.entries(limits)) expect(rows.get(what), what).to.equal(limit);
    const stated = [...rows.keys()].filter((what) => !/^(what|-+|a flow|a function, .*)$/.test(what));
    expect(stated).to.have.members(Object.keys(limits));
  });

  it("is true of what depends on several of them", () => {
    expect(EXPIRY_MARGIN_SECONDS).to.equal(3_600);
    expect(rows.get("a flow")).to.include("24 characters");
    for (const type of [
      "lambda/function:Function",
      "iam/role:Role",
      "scheduler/schedule:Schedule",
      "cloudwatch/eventRule:EventRule",
    ])
      expect(NAME_LIMITS[`aws:${type}`], type).to.equal(64);
    // A message is a dead letter before its queue drops it, and recorded before the dead-letter queue does.
    expect(QUEUE_RETENTION_SECONDS).to.be.below(DEAD_LETTER_RETENTION_SECONDS);
  });
});
