import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type AlarmSpec, Alarms } from "../../../emulator/cloudwatch/alarms.ts";
import { emfValues } from "../../../emulator/cloudwatch/emf.ts";
import { type MetricStat, Metrics } from "../../../emulator/cloudwatch/metrics.ts";
import { watchedExpression, watchedMetric } from "../../../emulator/cloudwatch/watched.ts";
import { ManualClock } from "../endpoint/fixture.ts";

const MINUTE = 60_000;
const stat = (more: Partial<MetricStat> = {}): MetricStat => ({
  namespace: "Shop",
  metric: "Errors",
  dimensions: { Flow: "orders" },
  statistic: "Sum",
  period: 300,
  ...more,
});
const spec = (more: Partial<AlarmSpec> = {}): AlarmSpec => ({
  name: "errors",
  description: "",
  watched: watchedMetric(stat()),
  comparison: "GreaterThanThreshold",
  threshold: 0,
  evaluationPeriods: 1,
  missingData: "notBreaching",
  ...more,
});

describe("emulator / alarms", () => {
  let clock: ManualClock;
  let metrics: Metrics;
  let alarms: Alarms;
  beforeEach(() => {
    clock = new ManualClock(1_000 * MINUTE);
    metrics = new Metrics(clock);
    alarms = new Alarms(metrics, clock);
  });
  afterEach(() => alarms.stop());

  const put = (value: number, metric = "Errors") =>
    metrics.put({ namespace: "Shop", metric, dimensions: { Flow: "orders" }, value });
  const states = () => alarms.states().map(({ state, value }) => [state, value]);

  it("treat a metric without a value as CloudWatch does", async () => {
    for (const missingData of ["breaching", "notBreaching", "ignore", "missing", undefined] as const)
      alarms.put(String(missingData), spec({ missingData }));
    expect(states()).to.deep.equal([
      ["ALARM", null],
      ["OK", null],
      ["INSUFFICIENT_DATA", null],
      ["INSUFFICIENT_DATA", null],
      ["INSUFFICIENT_DATA", null],
    ]);
  });

  it("sum a period that ends with the current minute, and report since when they are in their state", async () => {
    const watched = watchedExpression([
      { id: "filled", expression: "FILL(errors, 0)", returned: true },
      { id: "errors", stat: stat(), returned: false },
    ]);
    alarms.put("errors", spec({ watched, threshold: 2 }));
    put(1);
    await clock.advance(4 * MINUTE);
    put(2);
    expect(states()).to.deep.equal([["ALARM", 3]]);
    const [alarm] = alarms.states();
    expect(alarm?.since).to.equal(clock.now());
    await clock.advance(MINUTE);
    expect(states()).to.deep.equal([["OK", 2]]);
  });

  it("take percentiles", async () => {
    alarms.put("latency", spec({ watched: watchedMetric(stat({ statistic: "p99" })), threshold: 90 }));
    for (let i = 1; i <= 100; i++) put(i);
    expect(states()).to.deep.equal([["ALARM", 99]]);
  });

  it("count the values above a bound, or between two", () => {
    alarms.put("slow", spec({ watched: watchedMetric(stat({ statistic: "TC(3:)" })), threshold: 1 }));
    alarms.put("some", spec({ watched: watchedMetric(stat({ statistic: "TC(1:3)" })), threshold: 5 }));
    alarms.put("fast", spec({ watched: watchedMetric(stat({ statistic: "TC(:1)" })), threshold: 5 }));
    for (const value of [1, 2, 3, 4, 5]) put(value);
    expect(states()).to.have.deep.members([
      ["ALARM", 2],
      ["OK", 2],
      ["OK", 1],
    ]);
  });

  it("know a metric by its exact dimensions", async () => {
    alarms.put("errors", spec());
    metrics.put({ namespace: "Shop", metric: "Errors", dimensions: { Flow: "orders", Step: "a" }, value: 1 });
    metrics.put({ namespace: "Shop", metric: "Errors", dimensions: {}, value: 1 });
    expect(states()).to.deep.equal([["OK", null]]);
  });

  it("look back as far as their evaluation periods need", async () => {
    alarms.put("daily", spec({ watched: watchedMetric(stat({ period: 3_600 })), evaluationPeriods: 3, missingData: "missing" }));
    for (let hour = 0; hour < 3; hour++) {
      put(hour);
      await clock.advance(60 * MINUTE);
    }
    put(3);
    expect(states()).to.deep.equal([["ALARM", 3]]);
  });

  it("wait for data in their warm-up, which ends with enough of them", async () => {
    const silent = spec({ comparison: "LessThanThreshold", threshold: 1, missingData: "breaching", warmUpMinutes: 30 });
    alarms.put("silent", silent);
    expect(states()).to.deep.equal([["INSUFFICIENT_DATA", null]]);
    put(1);
    expect(states()).to.deep.equal([["OK", 1]]);
    alarms.put("another", { ...silent, watched: watchedMetric(stat({ metric: "Beats" })) });
    await clock.advance(31 * MINUTE);
    expect(states()).to.deep.equal([
      ["ALARM", null],
      ["ALARM", null],
    ]);
  });

  it("read values, arrays of values and each set of dimensions of a log line", async () => {
    const line = {
      _aws: {
        Timestamp: 1,
        CloudWatchMetrics: [
          {
            Namespace: "Shop",
            Dimensions: [["Flow"], ["Flow", "Step"], ["Missing"]],
            Metrics: [{ Name: "Errors" }, { Name: "Waits" }],
          },
          { Namespace: "", Dimensions: [["Flow"]], Metrics: [{ Name: "Errors" }] },
        ],
      },
      Flow: "orders",
      Step: "pay",
      Errors: 1,
      Waits: [3, 4, "5"],
    };
    const of = (dimensions: object) => [
      { namespace: "Shop", metric: "Errors", dimensions, value: 1 },
      { namespace: "Shop", metric: "Waits", dimensions, value: 3 },
      { namespace: "Shop", metric: "Waits", dimensions, value: 4 },
    ];
    expect(emfValues(line)).to.deep.equal([...of({ Flow: "orders" }), ...of({ Flow: "orders", Step: "pay" })]);
    expect(emfValues({ message: "a plain line" })).to.deep.equal([]);
    expect(emfValues("text")).to.deep.equal([]);
  });
});
