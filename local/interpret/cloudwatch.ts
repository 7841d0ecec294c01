import { isComparison } from "../../emulator/cloudwatch/alarms.ts";
import { HubError } from "../../emulator/user-error.ts";
import { textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";

interface AlarmInputs {
  readonly alarmDescription?: string;
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly comparisonOperator: string;
  readonly threshold?: number;
}

export const metricAlarm: Simulator = {
  type: "aws:cloudwatch/metricAlarm:MetricAlarm",
  put(resource, { alarms }) {
    const {
      alarmDescription = "",
      namespace,
      metricName,
      dimensions = {},
      comparisonOperator,
      threshold,
    } = resource.inputs as unknown as AlarmInputs;
    if (namespace === undefined || metricName === undefined || threshold === undefined || !isComparison(comparisonOperator))
      throw new HubError(
        `Alarm ${resource.name} is not simulated: only one metric against one threshold is. Give it namespace, metricName and threshold.`,
      );
    alarms.put(resource.urn, {
      name: textOf(resource, "name"),
      description: alarmDescription,
      namespace,
      metric: metricName,
      dimensions,
      comparison: comparisonOperator,
      threshold,
    });
  },
  remove(resource, { alarms }) {
    alarms.remove(resource.urn);
  },
};
