import { createHash } from "node:crypto";

export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
export interface Place {
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  /** What the values are made of that AWS draws at random and keeps secret, such as API keys. @default "" */
  readonly keySeed?: string;
}
export interface NamedResource extends Registration, Place {
  readonly physicalName: string;
}
export interface Outputs {
  readonly id: string;
  readonly [output: string]: unknown;
}

/**
 * Pulumi's auto-naming. The engine draws a random suffix and keeps it in the stack's state; here the suffix is a hash of the URN,
 * so the next start finds the same queues and tables.
 * https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
 */
export const autoName = (logicalName: string, urn: string): string =>
  `${logicalName}-${createHash("sha256").update(urn).digest("hex").slice(0, 7)}`;

export const arnOf = ({ partition, region, accountId }: Place, service: string, resource: string): string =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;

/** An id of letters and digits in API Gateway's form. The same URN gives the same id. */
export const shortId = (urn: string, length = 10): string =>
  BigInt(`0x${createHash("sha256").update(urn).digest("hex")}`)
    .toString(36)
    .slice(0, length);

/** The same URN gives the same id. */
export const uuid = (urn: string): string =>
  createHash("sha256")
    .update(urn)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");

/** For kinds whose only output is the id, and whose id is the physical name. */
export const idIsName = ({ physicalName }: NamedResource): Outputs => ({ id: physicalName });
