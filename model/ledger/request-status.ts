/** `completed`, `failed`, `cancelled`, `compensated` and `compensation-failed` are final. */
export const REQUEST_STATUSES = [
  "accepted",
  "running",
  "blocked",
  "compensating",
  "completed",
  "failed",
  "cancelled",
  "compensated",
  "compensation-failed",
] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];
