import type { Json } from "../endpoint/service.ts";
import type { Undeliverable } from "../events/deliveries.ts";
import type { Measurement } from "./metrics.ts";

const READS = new Set(["GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"]);

interface ThrottledCall {
  readonly target: string;
  readonly operation: string;
  readonly input: Json;
}

/**
 * What DynamoDB measures of a throttled request: events of the table or of its index, and the request by its operation.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export function throttleMetrics({ target, operation, input }: ThrottledCall): readonly Measurement[] {
  if (target !== "DynamoDB_20120810") return [];
  const batch = typeof input.RequestItems === "object" && input.RequestItems !== null ? Object.keys(input.RequestItems) : [];
  const tables = typeof input.TableName === "string" ? [input.TableName] : batch;
  const index = typeof input.IndexName === "string" ? { GlobalSecondaryIndexName: input.IndexName } : {};
  const metric = READS.has(operation) ? "ReadThrottleEvents" : "WriteThrottleEvents";
  return tables.flatMap((TableName) => [
    { namespace: "AWS/DynamoDB", metric, dimensions: { TableName, ...index }, value: 1 },
    { namespace: "AWS/DynamoDB", metric: "ThrottledRequests", dimensions: { TableName, Operation: operation }, value: 1 },
  ]);
}

/**
 * What EventBridge measures of an event that it gave up. Metrics of a custom bus have the dimensions EventBusName and RuleName.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export function undeliverableMetrics({ ruleArn, deadLettered, deadLetterError }: Undeliverable): readonly Measurement[] {
  const [, first = "", second] = ruleArn.split(":").slice(5).join(":").split("/");
  const dimensions: Record<string, string> =
    second === undefined ? { RuleName: first } : { EventBusName: first, RuleName: second };
  const one = (metric: string) => ({ namespace: "AWS/Events", metric, dimensions, value: 1 });
  return [
    one("FailedInvocations"),
    ...(deadLettered ? [one("InvocationsSentToDlq")] : []),
    ...(deadLetterError !== undefined ? [one("InvocationsFailedToBeSentToDlq")] : []),
  ];
}

interface Answered {
  readonly apiName: string;
  readonly stage: string;
  readonly status: number;
  /** Milliseconds. */
  readonly latency: number;
  /** Milliseconds; absent where no integration was called. */
  readonly integrationLatency: number | undefined;
}

/**
 * What API Gateway measures of a request, by API and by stage. Metrics by method take detailed metrics and are not measured.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
 */
export function requestMetrics({ apiName, stage, status, latency, integrationLatency }: Answered): readonly Measurement[] {
  const values: Readonly<Record<string, number | undefined>> = {
    Count: 1,
    "4XXError": status >= 400 && status < 500 ? 1 : 0,
    "5XXError": status >= 500 ? 1 : 0,
    Latency: Math.round(latency),
    IntegrationLatency: integrationLatency === undefined ? undefined : Math.round(integrationLatency),
  };
  const sets: readonly Record<string, string>[] = [{ ApiName: apiName }, { ApiName: apiName, Stage: stage }];
  return sets.flatMap((dimensions) =>
    Object.entries(values).flatMap(([metric, value]) =>
      value === undefined ? [] : [{ namespace: "AWS/ApiGateway", metric, dimensions, value }],
    ),
  );
}
