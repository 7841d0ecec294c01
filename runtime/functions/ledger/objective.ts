import { seconds } from "../../../model/duration.ts";
import type { Slo } from "../../../model/flow.ts";
import type { RequestStatus } from "../../../model/ledger/request-status.ts";

/** Whether a request met the objective of its flow. */
export type Verdict = "in-time" | "late";

/** In these it is open whether the request completes in time. */
const OPEN: ReadonlySet<RequestStatus> = new Set(["accepted", "running"]);

interface Judged {
  readonly status: RequestStatus;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly lastAt: string;
  readonly isCancelled: boolean;
}

/**
 * A request is late as soon as a fact of it lies beyond its time, and when it fails, is compensated or waits for an operator (`blocked`),
 * whatever follows: the first verdict stands. One that was cancelled before has none.
 * @param known the verdict so far
 * @returns `undefined` while it is open, and where the flow has no objective
 */
export function verdictOf(
  known: Verdict | undefined,
  slo: Slo | undefined,
  { status, createdAt, lastAt, isCancelled }: Judged,
): Verdict | undefined {
  if (known || !slo || isCancelled) return known;
  if (Date.parse(lastAt) - Date.parse(createdAt) > seconds(slo.completedWithin) * 1_000) return "late";
  if (OPEN.has(status)) return undefined;
  return status === "completed" ? "in-time" : "late";
}
