import { COMPARISONS, MISSING_DATA, type MissingData } from "../../emulator/cloudwatch/evaluate.ts";
import { MathError } from "../../emulator/cloudwatch/math-functions.ts";
import { type Watched, watchedExpression, watchedMetric } from "../../emulator/cloudwatch/watched.ts";
import { UserError } from "../../emulator/user-error.ts";
import { type RecordedResource, textOf } from "../recording.ts";
import type { Kinds } from "./kind.ts";
import { arnOf, uuid } from "./outputs.ts";

interface MetricInputs {
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly period?: number;
  readonly unit?: string;
}
interface QueryInputs {
  readonly id: string;
  readonly expression?: string;
  readonly returnData?: boolean;
  readonly accountId?: string;
  readonly metric?: MetricInputs & { readonly stat: string };
}
interface AlarmInputs extends MetricInputs {
  readonly alarmDescription?: string;
  readonly statistic?: string;
  readonly extendedStatistic?: string;
  readonly metricQueries?: readonly QueryInputs[];
  readonly comparisonOperator: string;
  readonly threshold?: number;
  readonly thresholdMetricId?: string;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number;
  readonly treatMissingData?: MissingData;
  readonly warmUpConfiguration?: {
    readonly warmUpPeriodDurationInMinutes: number;
    readonly onlyStartEvaluatingAfterWarmUpPeriodEnds?: boolean;
  };
}

export const cloudwatch: Kinds = {
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    outputs: (resource) => ({ id: resource.physicalName, arn: arnOf(resource, "cloudwatch", `alarm:${resource.physicalName}`) }),
    simulate: {
      put(resource, { alarms }) {
        const inputs = resource.inputs as unknown as AlarmInputs;
        const { threshold, comparisonOperator, evaluationPeriods, datapointsToAlarm, treatMissingData } = inputs;
        const refuse = (reason: string) => new UserError(`Alarm ${resource.name} is not simulated: ${reason}.`);
        if (threshold === undefined || inputs.thresholdMetricId !== undefined || !(comparisonOperator in COMPARISONS))
          throw refuse(`only a fixed threshold is, by one of ${Object.keys(COMPARISONS).join(", ")}`);
        if (treatMissingData !== undefined && !MISSING_DATA.includes(treatMissingData))
          throw refuse(`treatMissingData is ${treatMissingData}. Use one of ${MISSING_DATA.join(", ")}`);
        if (inputs.warmUpConfiguration?.onlyStartEvaluatingAfterWarmUpPeriodEnds === true)
          throw refuse("its warm-up ends with the first data here. Leave onlyStartEvaluatingAfterWarmUpPeriodEnds out");
        alarms.put(resource.urn, {
          name: textOf(resource, "name"),
          description: inputs.alarmDescription ?? "",
          watched: watchedBy(inputs, refuse),
          comparison: comparisonOperator,
          threshold,
          evaluationPeriods,
          datapointsToAlarm,
          missingData: treatMissingData,
          warmUpMinutes: inputs.warmUpConfiguration?.warmUpPeriodDurationInMinutes,
        });
      },
      remove(resource: RecordedResource, { alarms }) {
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

  "aws:cloudwatch/queryDefinition:QueryDefinition": {
    nameKey: "name",
    outputs: ({ urn }) => ({ id: uuid(urn), queryDefinitionId: uuid(urn) }),
    noEffect: "the local hub has no Logs Insights; npm run hub -- logs finds lines",
  },

  "aws:cloudwatch/logGroup:LogGroup": {
    outputs: (resource) => ({ id: resource.physicalName, arn: arnOf(resource, "logs", `log-group:${resource.physicalName}`) }),
    noEffect: "the log of a function is a file in the data folder",
  },
};

function watchedBy(inputs: AlarmInputs, refuse: (reason: string) => UserError): Watched {
  const { metricQueries = [], statistic, extendedStatistic } = inputs;
  const statOf = (metric: MetricInputs, by: string | undefined) => {
    const { namespace, metricName, dimensions = {}, period, unit } = metric;
    if (namespace === undefined || metricName === undefined || period === undefined || by === undefined)
      throw refuse("a metric needs namespace, metricName, period and a statistic");
    if (unit !== undefined) throw refuse("units of metrics are not kept here. Leave unit out");
    return { namespace, metric: metricName, dimensions, statistic: by, period };
  };
  try {
    if (metricQueries.length === 0) return watchedMetric(statOf(inputs, statistic ?? extendedStatistic));
    return watchedExpression(
      metricQueries.map(({ id, expression, metric, returnData = false, accountId }) => {
        if (accountId !== undefined) throw refuse("metrics of other accounts are not known here");
        return { id, expression, returned: returnData, ...(metric && { stat: statOf(metric, metric.stat) }) };
      }),
    );
  } catch (error) {
    if (error instanceof MathError) throw refuse(error.message);
    throw error;
  }
}
