import type { StepFailedData } from "../../model/envelope.ts";
import type { ReceivedEvent } from "../envelope/cause.ts";
import type { Entry } from "../ports.ts";
import { envelopeOf } from "../publish/envelopes.ts";
import { currentSpan, record } from "./recorder.ts";

/**
 * Records the spans of what was published: one for each event, and one for the attempt that each report of a step is about. A trace is
 * made of what the ledger gets, so that the two agree, and a report that is published again makes the same spans again.
 */
export function recordEntries(entries: readonly Entry[]): void {
  const current = currentSpan();
  if (!current) return;
  const published = entries.map((entry) => ({ name: entry.detailType, ...envelopeOf(entry) }));
  const { beganAt, own } = current;
  for (const event of published)
    record(current, {
      requestId: event.metadata.requestId,
      failed: (event.data as Partial<StepFailedData> | null)?.error !== undefined && event.name === "StepFailed",
      make: ({ publishedSpan }) => publishedSpan(event, published, { beganAt, attempt: own?.attempt }),
    });
}

/** Records the publication of a first event by the gateway or a schedule, which make no spans. */
export function recordFirstEvent({ name, metadata }: Pick<ReceivedEvent, "name" | "metadata">): void {
  const current = currentSpan();
  if (current)
    record(current, {
      requestId: metadata.requestId,
      failed: false,
      make: ({ publishedSpan }) => publishedSpan({ name, metadata, data: null }, [], {}),
    });
}
