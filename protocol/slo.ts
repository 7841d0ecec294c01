/**
 * When the objective of a flow rings: its late requests use up the error budget of 30 days so many times too fast, over so many seconds.
 * 14.4 for an hour is 2 % of the budget, 6 for six hours 5 %. https://sre.google/workbook/alerting-on-slos/
 */
export const BURN_RATES = { fast: { rate: 14.4, over: 3_600 }, slow: { rate: 6, over: 21_600 } } as const;

/** Days that the error budget is for. */
export const BUDGET_DAYS = 30;

/** Fewer late requests within that time don't ring: in a flow of few requests, a single one is a large share. */
export const LEAST_LATE = 3;
