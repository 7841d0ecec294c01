import { expect } from "chai";
import { describe, it } from "mocha";
import { type AlarmSpec, Alarms } from "../../../emulator/cloudwatch/alarms.ts";
import type { Queues } from "../../../emulator/sqs/queues.ts";

const spec = (missingData: AlarmSpec["missingData"]): AlarmSpec => ({
  name: "drift",
  description: "",
  namespace: "hub",
  metric: "Drift",
  dimensions: {},
  comparison: "GreaterThanThreshold",
  threshold: 0,
  missingData,
});

describe("emulator / alarms", () => {
  it("treat a metric without a value as CloudWatch does", () => {
    const alarms = new Alarms({} as Queues);
    const treatments = ["breaching", "notBreaching", "ignore", "missing", undefined] as const;
    for (const missingData of treatments) alarms.put(String(missingData), spec(missingData));
    expect(alarms.states().map(({ state, value }) => [state, value])).to.deep.equal([
      ["ALARM", null],
      ["OK", null],
      ["INSUFFICIENT_DATA", null],
      ["INSUFFICIENT_DATA", null],
      ["INSUFFICIENT_DATA", null],
    ]);
  });
});
