import type { ReportWait } from "../../../admission.ts";
import { present, type Run, type StepMiddleware } from "../delivery/run.ts";

/** Reports how long a message waited for its first attempt, so that a flow that is behind refuses requests. */
export const reportWaits = (report: ReportWait): StepMiddleware => ({
  before: ({ event: run }) => reportOwnWait(report, run, run.arrival.endsAt),
});

/** A message that was tried before, or sent back from the dead letters, says nothing about a backlog. @param until it comes up again then, at the latest */
export async function reportOwnWait(
  report: ReportWait,
  { arrival: { message }, attempt, log }: Run,
  until: number,
): Promise<void> {
  if (!message || message.redriven || present(attempt, "attempt").number > 1) return;
  await report({ sentAt: message.sentAt, until }, log);
}
