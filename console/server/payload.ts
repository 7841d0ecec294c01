import { masked } from "../../runtime/mask.ts";
import type { Payload } from "../shared/api.ts";
import type { ArchivedEvent } from "./hub-port.ts";

/**
 * @param personal names of the fields that hold personal data
 * @returns the event without these and without what looks like a secret, as the ops API shows it
 */
export function maskedEvent(event: ArchivedEvent["event"], personal: ReadonlySet<string>): Payload {
  // Numbers of more than 16 digits are raw JSON in `detail`.
  const { metadata, data } = masked(JSON.parse(JSON.stringify(event.detail)), { names: personal }) as {
    metadata?: unknown;
    data?: unknown;
  };
  return { name: event["detail-type"], at: event.time, metadata: metadata ?? null, data: data ?? null };
}
