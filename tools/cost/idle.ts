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
  // A trigger's schedule has an input; a poll's runs are counted with the poll.
  const calls = of("aws:scheduler/schedule:Schedule").filter(
    ({ target }) => (target as { readonly input?: unknown } | undefined)?.input === undefined,
  );
  return {
    SQS: queues * POLLS_A_MINUTE * MINUTES * PRICES.queueRequest,
    "Lambda, kept warm": warm * (largest / 1_024) * PRICES.hoursAMonth * 3_600 * PRICES.provisionedGbSecond,
    "Lambda, sweeper": calls.length * MINUTES * (PRICES.invocation + PRICES.scheduledCall + 0.1 * 0.25 * PRICES.gbSecond),
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

const FUNCTION = "aws:lambda/function:Function";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** An alarm by metric math is billed by the metrics that it watches. */
function metricsOf({ metricQueries }: CountedResource["props"]): number {
  if (!Array.isArray(metricQueries)) return 1;
  return (metricQueries as readonly { readonly metric?: unknown }[]).filter(({ metric }) => metric !== undefined).length;
}
