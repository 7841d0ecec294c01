import { createHash } from "node:crypto";

/** First 32 hex digits of SHA-256 over the JSON of the parts. */
export const hashOf = (parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);

/** Id of an event that a step publishes; docs/architecture.md, "Events on the bus". */
export const eventIdOf = (of: {
  readonly requestId: string;
  readonly step: string;
  readonly causes: readonly string[];
  readonly name: string;
  readonly ordinal: number;
}): string => hashOf([of.requestId, of.step, [...of.causes].sort(), of.name, of.ordinal]);

/** Id of a join's delivery, from the join's key. */
export const joinDeliveryOf = (key: string): string => `join:${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
