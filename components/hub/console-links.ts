import * as pulumi from "@pulumi/pulumi";

interface LinkArgs {
  /** Its partition and region are the pages'. */
  readonly busArn: pulumi.Output<string>;
  readonly busName: pulumi.Output<string>;
  readonly tableName: pulumi.Output<string>;
  readonly dashboardName: pulumi.Output<string>;
}

export type ConsoleLinks = Readonly<Record<"bus" | "table" | "logs" | "traces" | "dashboard", string>>;

/** Partition -> host of its console. https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: "console.aws.amazon.com",
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/** Pages of the AWS console about the hub, each as its address. */
export const consoleLinks = ({ busArn, busName, tableName, dashboardName }: LinkArgs): pulumi.Output<ConsoleLinks> =>
  pulumi.all([busArn, busName, tableName, dashboardName]).apply(([arn, bus, table, dashboard]) => {
    const [, partition = "aws", , region = ""] = arn.split(":");
    const page = (path: string) => {
      const [service, place] = path.split("#");
      return `https://${region}.${CONSOLES[partition] ?? CONSOLES.aws}/${service}/home?region=${region}#${place}`;
    };
    return {
      bus: page(`events#/eventbus/${encodeURIComponent(bus)}`),
      table: page(`dynamodbv2#table?name=${encodeURIComponent(table)}`),
      logs: page("cloudwatch#logsV2:logs-insights"),
      traces: page("cloudwatch#xray:traces/query"),
      dashboard: page(`cloudwatch#dashboards/dashboard/${encodeURIComponent(dashboard)}`),
    };
  });
