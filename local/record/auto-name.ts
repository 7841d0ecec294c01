import { createHash } from "node:crypto";

/**
 * Plays Pulumi's auto-naming. The engine's suffix is random and kept in the stack's state; here it is a hash of the URN, so
 * that the next start finds the queues and tables of the last one.
 * https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
 */
export const autoName = (logicalName: string, urn: string): string =>
  `${logicalName}-${createHash("sha256").update(urn).digest("hex").slice(0, 7)}`;
