import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { describe, it } from "mocha";
import { flowWith, IntegrationHub } from "../../../components/index.ts";
import { pagesOf } from "../../../components/parts/dashboard.ts";
import { deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import partner from "../samples/partner.ts";
import shop from "../samples/shop.ts";

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly markdown?: string;
    readonly title?: string;
    readonly region?: string;
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

const deployWith = (waf = hubConfig().waf) =>
  deploy(() => {
    const flows = [shop, flowWith("acme", partner, { partner: "acme", limit: 9 })];
    return new IntegrationHub("hub", hubConfig({ waf }), { flows }).consoleLinks;
  });
let made: ReturnType<typeof deployWith> | undefined;
/** The hub with the web ACL, deployed once. */
const deployed = () => (made ??= deployWith());
const widgetsOf = ({ of }: Awaited<ReturnType<typeof deployWith>>) => {
  const { dashboardName, dashboardBody } = of("Dashboard", "hub-dashboard").inputs;
  expect(dashboardName).to.equal("hub-dev-hub-dashboard");
  return (JSON.parse(String(dashboardBody)) as { widgets: Widget[] }).widgets;
};

describe("dashboard", () => {
  it("has others beside it for flows that it can't hold: each with at most 500 widgets and 2,500 metrics", () => {
    const graph = (metrics: number) => ({ metrics: Array.from({ length: metrics }, () => []) });
    const lines = Array.from({ length: 1_000 }, (_, n) => ({ n, graphs: [graph(6), graph(1), graph(5), graph(n % 3 ? 5 : 40)] }));
    const pages = pagesOf(lines);
    expect(pages.flat().map(({ n }) => n)).to.deep.equal(lines.map(({ n }) => n));
    for (const page of pages) {
      expect(page.reduce((sum, { graphs }) => sum + 1 + graphs.length, 0)).to.be.at.most(500);
      expect(page.flatMap(({ graphs }) => graphs).reduce((sum, { metrics }) => sum + metrics.length, 0)).to.be.at.most(2_500);
    }
    expect(pages.length).to.be.within(11, 13);
    expect(pagesOf(lines.slice(0, 990)).slice(0, -1)).to.deep.equal(pages.slice(0, pagesOf(lines.slice(0, 990)).length - 1));
    expect(pagesOf([])).to.deep.equal([]);
  });

  it("has a row for the API and one for each flow, side by side and below each other", async () => {
    const widgets = widgetsOf(await deployed());
    expect(widgets.flatMap(({ properties: { markdown } }) => markdown ?? [])).to.deep.equal([
      "## API",
      "## Third parties",
      "## shop",
      "## acme",
    ]);
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, i) => `${x + (i % width)}/${y + Math.floor(i / width)}`),
    );
    expect(new Set(cells).size).to.equal(cells.length);
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).to.equal(24);
    for (const { type, properties } of widgets) if (type === "metric") expect(properties.region).to.equal("us-east-1");
  });

  it("shows of a flow its requests, attempts and waits, how old messages are, dead letters, errors and throttles", async () => {
    const widgets = widgetsOf(await deployed());
    const at = (heading: string) =>
      widgets.find(({ properties: { markdown } }) => markdown === heading)?.y ?? expect.fail(heading);
    const graphs = Object.fromEntries(
      widgets
        .filter(({ y, type }) => type === "metric" && y > at("## shop") && y < at("## acme"))
        .map(({ properties: { title, metrics } }) => [title, metrics]),
    );
    const functions = ["shop-price", "shop-settle", "shop-note", "shop-copy", "shop-parcel-ingress"];
    const queues = ["shop-price-queue", "shop-settle-queue", "shop-note-redrive", "shop-copy-queue"];
    const ofFlow = (name: string) => ["IntegrationHub", name, "Hub", "hub-state-name", "Flow", "shop"];
    expect(graphs).to.deep.equal({
      Requests: ["RequestsAccepted", "RequestsCompleted", "RequestsFailed", "RequestsCompensated"].map(ofFlow),
      "From accepted to the end, ms": [
        [...ofFlow("RequestMilliseconds"), { stat: "p50", label: "p50" }],
        [...ofFlow("RequestMilliseconds"), { label: "p99" }],
      ],
      Attempts: ["StepAttempts", "StepFailures", "ColdStarts"].map(ofFlow),
      "Attempts and waits in queues, ms": ["StepMilliseconds", "QueueMilliseconds"].map(ofFlow),
      "Oldest message, s": [
        ofFlow("OldestWaitSeconds"),
        ...queues.map((name) => ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", `${name}-name`]),
      ],
      "New dead letters": [ofFlow("RecordedDeadLetters")],
      Errors: functions.map((name) => ["AWS/Lambda", "Errors", "FunctionName", `${name}-name`]),
      Throttles: functions.map((name) => ["AWS/Lambda", "Throttles", "FunctionName", `${name}-name`]),
      "Completed within 1 minute for 99.9 %": ["RequestsInTime", "RequestsLate"].map(ofFlow),
    });
  });

  it("shows of each third party how long calls take, those that fail, waits and its breaker", async () => {
    const widgets = widgetsOf(await deployed());
    const { metrics = [] } = widgets.find(({ properties: { title } }) => title === "Calls, ms")?.properties ?? {};
    const parties = metrics.map((metric) => metric[5]);
    expect(parties.length).to.be.greaterThan(0);
    expect(metrics[0]).to.deep.equal([
      ...["IntegrationHub", "CallMilliseconds", "Hub", "hub-state-name", "ThirdParty", parties[0]],
      { label: parties[0] },
    ]);
    for (const title of ["Failed calls", "Waits for rate limits, ms", "Circuit breakers that opened"])
      expect(widgets.find(({ properties }) => properties.title === title)?.properties.metrics, title).to.have.length(
        parties.length,
      );
  });

  it("shows what the web ACL blocked, by the metric that the web ACL counts under, where there is one", async () => {
    const withAcl = await deployed();
    const { metricName } = withAcl.of("WebAcl", "hub-gateway-waf").inputs.visibilityConfig as { metricName: string };
    const blocked = (widgets: readonly Widget[]) =>
      widgets.find(({ properties: { title } }) => title === "Blocked by the web ACL")?.properties.metrics;
    expect(blocked(widgetsOf(withAcl))).to.deep.equal([
      ["AWS/WAFV2", "BlockedRequests", "WebACL", metricName, "Region", "us-east-1", "Rule", "ALL"],
    ]);
    expect(blocked(widgetsOf(await deployWith({ enabled: false, rateLimit: 10, bodyKilobytes: 1 })))).to.equal(undefined);
  });

  it("is linked to, as are bus, table, logs and traces", async () => {
    const { result } = await deployed();
    const links = await new Promise((done) => (result as pulumi.Output<unknown>).apply(done));
    const home = (service: string) => `https://us-east-1.console.aws.amazon.com/${service}/home?region=us-east-1#`;
    expect(links).to.deep.equal({
      bus: `${home("events")}/eventbus/hub-bus-name`,
      table: `${home("dynamodbv2")}table?name=hub-state-name`,
      logs: `${home("cloudwatch")}logsV2:logs-insights`,
      traces: `${home("cloudwatch")}xray:traces/query`,
      dashboard: `${home("cloudwatch")}dashboards/dashboard/hub-dev-hub-dashboard`,
    });
  });
});
