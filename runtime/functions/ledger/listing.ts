import { isCallerless, WEBHOOK_TENANT } from "../../../protocol/first-event.ts";
import { INDEXES, type ListKeys } from "../../../protocol/table.ts";
import { hashOf } from "../../ids.ts";

/**
 * Index partitions per tenant: a partition takes 1,000 writes a second, and a request is written some ten times. Fewer would slow down
 * a busy tenant; each additional one costs a query per page.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
const SHARDS = 4;

/** What webhooks, schedules and polls started is open to every caller, and counts as one tenant's. */
export const groupOf = (tenant: string) => (isCallerless(tenant) ? WEBHOOK_TENANT : tenant);

const shardOf = (requestId: string) => Number.parseInt(hashOf([requestId]).slice(0, 8), 16) % SHARDS;

/** @returns the position of a request in the list: unique, newest last */
export const positionOf = (createdAt: string, requestId: string): string => {
  const at = Date.parse(createdAt);
  return `${Number.isNaN(at) ? createdAt : new Date(at).toISOString()}#${requestId}`;
};

/**
 * @returns keys of a summary in the indexes that lists are read from. Most requests have no correlation id but their own: such a one is found
 *   by its id, so that its writes cost none of that index.
 */
export const listKeysOf = (request: {
  readonly tenant: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly createdAt: string;
}): ListKeys => ({
  [INDEXES.byTenant.partition]: `${groupOf(request.tenant)}#${shardOf(request.requestId)}`,
  ...(request.correlationId !== request.requestId && {
    [INDEXES.byCorrelation.partition]: `${groupOf(request.tenant)}#${request.correlationId}`,
  }),
  [INDEXES.byTenant.sort]: positionOf(request.createdAt, request.requestId),
});

/** Whose requests a tenant may see: its own, and what no caller started. */
const groupsSeenBy = (tenant: string): readonly string[] => [...new Set([groupOf(tenant), WEBHOOK_TENANT])];

/** @returns whether lists show a tenant the requests of another one, or of its own */
export const isListedFor = (tenant: string, other: string): boolean => groupsSeenBy(tenant).includes(groupOf(other));

/** @returns the partitions of all requests that a tenant may see */
export const tenantBuckets = (tenant: string): readonly string[] =>
  groupsSeenBy(tenant).flatMap((group) => Array.from({ length: SHARDS }, (_, shard) => `${group}#${shard}`));

/** As `tenantBuckets`, for one correlation id. */
export const correlationBuckets = (tenant: string, correlationId: string): readonly string[] =>
  groupsSeenBy(tenant).map((group) => `${group}#${correlationId}`);
