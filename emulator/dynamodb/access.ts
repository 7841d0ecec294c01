import { AwsError, type Json } from "../endpoint/service.ts";
import { keysOf, queriedKey } from "./leading-keys.ts";
import type { Table } from "./table.ts";

/** A permission that a request needs. */
export interface Access {
  readonly action: string;
  readonly resource: string;
  /** Partition keys that the request accesses (`dynamodb:LeadingKeys`); undefined when it names none, as in a Scan. */
  readonly leadingKeys: readonly string[] | undefined;
}
type TableOf = (name: unknown) => Table;

/**
 * Lists the permissions that a request needs. A transaction needs those of its parts. A batch needs the batch action on each table.
 *
 * @param tableOf finds a table by name
 * @throws AwsError ResourceNotFoundException, ValidationException
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function accessOf(operation: string, input: Json, tableOf: TableOf): Access[] {
  const accessToTable = (leadingKeys?: (table: Table) => readonly string[]): Access[] => {
    const table = tableOf(input.TableName);
    return [{ action: operation, resource: table.arn, leadingKeys: leadingKeys?.(table) }];
  };
  switch (operation) {
    case "GetItem":
    case "UpdateItem":
    case "DeleteItem":
      return accessToTable((table) => keysOf([input.Key], table.hashKey));
    case "PutItem":
      return accessToTable((table) => keysOf([input.Item], table.hashKey));
    case "Query":
    case "Scan":
      return [readAccess(operation, input, tableOf(input.TableName))];
    case "BatchGetItem":
      return batchAccess(operation, input, tableOf, (request) => (request as { Keys?: unknown[] }).Keys ?? []);
    case "BatchWriteItem":
      return batchAccess(operation, input, tableOf, (requests) => (requests as Json[]).map(writtenKey));
    case "TransactGetItems":
    case "TransactWriteItems":
      return transactionAccess(input, tableOf);
    default:
      return accessToTable();
  }
}

function readAccess(action: string, input: Json, table: Table): Access {
  if (input.IndexName === undefined) {
    return { action, resource: table.arn, leadingKeys: action === "Query" ? queriedKey(input, table.hashKey) : undefined };
  }
  const name = String(input.IndexName);
  const hashKey = table.indexes.get(name);
  if (hashKey === undefined) throw new AwsError("ValidationException", `The table does not have the specified index: ${name}`);
  return {
    action,
    resource: `${table.arn}/index/${name}`,
    leadingKeys: action === "Query" ? queriedKey(input, hashKey) : undefined,
  };
}

const writtenKey = (request: Json): unknown => {
  const { PutRequest, DeleteRequest } = request as { PutRequest?: { Item?: unknown }; DeleteRequest?: { Key?: unknown } };
  return PutRequest?.Item ?? DeleteRequest?.Key;
};

function batchAccess(action: string, input: Json, tableOf: TableOf, items: (request: unknown) => readonly unknown[]): Access[] {
  return Object.entries((input.RequestItems ?? {}) as Json).map(([name, request]) => {
    const table = tableOf(name);
    return { action, resource: table.arn, leadingKeys: keysOf(items(request), table.hashKey) };
  });
}

const TRANSACTION_ACTIONS: Readonly<Record<string, string>> = {
  Get: "GetItem",
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

function transactionAccess(input: Json, tableOf: TableOf): Access[] {
  const items = Array.isArray(input.TransactItems) ? (input.TransactItems as Json[]) : [];
  return items.flatMap((item) =>
    Object.entries(item).map(([kind, part]) => {
      const action = TRANSACTION_ACTIONS[kind];
      if (!action) throw new AwsError("ValidationException", `TransactItems can't hold ${kind}.`);
      const { TableName, Key, Item } = part as Json;
      const table = tableOf(TableName);
      return { action, resource: table.arn, leadingKeys: keysOf([Key ?? Item], table.hashKey) };
    }),
  );
}
