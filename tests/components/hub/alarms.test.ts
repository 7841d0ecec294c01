import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import { parseMath } from "../../../emulator/cloudwatch/metric-math.ts";
import type { Flow } from "../../../model/index.ts";
import { type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import large from "../samples/large.ts";
import shop from "../samples/shop.ts";

interface Query {
  readonly id: string;
  readonly expression?: string;
  readonly metric?: {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly stat: string;
    readonly period: number;
  };
}

describe("alarms", () => {
  let deployed: Deployment<unknown>;
  before(async () => {
    deployed = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [shop, large] as readonly Flow[] }));
  });
  const queriesOf = (name: string) => deployed.of("MetricAlarm", name).inputs.metricQueries as readonly Query[];
  const expressionOf = (name: string) => queriesOf(name).find(({ expression }) => expression !== undefined)?.expression;
  const watchedBy = (name: string) =>
    queriesOf(name).flatMap(({ metric }) =>
      metric ? [`${metric.metricName} ${Object.values(metric.dimensions).sort().join(" ")}`] : [],
    );

  it("watch at most ten metrics of one period, by ids of their own", () => {
    for (const { name, inputs } of deployed.resources.filter(({ type }) => type.endsWith(":MetricAlarm"))) {
      const queries = (inputs.metricQueries ?? []) as readonly Query[];
      const metrics = queries.flatMap(({ metric }) => metric ?? []);
      expect(metrics.length, name).to.be.at.most(10);
      expect(new Set(queries.map(({ id }) => id)).size, name).to.equal(queries.length);
      expect(new Set(metrics.map(({ period }) => period)).size, name).to.be.at.most(1);
    }
  });

  it("of a flow with many steps are several of a kind, which watch each function, queue and rule once", () => {
    for (const [kind, metric, count] of [
      ["errors", "Errors", 3],
      ["undelivered", "FailedInvocations", 3],
      ["waiting", "ApproximateAgeOfOldestMessage", 2],
    ] as const) {
      const names = Array.from({ length: count }, (_, i) => `large-${kind}${i === 0 ? "" : `-${i + 1}`}`);
      const watched = names.flatMap(watchedBy).filter((one) => one.startsWith(`${metric} `));
      expect(watched, kind).to.have.length(11);
      expect(new Set(watched).size, kind).to.equal(11);
      expect(deployed.resources.filter(({ name }) => name === `large-${kind}-${count + 1}`)).to.deep.equal([]);
    }
  });

  it("leave answers out of the slow ones that their callers preferred to wait for", () => {
    const share = (values: Readonly<Record<string, number | undefined>>) =>
      parseMath(expressionOf("hub-gateway-latency") ?? "")({ of: (id) => [values[id]], metricIds: Object.keys(values) });
    expect(share({ requests: 200, slow: 5, heldBack: 4 })).to.deep.equal([0.5]);
    expect(share({ requests: 200, slow: 5, heldBack: undefined })).to.deep.equal([2.5]);
    expect(share({ requests: 200, slow: undefined, heldBack: undefined })).to.deep.equal([0]);
    expect(share({ requests: undefined, slow: undefined, heldBack: undefined })).to.deep.equal([0]);
    expect(queriesOf("hub-gateway-latency").map(({ metric }) => metric?.stat)).to.include("TC(3000:)");
  });

  it("count a metric without data as 0", () => {
    expect(expressionOf("shop-dead-letters-recorded")).to.equal("SUM([FILL(m0, 0)])");
    expect(watchedBy("shop-dead-letters-recorded")).to.deep.equal(["RecordedDeadLetters hub-state-name shop"]);
    expect(expressionOf("shop-dead-letters-unrecorded")).to.equal("SUM([FILL(m0, 0), FILL(m1, 0)])");
    expect(watchedBy("shop-dead-letters-unrecorded")).to.deep.equal([
      "ApproximateNumberOfMessagesVisible shop-dead-letters-name",
      "ApproximateNumberOfMessagesNotVisible shop-dead-letters-name",
    ]);
  });

  it("watch how long messages wait in each queue, also of a join with a deadline, whose parts don't wait there", () => {
    const watched = watchedBy("shop-waiting");
    expect(watched[0]).to.equal("OldestWaitSeconds hub-state-name shop");
    const settle = watched.findIndex((metric) => metric.endsWith(" shop-settle-queue-name"));
    const terms = expressionOf("shop-waiting")?.slice("MAX([".length, -"])".length).split(", FILL");
    expect(terms?.[settle]).to.equal(`(m${settle}, 0)`);
    expect(terms?.filter((term) => term.includes(" - "))).to.have.length(0);
    expect(deployed.of("MetricAlarm", "shop-waiting").inputs.threshold).to.equal(3_600);
  });

  it("of an objective are two, for a fast and for a slow burn of its error budget", () => {
    const found = ["fast", "slow"].map((kind) => {
      const name = `shop-slo-${kind}-burn`;
      const { threshold, evaluationPeriods, treatMissingData } = deployed.of("MetricAlarm", name).inputs;
      const period = queriesOf(name)[1]?.metric?.period;
      return { threshold, evaluationPeriods, treatMissingData, period, watches: watchedBy(name) };
    });
    const both = {
      evaluationPeriods: 1,
      treatMissingData: "notBreaching",
      watches: ["RequestsLate hub-state-name shop", "RequestsInTime hub-state-name shop"],
    };
    expect(found).to.deep.equal([
      { ...both, threshold: 1.44, period: 3_600 },
      { ...both, threshold: 0.6, period: 21_600 },
    ]);
    expect(deployed.resources.filter(({ name }) => name.startsWith("large-slo"))).to.deep.equal([]);
  });

  it("of an objective ring for three late requests of a few, not for two, nor for a share that the budget allows", () => {
    const readings = (name: string, late: number | undefined, intime: number | undefined) => {
      const values: Readonly<Record<string, number | undefined>> = { late, intime };
      return parseMath(expressionOf(name) ?? "")({ of: (id) => [values[id]], metricIds: [] });
    };
    expect(readings("shop-slo-fast-burn", undefined, undefined)).to.deep.equal([0]);
    expect(readings("shop-slo-fast-burn", 2, 1)).to.deep.equal([0]);
    expect(readings("shop-slo-fast-burn", 3, undefined)).to.deep.equal([100]);
    expect(readings("shop-slo-fast-burn", 10, 990)).to.deep.equal([1]);
  });

  it("know a sweeper that is silent, and give it time to begin", () => {
    expect(deployed.of("MetricAlarm", "hub-sweeper-silent").inputs).to.deep.include({
      metricName: "UnresolvedDeadLetters",
      statistic: "SampleCount",
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      period: 60,
      evaluationPeriods: 10,
      treatMissingData: "breaching",
      warmUpConfiguration: { warmUpPeriodDurationInMinutes: 30 },
    });
  });

  it("watch the hub's own functions, its ledger, its table with each index, and each third party", () => {
    const functions = ["hub-errors", "hub-errors-2"].flatMap(watchedBy).filter((metric) => metric.startsWith("Errors "));
    expect(functions.sort()).to.deep.equal(
      ["authorizer", "ledger", "ops", "recorder", "status", "sweeper"].map((own) => `Errors hub-${own}-name`),
    );
    expect(watchedBy("hub-ledger-waiting")[1]).to.equal("ApproximateAgeOfOldestMessage hub-ledger-queue-name");
    expect(watchedBy("hub-ledger-undelivered")).to.have.length(2);
    expect(watchedBy("hub-table-throttled")).to.have.length(10);
    const parties = deployed.resources.filter(({ type }) => type.endsWith("ThirdPartyAdapter")).map(({ name }) => name);
    for (const party of parties) {
      expect(watchedBy(`${party}-breaker-open`)[0]).to.match(/^BreakerOpen hub-state-name /);
      expect(watchedBy(`${party}-contract-drift`)[0]).to.match(/^ContractDrift hub-state-name /);
    }
  });
});
