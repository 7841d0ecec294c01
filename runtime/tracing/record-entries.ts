import type { StepFailedData } from "../../model/envelope.ts";
import { HUB_EVENT } from "../../protocol/reports.ts";
import type { ReceivedEvent } from "../envelope/cause.ts";
import type { Entry } from "../ports.ts";
import { envelopeOf } from "../publish/envelopes.ts";
import type { Published } from "./published-span.ts";
import { currentSpan, record } from "./recorder.ts";

/**
 * Records the spans of what was published: one for each event, and one for the attempt that each report of a step is about. A trace is
 * made of what the ledger gets, so that the two agree, and a report that is published again makes the same spans again.
 */
export function recordEntries(entries: readonly Entry[]): void {
  const current = currentSpan();
  if (!current) return;
  const { beganAt, aws, own } = current;
  const moment = { beganAt, attempt: own?.attempt, ...(own && aws && { aws: { requestId: own.requestId, calls: aws } }) };
  let all: readonly Published[] | undefined;
  entries.forEach((entry, i) => {
    const { metadata, data } = envelopeOf(entry);
    record(current, {
      requestId: metadata.requestId,
      failed: entry.detailType === HUB_EVENT.StepFailed && (data as Partial<StepFailedData> | null)?.error !== undefined,
      make({ publishedSpan }) {
        all ??= entries.map((other) => ({ name: other.detailType, ...envelopeOf(other) }));
        return publishedSpan(all[i] as Published, all, moment);
      },
    });
  });
}

/** Records the publication of a first event by the gateway or a schedule, which make no spans. */
export function recordFirstEvent({ name, metadata }: Pick<ReceivedEvent, "name" | "metadata">): void {
  const current = currentSpan();
  if (current)
    record(current, {
      requestId: metadata.requestId,
      make({ publishedSpan }) {
        return publishedSpan({ name, metadata, data: null }, [], {});
      },
    });
}
