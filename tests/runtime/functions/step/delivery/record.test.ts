import { expect } from "chai";
import { describe, it } from "mocha";
import { type DeliveryRecord, decide } from "../../../../../runtime/functions/step/delivery/record.ts";

const NOW = 1_000_000;
const record = (more: Partial<DeliveryRecord>): DeliveryRecord => ({
  state: "running",
  attempts: 3,
  attemptsBefore: 0,
  owner: "o",
  leaseUntil: NOW,
  alone: true,
  startedAt: "",
  failure: undefined,
  unknown: [],
  unreadable: {},
  answers: {},
  slots: [],
  entries: [],
  final: false,
  deadMessage: "",
  series: "",
  ...more,
});
const on = (fixture: DeliveryRecord, id: string, redriven: boolean) => decide(fixture, NOW, 3, { id, redriven });

describe("delivery record / a crash on the last attempt, which was not recorded", () => {
  it("is used up for the message itself, and for Lambda's own retry", () => {
    expect(on(record({}), "m-1", false)).to.equal("used-up");
    expect(on(record({}), "", false)).to.equal("used-up");
  });

  it("is retried when its dead letter is redriven, once per message", () => {
    expect(on(record({}), "m-2", true)).to.equal("again");
    expect(on(record({ attempts: 6, attemptsBefore: 3, series: "m-2" }), "m-2", true)).to.equal("used-up");
    expect(on(record({ attempts: 6, attemptsBefore: 3, series: "m-2" }), "m-3", true)).to.equal("again");
  });

  it("waits for the lease of the attempt", () => {
    expect(on(record({ leaseUntil: NOW + 1 }), "m-2", true)).to.equal("busy");
  });
});
