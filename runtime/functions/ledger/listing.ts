import { WEBHOOK_TENANT } from "../../../protocol/first-event.ts";
import { INDEXES, type ListKeys } from "../../../protocol/table.ts";
import { hashOf } from "../../ids.ts";

/**
 * Partitions that a tenant's requests are spread over: a partition of an index takes 1,000 writes a second, and a request is written
 * some ten times. Fewer would slow a busy tenant down; each one more is a query more for every page.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
const SHARDS = 4;

/** Webhooks have no tenants: what they started is open to every caller. */
const groupOf = (tenant: string) => (tenant.startsWith(WEBHOOK_TENANT) ? WEBHOOK_TENANT : tenant);

const shardOf = (requestId: string) => Number.parseInt(hashOf([requestId]).slice(0, 8), 16) % SHARDS;

/** @returns the position of a request among others: newest last, and none the same as another's */
const positionOf = (createdAt: string, requestId: string): string => {
  const at = Date.parse(createdAt);
  return `${Number.isNaN(at) ? createdAt : new Date(at).toISOString()}#${requestId}`;
};

/** @returns keys of a summary in the indexes that lists are read from */
export const listKeysOf = (of: {
  readonly tenant: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly createdAt: string;
}): ListKeys => ({
  [INDEXES.byTenant.partition]: `${groupOf(of.tenant)}#${shardOf(of.requestId)}`,
  [INDEXES.byCorrelation.partition]: `${groupOf(of.tenant)}#${of.correlationId}`,
  [INDEXES.byTenant.sort]: positionOf(of.createdAt, of.requestId),
});

/** @returns the partitions that hold all that a tenant may see: its own, and the webhooks' */
export const tenantBuckets = (tenant: string): readonly string[] =>
  [...new Set([groupOf(tenant), WEBHOOK_TENANT])].flatMap((group) =>
    Array.from({ length: SHARDS }, (_, shard) => `${group}#${shard}`),
  );

/** The same of one correlation id. */
export const correlationBuckets = (tenant: string, correlationId: string): readonly string[] =>
  [...new Set([groupOf(tenant), WEBHOOK_TENANT])].map((group) => `${group}#${correlationId}`);
