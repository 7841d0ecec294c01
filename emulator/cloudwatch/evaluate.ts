import type { Series } from "./metrics.ts";

export type State = "OK" | "ALARM" | "INSUFFICIENT_DATA";
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
export const MISSING_DATA = ["breaching", "notBreaching", "ignore", "missing"] as const;
export type MissingData = (typeof MISSING_DATA)[number];

export const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** How an alarm decides. */
export interface Rule {
  /** A key of `COMPARISONS`. */
  readonly comparison: string;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  /** @default `evaluationPeriods` */
  readonly datapointsToAlarm?: number | undefined;
  /** @default "missing" */
  readonly missingData?: MissingData | undefined;
}

/**
 * Periods that CloudWatch reads beyond the evaluation periods. It does not document the number; the tables of its page show a range of 5
 * for 3 evaluation periods.
 */
const FURTHER = 2;
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + FURTHER;

/**
 * The state of an alarm, as the tables on AWS's page show it: points that exist count first, missing ones only where there are too few.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 * @param series the evaluation range, oldest first
 * @param before the state until now
 */
export function evaluate(series: Series, rule: Rule, before: State): State {
  const { evaluationPeriods, datapointsToAlarm = evaluationPeriods, missingData = "missing", threshold } = rule;
  const breaches = (value: number) => COMPARISONS[rule.comparison]?.(value, threshold) === true;
  const real = series.filter((point) => point !== undefined);
  const alarm = (breaching: number): State => (breaching >= datapointsToAlarm ? "ALARM" : "OK");
  if (real.length >= evaluationPeriods) return alarm(real.slice(-evaluationPeriods).filter(breaches).length);
  const breaching = real.filter(breaches).length;
  if (breaching >= datapointsToAlarm) return "ALARM";
  switch (missingData) {
    case "breaching":
      return alarm(breaching + evaluationPeriods - real.length);
    case "notBreaching":
      return "OK";
    case "missing":
      if (real.length === 0) return "INSUFFICIENT_DATA";
      return breaching === real.length ? "ALARM" : "OK";
    case "ignore":
      return real.some((value) => !breaches(value)) ? "OK" : before;
  }
}
