import { isDeepStrictEqual } from "node:util";
import type { BusEvent } from "../../emulator/events/event.ts";
import { parseKeepingDigits } from "../../emulator/json.ts";
import { CORRELATION_ID } from "../../model/index.ts";
import { isCallerless, isTriggerStep } from "../../protocol/first-event.ts";
import type { Probe } from "./probe.ts";

/** ES2025; not in TypeScript's ES2024 library. */
const JsonText = JSON as unknown as { isRawJSON(value: unknown): boolean };

const METADATA = [
  ...["eventId", "requestId", "correlationId", "causationId", "tenant", "flow", "graph", "step", "version", "occurredAt", "hop"],
  "traceparent",
];

interface Detail {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

/** @returns the fault in the form of an event; `undefined` when it is well-formed */
export function malformed({ detail, source }: BusEvent): string | undefined {
  const { metadata } = detail as unknown as Detail;
  if (!isDeepStrictEqual(Object.keys(detail), ["metadata", "data"])) return `it has ${Object.keys(detail)}`;
  // The gateway states which schema it has checked; functions check for themselves.
  const names = Object.keys(metadata).filter((name) => name !== "contract");
  if (!isDeepStrictEqual(names.sort(), [...METADATA].sort())) return `its metadata has ${Object.keys(metadata)}`;
  const texts = METADATA.filter((name) => name !== "version" && name !== "hop");
  const notText = texts.find((name) => typeof metadata[name] !== "string");
  if (notText !== undefined) return `${notText} is not a string`;
  if (!CORRELATION_ID.test(String(metadata.correlationId))) return `its correlation id is ${metadata.correlationId}`;
  return source === `hub.${metadata.flow}` ? undefined : `its source is ${source}, its flow ${metadata.flow}`;
}

/** @returns the fault in the event of an accepted request */
export function unlike({ detail }: BusEvent, { tenants, sent }: Probe): string | undefined {
  const { metadata, data } = detail as unknown as Detail;
  if (!tenants.includes(String(metadata.tenant))) return `its tenant is ${metadata.tenant} instead of ${tenants.join(" or ")}`;
  if (metadata.hop !== 0 || metadata.eventId !== metadata.requestId)
    return `it is not a first event: ${JSON.stringify(metadata)}`;
  const plain: unknown = JSON.parse(JSON.stringify(data));
  const keepsDigits = isCallerless(String(metadata.tenant));
  return isLike(plain, parseKeepingDigits(sent), keepsDigits) ? undefined : `its data are ${JSON.stringify(data)}`;
}

/**
 * @param expected parsed with the digits of large numbers
 * @param keepsDigits true where a number that a double would round is text in the event: in those of webhooks
 */
function isLike(actual: unknown, expected: unknown, keepsDigits: boolean): boolean {
  const { rawJSON: digits } = (expected ?? {}) as { readonly rawJSON?: unknown };
  if (JsonText.isRawJSON(expected) && typeof digits === "string") {
    const isRounded = keepsDigits && /^-?\d+$/.test(digits) && BigInt(Number(digits)) !== BigInt(digits);
    return actual === digits || (!isRounded && JSON.stringify(actual) === JSON.stringify(Number(digits)));
  }
  if (typeof actual !== "object" || actual === null || typeof expected !== "object" || expected === null)
    // JavaScript's JSON has no negative zero, whatever the text of a number.
    return JSON.stringify(actual) === JSON.stringify(expected);
  const [own, others] = [Object.entries(actual), new Map(Object.entries(expected))];
  return (
    Array.isArray(actual) === Array.isArray(expected) &&
    own.length === others.size &&
    own.every(([key, value]) => others.has(key) && isLike(value, others.get(key), keepsDigits))
  );
}

/** Request id of an event. */
export const requestOf = ({ detail }: BusEvent) => String((detail as unknown as Detail).metadata.requestId);

/** True for an event of a trigger, false for one of a step. */
export const isFirst = ({ detail }: BusEvent) => isTriggerStep(String((detail as unknown as Detail).metadata.step));
