import { hash } from "node:crypto";
import { firstName } from "../model/first-name.ts";
import type { Environment } from "./environment.ts";

/** First 32 hex digits of SHA-256 over the JSON of the parts. */
export const hashOf = (parts: readonly unknown[]): string => hash("sha256", JSON.stringify(parts)).slice(0, 32);

/** Id of an event that a step publishes; docs/internals.md, "Events on the bus". */
export const eventIdOf = (event: {
  readonly requestId: string;
  readonly step: string;
  readonly causes: readonly string[];
  readonly name: string;
  readonly ordinal: number;
}): string => hashOf([event.requestId, event.step, [...event.causes].sort(), event.name, event.ordinal]);

/** Id of a join's delivery, from the join's key and the number of the set of parts, which counts from 0. */
export const joinDeliveryOf = (key: string, generation: number): string =>
  `join:${generation === 0 ? hash("sha256", key).slice(0, 32) : hashOf([key, generation])}`;

/** Names in the table's keys of a step: its records and joins stay valid after a rename. */
export const firstNames = ({ flow, formerly }: Pick<Environment, "flow" | "formerly">, step: string) => ({
  flow: firstName(flow, formerly?.flow),
  step: firstName(step, formerly?.step),
});

/** Part of the reports of a renamed step: the ledger of an older request knows the step by a former name. */
export const formerNames = ({ formerly }: Pick<Environment, "formerly">) =>
  formerly && formerly.step.length > 0 ? { formerly: formerly.step } : {};
