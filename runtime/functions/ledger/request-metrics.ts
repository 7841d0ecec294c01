import type { RequestStatus } from "../../../model/ledger/request-status.ts";
import { METRIC, type Metric } from "../../../protocol/metrics.ts";
import { measure } from "../../logging/metric.ts";
import type { Verdict } from "./objective.ts";
import type { RequestState } from "./state.ts";

const ENDS: Readonly<Partial<Record<RequestStatus, Metric>>> = {
  completed: METRIC.RequestsCompleted,
  failed: METRIC.RequestsFailed,
  compensated: METRIC.RequestsCompensated,
  "compensation-failed": METRIC.RequestsFailed,
};

const VERDICTS = { "in-time": METRIC.RequestsInTime, late: METRIC.RequestsLate } as const satisfies Readonly<
  Record<Verdict, Metric>
>;

/** Measures what a write of the ledger changed: a request began, or ended. Call it for the write that won, so that each counts once. */
export function measureRequest(
  before: RequestState | undefined,
  { request: { flow }, status, createdAt, lastAt, verdict }: RequestState,
): void {
  if (!before) measure({ flow }, { RequestsAccepted: 1 });
  if (verdict && !before?.verdict) measure({ flow }, { [VERDICTS[verdict]]: 1 });
  const end = ENDS[status];
  if (end === undefined || before?.status === status) return;
  measure({ flow }, { [end]: 1, RequestMilliseconds: Math.max(0, Date.parse(lastAt) - Date.parse(createdAt)) });
}
