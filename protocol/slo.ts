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
const rings = (window: BurnWindow, objective: Objective, { inTime, late }: Outcomes): boolean =>
  late >= LEAST_LATE && (100 * late) / (late + inTime) > mostLate(window, objective);

/** @returns share of the window's error budget that its late requests have left; below 0 where they used up more. There must be requests */
const budgetLeft = (objective: Objective, { inTime, late }: Outcomes): number =>
  1 - late / ((1 - Number.parseFloat(objective.for) / 100) * (inTime + late));

/** @returns the alarms that ring */
export const ringing = (objective: Objective, outcomes: WindowOutcomes): readonly BurnWindow[] =>
  BURN_WINDOWS.filter((window) => rings(window, objective, outcomes[window]));

/** How the requests of the alarms' longest window met their objective, such as `99.95 % of 2000 in the last 6 h, 50 % of the error budget left`. */
export function outcomeText(objective: Objective, { slow }: WindowOutcomes): string {
  const all = slow.inTime + slow.late;
  if (all === 0) return `no request in the last ${hoursOf("slow")}`;
  const left = budgetLeft(objective, slow);
  // Cut, not rounded: 100 % says that none was late.
  const share = Math.floor((slow.inTime / all) * 10_000) / 100;
  const budget =
    left < 0
      ? `the error budget used up ${Number((1 - left).toPrecision(2))} times`
      : `${Math.round(left * 100)} % of the error budget left`;
  return `${share} % of ${all} in the last ${hoursOf("slow")}, ${budget}`;
}

/** Such as `the alarm over 6 h rings`. */
export const alarmText = (window: BurnWindow): string => `the alarm over ${hoursOf(window)} rings`;
const hoursOf = (window: BurnWindow) => `${BURN_RATES[window].over / 3_600} h`;
