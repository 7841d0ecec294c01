import { createHash } from "node:crypto";
import { firstName } from "../model/first-name.ts";
import type { Environment } from "./environment.ts";

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

/** The names under which the table holds what a step remembers: records and joins outlive a change of name. */
export const firstNames = ({ flow, formerly }: Pick<Environment, "flow" | "formerly">, step: string) => ({
  flow: firstName(flow, formerly?.flow),
  step: firstName(step, formerly?.step),
});

/** What a report says of a renamed step, for the ledger of a request that knows it by another name. */
export const formerNames = ({ formerly }: Pick<Environment, "formerly">) =>
  formerly && formerly.step.length > 0 ? { formerly: formerly.step } : {};
