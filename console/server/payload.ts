import { masked } from "../../runtime/mask.ts";
import type { Payload } from "../shared/api.ts";
import type { ArchivedEvent } from "./hub-port.ts";

/** @returns the event without what looks like a secret, as the ops API shows it */
export function maskedEvent(event: ArchivedEvent["event"]): Payload {
  // Numbers of more than 16 digits are raw JSON in `detail`.
  const { metadata, data } = masked(JSON.parse(JSON.stringify(event.detail))) as { metadata?: unknown; data?: unknown };
  return { name: event["detail-type"], at: event.time, metadata: metadata ?? null, data: data ?? null };
}
