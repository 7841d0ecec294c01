import * as pulumi from "@pulumi/pulumi";
import { awsPage } from "../../protocol/aws-console.ts";

interface LinkArgs {
  /** Its partition and region are the pages'. */
  readonly busArn: pulumi.Output<string>;
  readonly busName: pulumi.Output<string>;
  readonly tableName: pulumi.Output<string>;
  readonly dashboardName: pulumi.Output<string>;
}

export type ConsoleLinks = Readonly<Record<"bus" | "table" | "logs" | "traces" | "dashboard", string>>;

/** Pages of the AWS console about the hub, each as its address. */
export const consoleLinks = ({ busArn, busName, tableName, dashboardName }: LinkArgs): pulumi.Output<ConsoleLinks> =>
  pulumi.all([busArn, busName, tableName, dashboardName]).apply(([arn, bus, table, dashboard]) => {
    const page = (path: string) => awsPage(arn, path);
    return {
      bus: page(`events#/eventbus/${encodeURIComponent(bus)}`),
      table: page(`dynamodbv2#table?name=${encodeURIComponent(table)}`),
      logs: page("cloudwatch#logsV2:logs-insights"),
      traces: page("cloudwatch#xray:traces/query"),
      dashboard: page(`cloudwatch#dashboards/dashboard/${encodeURIComponent(dashboard)}`),
    };
  });
