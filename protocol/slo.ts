/**
 * When the objective of a flow rings: its late requests use up the error budget of 30 days so many times too fast, over so many seconds.
 * 14.4 for an hour is 2 % of the budget, 6 for six hours 5 %. https://sre.google/workbook/alerting-on-slos/
 */
export const BURN_RATES = { fast: { rate: 14.4, over: 3_600 }, slow: { rate: 6, over: 21_600 } } as const;

/** Days that the error budget is for. */
export const BUDGET_DAYS = 30;

/** Fewer late requests within that time don't ring: in a flow of few requests, a single one is a large share. */
export const LEAST_LATE = 3;

/** What a flow promises: a share of its requests, such as `99.9 %`, completes within a time, such as `1 minute`. */
export interface Objective {
  readonly completedWithin: string;
  readonly for: string;
}

/** Requests that completed in time, and those of which it is clear that they did not. */
export interface Outcomes {
  readonly inTime: number;
  readonly late: number;
}
export type BurnWindow = keyof typeof BURN_RATES;
export type WindowOutcomes = Readonly<Record<BurnWindow, Outcomes>>;
export const BURN_WINDOWS = Object.keys(BURN_RATES) as readonly BurnWindow[];

/** Percent of the requests of a window. The alarm over it rings when more of them are late. */
export const mostLate = (window: BurnWindow, objective: Objective): number =>
  Number((BURN_RATES[window].rate * (100 - Number.parseFloat(objective.for))).toFixed(6));

/** Whether the alarm rings, whose expression says the same to CloudWatch. */
export const rings = (window: BurnWindow, objective: Objective, { inTime, late }: Outcomes): boolean =>
  late >= LEAST_LATE && (100 * late) / (late + inTime) > mostLate(window, objective);
