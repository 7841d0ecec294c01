import { type AlarmSpec, isComparison } from "../../emulator/cloudwatch/alarms.ts";
import { UserError } from "../../emulator/user-error.ts";
import { textOf } from "../recording.ts";
import type { Kinds } from "./kind.ts";
import { arnOf } from "./outputs.ts";

interface AlarmInputs {
  readonly alarmDescription?: string;
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly comparisonOperator: string;
  readonly threshold?: number;
  readonly treatMissingData?: AlarmSpec["missingData"];
}

export const cloudwatch: Kinds = {
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    outputs: (resource) => ({ id: resource.physicalName, arn: arnOf(resource, "cloudwatch", `alarm:${resource.physicalName}`) }),
    simulate: {
      put(resource, { alarms }) {
        const inputs = resource.inputs as unknown as AlarmInputs;
        const { namespace, metricName, comparisonOperator, threshold } = inputs;
        if (namespace === undefined || metricName === undefined || threshold === undefined || !isComparison(comparisonOperator))
          throw new UserError(
            `Alarm ${resource.name} is not simulated: only one metric against one threshold is. Give it namespace, metricName and threshold.`,
          );
        alarms.put(resource.urn, {
          name: textOf(resource, "name"),
          description: inputs.alarmDescription ?? "",
          namespace,
          metric: metricName,
          dimensions: inputs.dimensions ?? {},
          comparison: comparisonOperator,
          threshold,
          missingData: inputs.treatMissingData,
        });
      },
      remove(resource, { alarms }) {
        alarms.remove(resource.urn);
      },
    },
  },

  "aws:cloudwatch/dashboard:Dashboard": {
    nameKey: "dashboardName",
    outputs: ({ physicalName, partition, accountId }) => ({
      id: physicalName,
      dashboardArn: `arn:${partition}:cloudwatch::${accountId}:dashboard/${physicalName}`,
    }),
    noEffect: "the local hub has no CloudWatch console",
  },

  "aws:cloudwatch/logGroup:LogGroup": {
    outputs: (resource) => ({ id: resource.physicalName, arn: arnOf(resource, "logs", `log-group:${resource.physicalName}`) }),
    noEffect: "the log of a function is a file in the data folder",
  },
};
