import { randomUUID } from "node:crypto";
import { type Account, AwsError, type Json } from "../endpoint/service.ts";
import { parseKeepingDigits } from "../json.ts";

/** An event in EventBridge's format. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
export interface BusEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, whole seconds, UTC. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Json;
  /** Name of the replay, if the event is replayed. */
  readonly "replay-name"?: string;
}

/**
 * Creates the event of a PutEvents entry.
 *
 * @param now current time in milliseconds since the epoch, used for an entry without `Time`
 * @throws AwsError with the code of the entry's result
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
 */
export function eventOf(entry: Json, { region, accountId }: Account, now: number): BusEvent {
  const source = text(entry, "Source", 256);
  const detailType = text(entry, "DetailType", 128);
  const detail = parseDetail(text(entry, "Detail", Number.POSITIVE_INFINITY));
  if (source.startsWith("aws.")) throw new AwsError("NotAuthorizedForSourceException", "Not authorized for the source.");
  const resources = Array.isArray(entry.Resources) ? entry.Resources.map(String) : [];
  const time = typeof entry.Time === "number" ? entry.Time * 1_000 : now;
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": detailType,
    source,
    account: accountId,
    time: new Date(time).toISOString().replace(/\.\d{3}Z$/, "Z"),
    region,
    resources,
    detail,
  };
}

function text(entry: Json, name: string, max: number): string {
  const value = entry[name];
  if (typeof value !== "string" || value === "")
    throw invalid(`Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
  if (value.length > max) throw invalid(`Parameter ${name} is not valid. Reason: Must be at most ${max} characters.`);
  return value;
}

const invalid = (message: string) => new AwsError("InvalidArgument", message);

function parseDetail(json: string): Json {
  try {
    const detail = parseKeepingDigits(json);
    if (typeof detail === "object" && detail !== null && !Array.isArray(detail)) return detail as Json;
  } catch {
    // Invalid JSON gets the same error as a value that is not an object.
  }
  throw new AwsError("MalformedDetail", "Detail is malformed.");
}

/** Size of an entry in bytes, as the limit counts it. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
export function entrySize({ Time, Source, DetailType, Detail, Resources }: Json): number {
  const texts = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])];
  return (
    (Time === undefined ? 0 : 14) +
    texts.reduce<number>((sum, value) => sum + (typeof value === "string" ? Buffer.byteLength(value) : 0), 0)
  );
}
