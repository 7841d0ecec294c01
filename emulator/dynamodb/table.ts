import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { Json } from "../endpoint/service.ts";

/** The facts about a table that authorization and the TTL sweep need. */
export interface Table {
  readonly name: string;
  readonly arn: string;
  readonly hashKey: string;
  readonly rangeKey: string | undefined;
  /** Partition key by name of the global secondary index. */
  readonly indexes: ReadonlyMap<string, string>;
  /** TTL attribute, which holds the expiry time in epoch seconds; undefined when TTL is off. */
  readonly ttl: string | undefined;
}

/** A table as the recorded `aws:dynamodb/table:Table` declares it. */
export interface TableDeclaration {
  readonly name: string;
  readonly arn: string;
  /** Inputs of the resource: `attributes`, `hashKey`, `rangeKey`, `globalSecondaryIndexes`, `ttl`. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** DynamoDB refuses the declared table, or the emulator does not support it. */
export class TableDefinitionError extends Error {
  override readonly name = "TableDefinitionError";
}

const keyPart = z.object({ attributeName: z.string(), keyType: z.enum(["HASH", "RANGE"]) });
const indexSchema = z
  .object({
    name: z.string(),
    hashKey: z.string().optional(),
    rangeKey: z.string().optional(),
    /** Alternative to `hashKey` and `rangeKey`. */
    keySchemas: z.array(keyPart).optional(),
    projectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
    nonKeyAttributes: z.array(z.string()).optional(),
  })
  .transform(({ keySchemas = [], hashKey, rangeKey, ...rest }) => ({
    ...rest,
    hashKey: hashKey ?? keySchemas.find(({ keyType }) => keyType === "HASH")?.attributeName,
    rangeKey: rangeKey ?? keySchemas.find(({ keyType }) => keyType === "RANGE")?.attributeName,
  }));
const inputsSchema = z.object({
  attributes: z.array(z.object({ name: z.string(), type: z.enum(["S", "N", "B"]) })),
  hashKey: z.string(),
  rangeKey: z.string().optional(),
  globalSecondaryIndexes: z.array(indexSchema).default([]),
  localSecondaryIndexes: z.array(z.unknown()).max(0, "local secondary indexes are not simulated. Use a global one").optional(),
  ttl: z.object({ attributeName: z.string().optional(), enabled: z.boolean().optional() }).optional(),
});

/**
 * Reads a table's declaration.
 * @returns the table, and the CreateTable request that creates it
 * @throws TableDefinitionError
 */
export function readTable({ name, arn, inputs }: TableDeclaration): { table: Table; create: Json } {
  const parsed = inputsSchema.safeParse(inputs);
  if (!parsed.success)
    throw new TableDefinitionError(`Table ${name} can't be created: ${z.prettifyError(parsed.error)}. Correct its inputs.`);
  const { attributes, hashKey, rangeKey, globalSecondaryIndexes, ttl } = parsed.data;
  const indexes = globalSecondaryIndexes.map((index) => {
    if (index.hashKey === undefined)
      throw new TableDefinitionError(`Index ${index.name} of table ${name} has no partition key. Give it a hashKey.`);
    return { ...index, hashKey: index.hashKey };
  });
  const create: Json = {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    KeySchema: keySchema(hashKey, rangeKey),
    ...(indexes.length === 0
      ? {}
      : {
          GlobalSecondaryIndexes: indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index.hashKey, index.rangeKey),
            Projection: {
              ProjectionType: index.projectionType,
              ...(index.nonKeyAttributes ? { NonKeyAttributes: index.nonKeyAttributes } : {}),
            },
          })),
        }),
  };
  const table = {
    name,
    arn,
    hashKey,
    rangeKey,
    indexes: new Map(indexes.map((index) => [index.name, index.hashKey])),
    ttl: ttl && ttl.enabled !== false ? ttl.attributeName : undefined,
  };
  return { table, create };
}

const keySchema = (hash: string, range: string | undefined) => [
  { AttributeName: hash, KeyType: "HASH" },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: "RANGE" }]),
];

/**
 * Whether an existing table has the declared keys and indexes.
 * @param create CreateTable request of the declaration
 * @param described `Table` of DescribeTable's response
 */
export function sameSchema(create: Json, described: Json): boolean {
  return isDeepStrictEqual(normalizedSchema(create), normalizedSchema(described));
}

/** Keys, their types and indexes, in a fixed order. */
function normalizedSchema({ KeySchema, AttributeDefinitions, GlobalSecondaryIndexes }: Json) {
  const indexes = (GlobalSecondaryIndexes ?? []) as {
    IndexName: string;
    KeySchema: unknown;
    Projection: { ProjectionType: string };
  }[];
  const byName = <T>(items: readonly T[], name: (item: T) => string) => [...items].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  return {
    keys: KeySchema,
    attributes: byName((AttributeDefinitions ?? []) as { AttributeName: string }[], ({ AttributeName }) => AttributeName),
    indexes: byName(
      indexes.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, projection: Projection.ProjectionType })),
      ({ IndexName }) => IndexName,
    ),
  };
}
