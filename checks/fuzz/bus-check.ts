import { isDeepStrictEqual } from "node:util";
import type { BusEvent } from "../../emulator/events/event.ts";
import { CORRELATION_ID } from "../../model/index.ts";
import { isTriggerStep } from "../../protocol/first-event.ts";
import type { Probe } from "./probe.ts";

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
  // JavaScript's JSON has no infinity and no negative zero, whatever the text of a number.
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  return isDeepStrictEqual(plain(data), plain(JSON.parse(sent))) ? undefined : `its data are ${JSON.stringify(data)}`;
}

/** Request id of an event. */
export const requestOf = ({ detail }: BusEvent) => String((detail as unknown as Detail).metadata.requestId);

/** True for an event of a trigger, false for one of a step. */
export const isFirst = ({ detail }: BusEvent) => isTriggerStep(String((detail as unknown as Detail).metadata.step));
