import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Slo } from "../../model/index.ts";
import { ABOUT, DIMENSION, METRIC, type Metric as MetricName, NAMESPACE } from "../../protocol/metrics.ts";
import type { ChildOptions } from "./customise.ts";

/** What the dashboard shows of one flow. */
export interface DashboardRow {
  readonly title: string;
  /** The flow's name. */
  readonly flow: string;
  readonly slo?: Slo;
  readonly queues: readonly aws.sqs.Queue[];
  readonly functions: readonly aws.lambda.Function[];
}

interface DashboardArgs {
  /** Names of the third parties. */
  readonly thirdParties: readonly string[];
  readonly api: aws.apigateway.RestApi;
  readonly table: Pick<aws.dynamodb.Table, "name">;
  /** Name of the web ACL's metric; absent where there is none. */
  readonly webAclMetric: string | undefined;
  /** Its region is the metrics'. */
  readonly busArn: pulumi.Output<string>;
  readonly rows: readonly DashboardRow[];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const COLUMNS = 24;
/** Graphs side by side. */
const MOST_ABREAST = 4;
const HEIGHT = 6;
const HEADING = 1;

type Metric = readonly (pulumi.Input<string> | object)[];
interface Line {
  readonly title: string;
  readonly graphs: readonly Graph[];
}
interface Graph {
  readonly title: string;
  /** Of the metrics that name none. */
  readonly stat: "Maximum" | "Sum" | "p99";
  readonly metrics: readonly Metric[];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
const MOST = { widgets: 500, metrics: 2_500 };
const MOST_METRICS_OF_GRAPH = 500;

/**
 * The hub's dashboard: a row for the API, one for the third parties, then one for each flow; and others, `<name>-2`, … for the flows that one can't hold.
 * @returns the first one
 */
export function dashboard(
  name: string,
  { api, table, webAclMetric, busArn, thirdParties, rows }: DashboardArgs,
  options: ChildOptions,
): aws.cloudwatch.Dashboard {
  const region = regionOf(busArn);
  const ofApi = (metric: string): Metric => ["AWS/ApiGateway", metric, "ApiName", api.name];
  const front: Graph[] = [
    { title: "Requests and errors", stat: "Sum", metrics: ["Count", "4XXError", "5XXError"].map(ofApi) },
    { title: "Latency, ms", stat: "p99", metrics: ["Latency", "IntegrationLatency"].map(ofApi) },
    ...(webAclMetric === undefined
      ? []
      : [{ title: "Blocked by the web ACL", stat: "Sum" as const, metrics: [blocked(webAclMetric, region)] }]),
    {
      title: "Dead letters to decide on",
      stat: "Maximum",
      metrics: [[NAMESPACE, METRIC.UnresolvedDeadLetters, DIMENSION, table.name]],
    },
  ];
  const calls = thirdParties.length === 0 ? [] : [{ title: "Third parties", graphs: callGraphs(thirdParties, table) }];
  const lines = [{ title: "API", graphs: front }, ...calls, ...rows.map((row) => lineOf(row, table))];
  const [first = lines, ...more] = pagesOf(lines);
  for (const [i, page] of more.entries()) made(`${name}-${i + 2}`, page, region, options);
  return made(name, first, region, options);
}

/** Fills one dashboard after the other, so that another flow at the end changes the last one alone. */
export function pagesOf<T extends { readonly graphs: readonly { readonly metrics: readonly unknown[] }[] }>(
  lines: readonly T[],
): readonly (readonly T[])[] {
  const pages: T[][] = [];
  let left = { widgets: 0, metrics: 0 };
  for (const line of lines) {
    const widgets = 1 + line.graphs.length;
    const metrics = line.graphs.reduce((sum, graph) => sum + graph.metrics.length, 0);
    if (widgets > left.widgets || metrics > left.metrics) {
      pages.push([]);
      left = MOST;
    }
    pages.at(-1)?.push(line);
    left = { widgets: left.widgets - widgets, metrics: left.metrics - metrics };
  }
  return pages;
}

interface FlowDashboardArgs {
  readonly row: DashboardRow;
  readonly table: Pick<aws.dynamodb.Table, "name">;
  /** Its region is the metrics'. */
  readonly busArn: pulumi.Output<string>;
}

/** Dashboard of a flow that has no row on the hub's. */
export const flowDashboard = (name: string, { row, table, busArn }: FlowDashboardArgs, options: ChildOptions) =>
  made(name, [lineOf(row, table)], regionOf(busArn), options);

const regionOf = (arn: pulumi.Output<string>) => arn.apply((text) => text.split(":")[3] ?? "");
const lineOf = (row: DashboardRow, table: FlowDashboardArgs["table"]): Line => ({
  title: row.title,
  graphs: graphsOf(row, table),
});

function made(name: string, lines: readonly Line[], region: pulumi.Input<string>, options: ChildOptions) {
  let y = 0;
  const widgets = lines.flatMap(({ title, graphs }) => {
    const top = y;
    y += HEADING + HEIGHT * Math.ceil(graphs.length / abreast(graphs));
    return widgetsOf(title, graphs, top, region);
  });
  return new aws.cloudwatch.Dashboard(
    name,
    // Pulumi does not make names of dashboards.
    { dashboardName: `${pulumi.getProject()}-${pulumi.getStack()}-${name}`, dashboardBody: pulumi.jsonStringify({ widgets }) },
    options,
  );
}

function graphsOf({ flow, slo, queues, functions }: DashboardRow, table: FlowDashboardArgs["table"]): readonly Graph[] {
  const ofFlow = (metric: MetricName): Metric => [NAMESPACE, metric, DIMENSION, table.name, ABOUT.flow, flow];
  const ofQueues = (metric: string, of: readonly aws.sqs.Queue[]) =>
    of.map((queue): Metric => ["AWS/SQS", metric, "QueueName", queue.name]);
  const ofFunctions = (metric: string) => functions.map((fn): Metric => ["AWS/Lambda", metric, "FunctionName", fn.name]);
  return [
    {
      title: "Requests",
      stat: "Sum",
      metrics: [METRIC.RequestsAccepted, METRIC.RequestsCompleted, METRIC.RequestsFailed, METRIC.RequestsCompensated].map(ofFlow),
    },
    {
      title: "From accepted to the end, ms",
      stat: "p99",
      metrics: [
        [...ofFlow(METRIC.RequestMilliseconds), { stat: "p50", label: "p50" }],
        [...ofFlow(METRIC.RequestMilliseconds), { label: "p99" }],
      ],
    },
    { title: "Attempts", stat: "Sum", metrics: [METRIC.StepAttempts, METRIC.StepFailures, METRIC.ColdStarts].map(ofFlow) },
    {
      title: "Attempts and waits in queues, ms",
      stat: "p99",
      metrics: [METRIC.StepMilliseconds, METRIC.QueueMilliseconds].map(ofFlow),
    },
    {
      title: "Oldest message, s",
      stat: "Maximum",
      metrics: [ofFlow(METRIC.OldestWaitSeconds), ...ofQueues("ApproximateAgeOfOldestMessage", queues)],
    },
    { title: "New dead letters", stat: "Sum", metrics: [ofFlow(METRIC.RecordedDeadLetters)] },
    { title: "Errors", stat: "Sum", metrics: ofFunctions("Errors") },
    { title: "Throttles", stat: "Sum", metrics: ofFunctions("Throttles") },
    ...(slo
      ? [{ title: titleOf(slo), stat: "Sum" as const, metrics: [METRIC.RequestsInTime, METRIC.RequestsLate].map(ofFlow) }]
      : []),
  ];
}

const titleOf = ({ completedWithin, for: share }: Slo) => `Completed within ${completedWithin} for ${share}`;

function callGraphs(thirdParties: readonly string[], table: FlowDashboardArgs["table"]): readonly Graph[] {
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html: 500 metrics a graph.
  const shown = thirdParties.slice(0, MOST_METRICS_OF_GRAPH);
  const ofAll = (metric: MetricName) =>
    shown.map((name): Metric => [NAMESPACE, metric, DIMENSION, table.name, ABOUT.thirdParty, name, { label: name }]);
  return [
    { title: "Calls, ms", stat: "p99", metrics: ofAll(METRIC.CallMilliseconds) },
    { title: "Failed calls", stat: "Sum", metrics: ofAll(METRIC.CallErrors) },
    { title: "Waits for rate limits, ms", stat: "p99", metrics: ofAll(METRIC.RateLimitMilliseconds) },
    { title: "Circuit breakers that opened", stat: "Sum", metrics: ofAll(METRIC.BreakerOpen) },
  ];
}

const blocked = (webAclMetric: string, region: pulumi.Input<string>): Metric => [
  "AWS/WAFV2",
  "BlockedRequests",
  "WebACL",
  webAclMetric,
  "Region",
  region,
  "Rule",
  "ALL",
];

const abreast = (graphs: readonly Graph[]): number => Math.min(MOST_ABREAST, graphs.length);

function widgetsOf(title: string, graphs: readonly Graph[], y: number, region: pulumi.Input<string>) {
  const columns = abreast(graphs);
  const width = COLUMNS / columns;
  return [
    { type: "text", x: 0, y, width: COLUMNS, height: HEADING, properties: { markdown: `## ${title}` } },
    ...graphs.map(({ title, stat, metrics }, i) => ({
      type: "metric",
      x: (i % columns) * width,
      y: y + HEADING + HEIGHT * Math.floor(i / columns),
      width,
      height: HEIGHT,
      properties: { title, stat, metrics, region, period: 300, view: "timeSeries" },
    })),
  ];
}
