const FINAL_STATUSES = ["completed", "failed", "cancelled", "compensated", "compensation-failed"] as const;
export const REQUEST_STATUSES = ["accepted", "running", "blocked", "compensating", ...FINAL_STATUSES] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** @param status as the API returns it */
export const hasEnded = (status: string): boolean => (FINAL_STATUSES as readonly string[]).includes(status);
