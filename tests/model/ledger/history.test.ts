import { expect } from "chai";
import { describe, it } from "mocha";
import { graph } from "../../../model/index.ts";
import { hasGap } from "../../../model/ledger/history.ts";
import { diamond } from "../samples.ts";

const flow = graph(diamond);
const acted = (...steps: string[]) => ({
  events: [],
  deliveries: steps.map((step) => ({
    step,
    delivery: step,
    causes: [],
    status: "succeeded" as const,
    attempts: 1,
    startedAt: "",
    finishedAt: "",
    emitted: [],
  })),
});

describe("hasGap", () => {
  it("is true while later steps have reported and an earlier one has not", () => {
    expect(hasGap(flow, acted("finish"), [{ step: "find", status: "pending" }])).to.equal(true);
    expect(hasGap(flow, acted("finish"), [{ step: "check", status: "pending" }])).to.equal(true);
  });
  it("ignores parallel and later steps", () => {
    expect(hasGap(flow, acted("check", "price"), [{ step: "find", status: "pending" }])).to.equal(false);
    expect(hasGap(flow, acted("check"), [{ step: "finish", status: "pending" }])).to.equal(false);
  });
  it("is false once the step has reported", () => {
    expect(hasGap(flow, acted("finish"), [{ step: "find", status: "retrying" }])).to.equal(false);
  });
});
