import type { RequestStatus } from "../../../model/ledger/request-status.ts";
import { METRIC, type Metric } from "../../../protocol/metrics.ts";
import { measure } from "../../logging/metric.ts";
import type { RequestState } from "./state.ts";

const ENDS: Readonly<Partial<Record<RequestStatus, Metric>>> = {
  completed: METRIC.RequestsCompleted,
  failed: METRIC.RequestsFailed,
  compensated: METRIC.RequestsCompensated,
  "compensation-failed": METRIC.RequestsFailed,
};

/** Measures what a write of the ledger changed: a request began, or ended. Call it for the write that won, so that each counts once. */
export function measureRequest(
  before: RequestState | undefined,
  { request: { flow }, status, createdAt, lastAt }: RequestState,
): void {
  if (!before) measure({ flow }, { RequestsAccepted: 1 });
  const end = ENDS[status];
  if (end === undefined || before?.status === status) return;
  measure({ flow }, { [end]: 1, RequestMilliseconds: Math.max(0, Date.parse(lastAt) - Date.parse(createdAt)) });
}
