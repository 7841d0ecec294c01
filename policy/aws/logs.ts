import { resourceRule } from "../rule.ts";

export const logs = [
  resourceRule({
    name: "logs-retention",
    description: "A log group expires.",
    fact: "The log group never expires",
    remedy: "Set retentionInDays",
    mirrors: ["Serverless-CloudWatchLogGroupRetentionPeriod"],
    types: ["aws:cloudwatch/logGroup:LogGroup"],
    broken: ({ retentionInDays }) => typeof retentionInDays !== "number" || retentionInDays < 1,
  }),
];
