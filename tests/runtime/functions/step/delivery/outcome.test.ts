import { expect } from "chai";
import { describe, it } from "mocha";
import { type Retry, RetryLaterError, TerminalError } from "../../../../../model/index.ts";
import type { Cause } from "../../../../../runtime/envelope/cause.ts";
import { RetryableError } from "../../../../../runtime/errors.ts";
import { PostponedError, UsedUpError } from "../../../../../runtime/functions/step/delivery/errors.ts";
import { decideOutcome, type Outcome } from "../../../../../runtime/functions/step/delivery/outcome.ts";
import type { DeliveryRecord } from "../../../../../runtime/functions/step/delivery/record.ts";
import type { Attempt } from "../../../../../runtime/functions/step/delivery/records.ts";
import type { Arrival, Run } from "../../../../../runtime/functions/step/delivery/run.ts";
import { TableBusyError } from "../../../../../runtime/ports.ts";

const NOW = Date.parse("2026-11-24T10:00:00.000Z");
const STARTED = "2026-11-24T09:00:00.000Z";
const DAY_MS = 86_400_000;
const retry: Retry = { attempts: 3, backoff: "4 seconds", ceiling: "1 hour" };

const message = (more: Partial<NonNullable<Arrival["message"]>> = {}): Arrival => ({
  body: "{}",
  beganAt: NOW,
  endsAt: NOW + 30_000,
  alone: true,
  message: { id: "m-1", receiptHandle: "rh-1", receives: 3, sentAt: NOW - 1_000, redriven: false, attempts: 0, ...more },
});
const old = message({ sentAt: NOW - 4 * DAY_MS });
const direct: Arrival = { ...message(), message: undefined };
const cause = { delivery: "d-1" } as Cause;
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  number: 5,
  inSeries: 2,
  owner: "o",
  startedAt: STARTED,
  before: undefined,
  last: false,
  unknown: [],
  unreadable: {},
  answers: {},
  slots: [],
  died: undefined,
  ...more,
});
const down = Object.assign(new Error("the ERP is down"), { code: "ERP_DOWN" });
const failure = { code: "ERP_DOWN", message: "the ERP is down" };
const later = new RetryLaterError("busy", { after: "90 seconds", code: "BUSY" });
const busy = { code: "BUSY", message: "busy" };
const expiring = (code: string, text: string) => ({
  code: "EXPIRING",
  message: `the message would expire in its queue before the next attempt. Send it back from the dead letters. The last failure was ${code}: ${text}`,
});
const record = { state: "waiting", attempts: 6, startedAt: STARTED, failure } as DeliveryRecord;
const begun = { arrival: message(), cause, attempt: attempt() };

type Situation = Pick<Run, "arrival" | "cause" | "attempt" | "entries">;
const table: readonly [title: string, situation: Situation, error: unknown, outcome: Outcome][] = [
  ["an event that was not read", { arrival: message() }, down, { kind: "return", failure }],
  [
    "a message that waits for another one",
    begun,
    new PostponedError("busy", NOW + 1_500),
    { kind: "postpone", reason: "busy", seconds: 2 },
  ],
  [
    "a message that waited for another one until a moment ago",
    begun,
    new PostponedError("busy", NOW - 5_000),
    { kind: "postpone", reason: "busy", seconds: 1 },
  ],
  ["a stored result", { ...begun, entries: [] }, down, { kind: "publish-later", failure, seconds: 8 }],
  [
    "a stored result whose message expires",
    { ...begun, arrival: old, entries: [] },
    down,
    { kind: "dead-letter-result", failure, attempts: 5 },
  ],
  [
    "used-up attempts",
    { arrival: message(), cause },
    new UsedUpError(record),
    { kind: "dead-letter", failure, attempts: 6, startedAt: STARTED, terminal: false },
  ],
  [
    "a last attempt that crashed",
    { arrival: message(), cause },
    new UsedUpError({ ...record, state: "running", failure: undefined }),
    {
      kind: "dead-letter",
      failure: {
        code: "ATTEMPTS_USED_UP",
        message: "attempt 6, the last one, ended without an answer: its function crashed or timed out.",
      },
      attempts: 6,
      startedAt: STARTED,
      terminal: false,
    },
  ],
  [
    "a TerminalError",
    begun,
    new TerminalError("no", { code: "NO" }),
    { kind: "dead-letter", failure: { code: "NO", message: "no" }, attempts: 5, startedAt: STARTED, terminal: true },
  ],
  [
    "a TerminalError before the attempt",
    { arrival: message(), cause },
    new TerminalError("no", { code: "NO" }),
    {
      kind: "dead-letter",
      failure: { code: "NO", message: "no" },
      attempts: 1,
      startedAt: "2026-11-24T10:00:00.000Z",
      terminal: true,
    },
  ],
  [
    "a table that failed before the attempt",
    { arrival: message(), cause },
    new RetryableError("DELIVERY_CONTENDED", "contended"),
    { kind: "begin-later", failure: { code: "DELIVERY_CONTENDED", message: "contended" }, seconds: 8 },
  ],
  [
    "a failure before the attempt of a message that expires",
    { arrival: old, cause },
    down,
    {
      kind: "dead-letter",
      failure: expiring("ERP_DOWN", "the ERP is down"),
      attempts: 1,
      startedAt: "2026-11-24T10:00:00.000Z",
      terminal: false,
    },
  ],
  ["an attempt", begun, down, { kind: "retry", failure, seconds: 4, attempt: attempt(), counts: true }],
  [
    "the last attempt",
    { ...begun, attempt: attempt({ last: true }) },
    down,
    { kind: "dead-letter", failure, attempts: 5, startedAt: STARTED, terminal: false },
  ],
  [
    "an attempt whose message expires",
    { ...begun, arrival: old },
    down,
    {
      kind: "dead-letter",
      failure: expiring("ERP_DOWN", "the ERP is down"),
      attempts: 5,
      startedAt: STARTED,
      terminal: false,
    },
  ],
  ["a RetryLaterError", begun, later, { kind: "retry", failure: busy, seconds: 90, attempt: attempt(), counts: false }],
  [
    "a RetryLaterError of the last attempt",
    { ...begun, attempt: attempt({ last: true }) },
    later,
    { kind: "retry", failure: busy, seconds: 90, attempt: attempt({ last: true }), counts: false },
  ],
  [
    "a RetryLaterError where delivery is direct",
    { ...begun, arrival: direct },
    later,
    { kind: "retry", failure: busy, seconds: 4, attempt: attempt(), counts: true },
  ],
  [
    "a RetryLaterError of the last attempt where delivery is direct",
    { ...begun, arrival: direct, attempt: attempt({ last: true }) },
    later,
    { kind: "dead-letter", failure: busy, attempts: 5, startedAt: STARTED, terminal: false },
  ],
  [
    "a RetryLaterError whose message expires",
    { ...begun, arrival: old },
    later,
    { kind: "dead-letter", failure: expiring("BUSY", "busy"), attempts: 5, startedAt: STARTED, terminal: false },
  ],
  [
    "a throttled table, on the last attempt",
    { ...begun, attempt: attempt({ last: true }) },
    new TableBusyError("throttled"),
    {
      kind: "retry",
      failure: { code: "TABLE_BUSY", message: "throttled" },
      seconds: 8,
      attempt: attempt({ last: true }),
      counts: false,
    },
  ],
  [
    "a value that is no Error",
    begun,
    "odd",
    { kind: "retry", failure: { code: "UNKNOWN", message: "odd" }, seconds: 4, attempt: attempt(), counts: true },
  ],
];

describe("step / outcome of a failure", () => {
  for (const [title, situation, error, outcome] of table)
    it(`of ${title} is ${outcome.kind}`, () => {
      expect(decideOutcome(situation, error, { retry, now: NOW, random: 0.5 })).to.eql(outcome);
    });
});
