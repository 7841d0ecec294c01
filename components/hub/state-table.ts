import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { DeclarationError } from "../../model/index.ts";
import type { ChildOptions } from "../parts/customise.ts";
import type { Foundation } from "./hub-core.ts";

/** The part of a request's summary that a list shows. */
const LISTED = {
  projectionType: "INCLUDE",
  nonKeyAttributes: ["requestId", "correlationId", "tenant", "flow", "status", "createdAt", "updatedAt"],
};

const KEY = { hashKey: "pk", rangeKey: "sk" };
const TTL = "expiresAt";
const INDEXES = [
  // Sparse: only summaries of requests have these keys. Each write of a summary costs a write to the index, so the index holds no more
  // than a list shows.
  { name: "byTenant", hashKey: "listedIn", rangeKey: "listedAt", ...LISTED },
  { name: "byCorrelation", hashKey: "correlatedIn", rangeKey: "listedAt", ...LISTED },
  // Sparse: only records of dead letters have both keys.
  { name: "deadLetters", hashKey: "letterBucket", rangeKey: "letterAt", projectionType: "ALL" },
];

/** @param protect refuses to delete the table */
export const stateTable = (name: string, protect: boolean, options: ChildOptions): aws.dynamodb.Table =>
  new aws.dynamodb.Table(
    name,
    {
      billingMode: "PAY_PER_REQUEST",
      ...KEY,
      attributes: ["pk", "sk", "listedIn", "correlatedIn", "listedAt", "letterBucket", "letterAt"].map((name) => ({
        name,
        type: "S",
      })),
      globalSecondaryIndexes: INDEXES,
      ttl: { attributeName: TTL, enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
      deletionProtectionEnabled: protect,
    },
    { ...options, protect },
  );

/**
 * A table that exists already. AWS is asked for its keys and indexes when the program runs, in a preview too.
 * @throws DeclarationError, through the outputs, when the hub could not work with the table
 */
export function existingTable(tableName: pulumi.Input<string>, options: ChildOptions): Foundation["table"] {
  const found = aws.dynamodb.getTableOutput({ name: tableName }, { parent: options.parent }).apply((table) => {
    const indexes = table.globalSecondaryIndexes.map(({ name }) => name);
    const missing = [
      ...(table.hashKey === KEY.hashKey && table.rangeKey === KEY.rangeKey ? [] : ["the key pk, sk"]),
      ...INDEXES.filter(({ name }) => !indexes.includes(name)).map(({ name }) => `the index ${name}`),
      ...(table.ttl.attributeName === TTL ? [] : [`TTL by ${TTL}`]),
    ];
    if (missing.length === 0) return table;
    throw new DeclarationError([
      {
        code: "RANGE",
        where: `existing.tableName, ${table.name}`,
        fact: `the table lacks ${missing.join(", ")}`,
        remedy: 'Create it as docs/architecture.md says, "State table", or let the hub create one',
      },
    ]);
  });
  return { name: found.name, arn: found.arn };
}
