import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { DeclarationError } from "../../model/index.ts";
import { EXPIRES_AT, INDEXES, type IndexName, PARTITION_KEY, PROJECTED, SORT_KEY } from "../../protocol/table.ts";
import type { HubConfig } from "../config/config.ts";
import type { Foundation } from "../core/hub-core.ts";
import type { ChildOptions } from "../parts/customise.ts";

const KEY = { hashKey: PARTITION_KEY, rangeKey: SORT_KEY };
const ATTRIBUTES = new Set([
  ...Object.values(KEY),
  ...Object.values(INDEXES).flatMap(({ partition, sort }) => [partition, sort]),
]);
function projectionOf(index: IndexName) {
  const projected = PROJECTED[index];
  if (projected === "all") return { projectionType: "ALL" };
  return projected.length > 0 ? { projectionType: "INCLUDE", nonKeyAttributes: [...projected] } : { projectionType: "KEYS_ONLY" };
}
// Sparse: only items that have both keys are in an index.
const GLOBAL_INDEXES = Object.values(INDEXES).map(({ name, partition, sort }) => ({
  name,
  keySchemas: [
    { attributeName: partition, keyType: "HASH" },
    { attributeName: sort, keyType: "RANGE" },
  ],
  ...projectionOf(name),
}));

/** @param config.protect refuses to delete the table */
export function stateTable(
  name: string,
  { protect, warmThroughput }: Pick<HubConfig, "protect" | "warmThroughput">,
  options: ChildOptions,
): aws.dynamodb.Table {
  const warm = warmThroughput && {
    warmThroughput: { readUnitsPerSecond: warmThroughput.reads, writeUnitsPerSecond: warmThroughput.writes },
  };
  return new aws.dynamodb.Table(
    name,
    {
      billingMode: "PAY_PER_REQUEST",
      ...KEY,
      ...warm,
      attributes: [...ATTRIBUTES].map((name) => ({ name, type: "S" })),
      globalSecondaryIndexes: GLOBAL_INDEXES.map((index) => ({ ...index, ...warm })),
      ttl: { attributeName: EXPIRES_AT, enabled: true },
      pointInTimeRecovery: { enabled: true },
      // False: encrypted with a key that AWS owns. The managed key aws/dynamodb is billed by request, and its use can't be controlled either.
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
      serverSideEncryption: { enabled: false },
      deletionProtectionEnabled: protect,
    },
    { ...options, protect },
  );
}

/**
 * A table that exists already. AWS is asked for its keys and indexes when the program runs, in a preview too.
 * @throws DeclarationError, through the outputs, when the hub could not work with the table
 */
export function existingTable(tableName: pulumi.Input<string>, options: ChildOptions): Foundation["table"] {
  const found = aws.dynamodb.getTableOutput({ name: tableName }, { parent: options.parent }).apply((table) => {
    const indexes = table.globalSecondaryIndexes.map(({ name }) => name);
    const missing = [
      ...(table.hashKey === KEY.hashKey && table.rangeKey === KEY.rangeKey ? [] : [`the key ${PARTITION_KEY}, ${SORT_KEY}`]),
      ...GLOBAL_INDEXES.filter(({ name }) => !indexes.includes(name)).map(({ name }) => `the index ${name}`),
      ...(table.ttl.attributeName === EXPIRES_AT ? [] : [`TTL by ${EXPIRES_AT}`]),
    ];
    if (missing.length === 0) return table;
    throw new DeclarationError([
      {
        code: "RANGE",
        where: `existing.tableName, ${table.name}`,
        fact: `the table lacks ${missing.join(", ")}`,
        remedy: 'Create it as docs/internals.md says, "State table", or let the hub create one',
      },
    ]);
  });
  return { name: found.name, arn: found.arn };
}
