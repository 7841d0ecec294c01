import { isDeepStrictEqual } from "node:util";
import type { BusEvent } from "../../emulator/events/event.ts";
import { CORRELATION_ID } from "../../model/index.ts";
import type { Probe } from "./probe.ts";

const METADATA = [
  ...["eventId", "requestId", "correlationId", "causationId", "tenant", "flow", "graph", "step", "version", "occurredAt", "hop"],
  "traceparent",
];

interface Detail {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

/** @returns what is wrong with the form of an event; `undefined` for one that is whole */
export function malformed({ detail, source }: BusEvent): string | undefined {
  const { metadata } = detail as unknown as Detail;
  if (!isDeepStrictEqual(Object.keys(detail), ["metadata", "data"])) return `it has ${Object.keys(detail)}`;
  if (!isDeepStrictEqual(Object.keys(metadata).sort(), [...METADATA].sort())) return `its metadata has ${Object.keys(metadata)}`;
  const texts = METADATA.filter((name) => name !== "version" && name !== "hop");
  const stranger = texts.find((name) => typeof metadata[name] !== "string");
  if (stranger !== undefined) return `${stranger} is no text`;
  if (!CORRELATION_ID.test(String(metadata.correlationId))) return `its correlation id is ${metadata.correlationId}`;
  return source === `hub.${metadata.flow}` ? undefined : `it is of ${source} and of ${metadata.flow}`;
}

/** @returns what is wrong with the event that an accepted request has become */
export function unlike({ detail }: BusEvent, { tenants, sent }: Probe): string | undefined {
  const { metadata, data } = detail as unknown as Detail;
  if (!tenants.includes(String(metadata.tenant))) return `it is ${metadata.tenant}'s, and not ${tenants.join(" or ")}'s`;
  if (metadata.hop !== 0 || metadata.eventId !== metadata.requestId) return `it is no first event: ${JSON.stringify(metadata)}`;
  // JSON of JavaScript has no infinity and no negative zero, whatever the text of a number is.
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  return isDeepStrictEqual(plain(data), plain(JSON.parse(sent))) ? undefined : `its data are ${JSON.stringify(data)}`;
}

/** Id of the request that an event belongs to. */
export const requestOf = ({ detail }: BusEvent) => String((detail as unknown as Detail).metadata.requestId);

/** Whether an event is what a trigger has made of a call, and not what a step has. */
export const isFirst = ({ detail }: BusEvent) => String((detail as unknown as Detail).metadata.step).startsWith("trigger:");
