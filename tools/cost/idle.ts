import { nextCronRun, parseSchedule } from "../../model/index.ts";
import type { CountedResource } from "../../policy/quotas.ts";
import { PRICES } from "./prices.ts";
import type { Costs } from "./variable.ts";

/** Lambda polls a queue with five long polls of up to 20 seconds. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const POLLS_A_MINUTE = (5 * 60) / 20;
const MINUTES = PRICES.hoursAMonth * 60;

/** What a stack costs a month without a request, by service: of its recorded resources. */
export function idleCosts(resources: readonly CountedResource[]): Costs {
  const of = (type: string) => resources.filter((resource) => resource.type === type).map(({ props }) => props);
  const sum = (type: string, one: (props: CountedResource["props"]) => number) =>
    of(type).reduce((all, props) => all + one(props), 0);
  const memory = new Map(
    resources.flatMap(({ type, name, props }) => (type === FUNCTION ? [[name, Number(props.memorySize ?? 128)]] : [])),
  );
  const warm = sum(
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    ({ provisionedConcurrentExecutions }) => Number(provisionedConcurrentExecutions ?? 0),
  );
  const largest = Math.max(128, ...memory.values());
  const queues = of("aws:lambda/eventSourceMapping:EventSourceMapping").length;
  const scheduled = sum("aws:scheduler/schedule:Schedule", (props) =>
    invokesFunction(props) ? runsAMonth(String(props.scheduleExpression)) : 0,
  );
  return {
    SQS: queues * POLLS_A_MINUTE * MINUTES * PRICES.queueRequest,
    "Lambda, kept warm": warm * (largest / 1_024) * PRICES.hoursAMonth * 3_600 * PRICES.provisionedGbSecond,
    "Lambda, sweeper and polls": scheduled * (PRICES.invocation + PRICES.scheduledCall + 0.1 * 0.25 * PRICES.gbSecond),
    // A poll that finds nothing new; of the sweeper's the figure is about the same.
    "DynamoDB, sweeper and polls": scheduled * 2 * (PRICES.readUnit + PRICES.writeUnit),
    "CloudWatch alarms": sum(ALARM, metricsOf) * PRICES.alarmMetricMonth,
    "CloudWatch dashboards": of("aws:cloudwatch/dashboard:Dashboard").length * PRICES.dashboardMonth,
    // The sweeper's two: a metric costs only in hours in which it has a value. What requests report is counted with them.
    "CloudWatch metrics": 2 * PRICES.customMetricMonth,
    WAF: sum(
      "aws:wafv2/webAcl:WebAcl",
      ({ rules }) => PRICES.webAclMonth + (Array.isArray(rules) ? rules.length : 0) * PRICES.wafRuleMonth,
    ),
    "Secrets Manager": of("aws:secretsmanager/secret:Secret").length * PRICES.secretMonth,
    "API Gateway, cache":
      sum("aws:apigateway/stage:Stage", ({ cacheClusterSize }) => PRICES.cacheHour[String(cacheClusterSize ?? 0)] ?? 0) *
      PRICES.hoursAMonth,
    "NAT gateways": of("aws:ec2/natGateway:NatGateway").length * PRICES.natHour * PRICES.hoursAMonth,
  };
}

/** A schedule whose target is no function publishes an event, and is paid by the request. */
const invokesFunction = ({ state, target }: CountedResource["props"]) =>
  state !== "DISABLED" && (target as { readonly eventbridgeParameters?: unknown }).eventbridgeParameters === undefined;

const FROM = Date.parse("2030-01-01T00:00:00Z");
const YEAR_MS = 365 * 86_400_000;
/** Of a cron schedule that are counted, from the first minute of a year. */
const MOST_RUNS = 5_000;

function runsAMonth(expression: string): number {
  const month = PRICES.hoursAMonth * 3_600_000;
  const times = parseSchedule(expression);
  if (times.kind === "rate") return month / times.everyMs;
  let [runs, at] = [0, FROM];
  for (;;) {
    const next = nextCronRun(times, at);
    if (next === undefined || next >= FROM + YEAR_MS) return (month * runs) / YEAR_MS;
    [runs, at] = [runs + 1, next];
    if (runs === MOST_RUNS) return (month * runs) / (at - FROM);
  }
}

const FUNCTION = "aws:lambda/function:Function";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** An alarm by metric math is billed by the metrics that it watches. */
function metricsOf({ metricQueries }: CountedResource["props"]): number {
  if (!Array.isArray(metricQueries)) return 1;
  return (metricQueries as readonly { readonly metric?: unknown }[]).filter(({ metric }) => metric !== undefined).length;
}
