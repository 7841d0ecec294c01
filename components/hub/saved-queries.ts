import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ChildOptions } from "../parts/customise.ts";

/**
 * Queries of CloudWatch Logs Insights, by what people look for. docs/monitoring.md explains each; `VALUE` is to be replaced.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  "by-correlation-id": [
    'filter correlationId = "VALUE" or requestId = "VALUE" or hubRequestId = "VALUE" or traceId = "VALUE"',
    "sort @timestamp",
    "display @timestamp, level, flow, step, attempt, message, code, error, requestId",
  ],
  "by-business-key": [
    // Lines name requests; those of a handler may name an order.
    "filter @message like /VALUE/ and ispresent(requestId)",
    "sort @timestamp",
    "display @timestamp, level, flow, step, message, requestId, correlationId",
  ],
  "slowest-steps": [
    'filter message = "step succeeded"',
    "stats count(*) as times, pct(durationMs, 50) as p50, pct(durationMs, 99) as p99, max(durationMs) as longest by flow, step",
    "sort p99 desc",
    "limit 50",
  ],
  "errors-by-third-party": [
    "filter ispresent(code) and ispresent(step)",
    String.raw`parse error /^(?<thirdParty>[a-z][a-z0-9-]*)\.(?<operation>\w+) /`,
    "filter ispresent(thirdParty)",
    "stats count(*) as times, latest(error) as lastError by thirdParty, operation, code",
    "sort times desc",
  ],
};

/** Queries that the Logs Insights page offers: the log groups are chosen there, by the prefix that the name gives. */
export function savedQueries(name: string, options: ChildOptions): void {
  for (const [query, lines] of Object.entries(QUERIES))
    new aws.cloudwatch.QueryDefinition(
      `${name}-${query}`,
      // Pulumi does not make names of queries. Folders are divided by slashes.
      { name: `${pulumi.getProject()}/${pulumi.getStack()}/${query}`, queryString: lines.join("\n| ") },
      options,
    );
}
