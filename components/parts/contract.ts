import { createHash } from "node:crypto";
import { type AnyEvent, eventsOf, type Flow, jsonSchema, schemasOfVersions } from "../../model/index.ts";

/**
 * Fingerprint of an event's schema: the first 16 hex digits of SHA-256 over its JSON Schema. First events carry it, and bundles hold those
 * of their events, so that a step knows whether a payload passed the schema that it is held against.
 */
export const contractOf = ({ schema }: Pick<AnyEvent, "schema">): string =>
  createHash("sha256")
    .update(JSON.stringify(jsonSchema(schema)))
    .digest("hex")
    .slice(0, 16);

/** @returns the contracts of the flow's events and of their older versions, by the names that `Validators.events` has */
export const contractsOf = (flow: Pick<Flow, "steps" | "triggers" | "imports">): Readonly<Record<string, string>> =>
  Object.fromEntries(
    eventsOf(flow).flatMap((event) => schemasOfVersions(event).map(([name, contract]) => [name, contractOf(contract)])),
  );
