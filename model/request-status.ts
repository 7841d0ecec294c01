/** `completed`, `failed`, `compensated` and `compensation-failed` are ends. */
export type RequestStatus =
  | "accepted"
  | "running"
  | "blocked"
  | "compensating"
  | "completed"
  | "failed"
  | "compensated"
  | "compensation-failed";
