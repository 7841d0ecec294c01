import { hashOf } from "../../ids.ts";

/** Keys of a summary in the indexes `byTenant` and `byCorrelation`; docs/architecture.md, "State table". */
export interface ListKeys {
  readonly listedIn: string;
  readonly correlatedIn: string;
  readonly listedAt: string;
}

/**
 * Partitions that a tenant's requests are spread over: a partition of an index takes 1,000 writes a second, and a request is written
 * some ten times. Fewer would slow a busy tenant down; each one more is a query more for every page.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
const SHARDS = 4;

/** Third parties have no tenant to tell them apart by: what their webhooks started is everybody's with a key. */
const WEBHOOKS = "webhook:";
const groupOf = (tenant: string) => (tenant.startsWith(WEBHOOKS) ? WEBHOOKS : tenant);

const shardOf = (requestId: string) => Number.parseInt(hashOf([requestId]).slice(0, 8), 16) % SHARDS;

/** @returns the position of a request among others: newest last, and none the same as another's */
const positionOf = (createdAt: string, requestId: string): string => {
  const at = Date.parse(createdAt);
  return `${Number.isNaN(at) ? createdAt : new Date(at).toISOString()}#${requestId}`;
};

export const listKeysOf = (of: {
  readonly tenant: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly createdAt: string;
}): ListKeys => ({
  listedIn: `${groupOf(of.tenant)}#${shardOf(of.requestId)}`,
  correlatedIn: `${groupOf(of.tenant)}#${of.correlationId}`,
  listedAt: positionOf(of.createdAt, of.requestId),
});

/** @returns the partitions that hold all that a tenant may see: its own, and the webhooks' */
export const tenantBuckets = (tenant: string): readonly string[] =>
  [...new Set([groupOf(tenant), WEBHOOKS])].flatMap((group) => Array.from({ length: SHARDS }, (_, shard) => `${group}#${shard}`));

/** The same of one correlation id. */
export const correlationBuckets = (tenant: string, correlationId: string): readonly string[] =>
  [...new Set([groupOf(tenant), WEBHOOKS])].map((group) => `${group}#${correlationId}`);
