import type {
  BatchWriteItemInput,
  BatchWriteItemOutput,
  DeleteItemInput,
  DeleteItemOutput,
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  PutItemOutput,
  QueryInput,
  QueryOutput,
  UpdateItemInput,
  UpdateItemOutput,
} from "@aws-sdk/client-dynamodb";
import { INDEXES, PARTITION_KEY, SORT_KEY } from "../../protocol/table.ts";
import { type Change, type Condition, type Item, ItemTooLargeError, type Key, type Table, TableBusyError } from "../ports.ts";
import { type AwsClient, awsClient, SERVICES } from "./client.ts";
import { Expression } from "./expression.ts";
import { itemFrom, marshal, marshalAll } from "./items.ts";

export type DynamoDb = AwsClient<{
  readonly BatchWriteItem: { readonly input: BatchWriteItemInput; readonly output: BatchWriteItemOutput };
  readonly GetItem: { readonly input: GetItemInput; readonly output: GetItemOutput };
  readonly PutItem: { readonly input: PutItemInput; readonly output: PutItemOutput };
  readonly UpdateItem: { readonly input: UpdateItemInput; readonly output: UpdateItemOutput };
  readonly DeleteItem: { readonly input: DeleteItemInput; readonly output: DeleteItemOutput };
  readonly Query: { readonly input: QueryInput; readonly output: QueryOutput };
}>;

/** Items of one BatchWriteItem. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MOST_PUT = 25;

/** @param name of the table. */
export function dynamoTable(name: string, call: DynamoDb = awsClient(SERVICES.dynamodb)): Table {
  const TableName = name;
  const table: Table = {
    async get(key) {
      const { Item } = await unlessBusy(() => call("GetItem", { TableName, Key: marshalAll({ ...key }), ConsistentRead: true }));
      return Item && itemFrom(Item);
    },

    async put(item, condition) {
      const written = await held(() => call("PutItem", { TableName, Item: marshalAll(item), ...conditionOf(condition) }));
      return written !== undefined;
    },

    async putAll(items) {
      // A call that names a key twice is refused.
      const each = [...new Map(items.map((item) => [JSON.stringify([item.pk, item.sk]), item])).values()];
      for (let from = 0; from < each.length; from += MOST_PUT) await putSome(each.slice(from, from + MOST_PUT));
    },

    async update(key, change, condition) {
      const input = { ...updateOf(key, change, condition), ReturnValues: "ALL_NEW" } as const;
      const written = await held(() => call("UpdateItem", input));
      return written && itemFrom(written.Attributes ?? {});
    },

    async write(key, change, condition) {
      const input = updateOf(key, change, condition);
      return (await held(() => call("UpdateItem", input))) !== undefined;
    },

    query: (pk, part) =>
      pages(
        call,
        {
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: part ? "#pk = :pk AND begins_with(#sk, :prefix)" : "#pk = :pk",
          ExpressionAttributeNames: { "#pk": PARTITION_KEY, ...(part && { "#sk": SORT_KEY }) },
          ExpressionAttributeValues: { ":pk": marshal(pk), ...(part && { ":prefix": marshal(part.prefix) }) },
          ...(part && { ScanIndexForward: false }),
        },
        part?.last,
      ),

    async remove({ pk, sk }) {
      await unlessBusy(() => call("DeleteItem", { TableName, Key: marshalAll({ pk, sk }) }));
    },

    async listed({ index, bucket, from, to, where = {}, limit, after, oldestFirst = false }) {
      const expression = new Expression();
      const { name: IndexName, partition, sort } = INDEXES[index];
      const KeyConditionExpression = `${expression.equal(partition, bucket)} AND ${expression.between(sort, from, to)}`;
      const filter = Object.entries(where).map(([name, value]) => expression.equal(name, value));
      const query: QueryInput = {
        TableName,
        IndexName,
        KeyConditionExpression,
        ...(filter.length > 0 && { FilterExpression: filter.join(" AND ") }),
        ExpressionAttributeNames: expression.names,
        ExpressionAttributeValues: expression.values,
        ScanIndexForward: oldestFirst,
        Limit: limit,
        ...(after && { ExclusiveStartKey: marshalAll(after) }),
      };
      const { Items = [], LastEvaluatedKey } = await unlessBusy(() => call("Query", query));
      const next = LastEvaluatedKey && itemFrom(LastEvaluatedKey);
      return { items: Items.map(itemFrom), end: LastEvaluatedKey?.[sort]?.S, next };
    },

    async count(index, bucket) {
      const expression = new Expression();
      const { name: IndexName, partition } = INDEXES[index];
      const KeyConditionExpression = expression.equal(partition, bucket);
      let count = 0;
      let start: QueryInput["ExclusiveStartKey"];
      do {
        const query: QueryInput = {
          TableName,
          IndexName,
          KeyConditionExpression,
          ExpressionAttributeNames: expression.names,
          ExpressionAttributeValues: expression.values,
          Select: "COUNT",
          ...(start && { ExclusiveStartKey: start }),
        };
        const page: QueryOutput = await unlessBusy(() => call("Query", query));
        count += page.Count ?? 0;
        start = page.LastEvaluatedKey;
      } while (start);
      return count;
    },
  };
  return table;

  async function putSome(items: readonly Item[]): Promise<void> {
    const [first, ...more] = items;
    if (!first) return;
    if (more.length === 0) {
      await table.put(first);
      return;
    }
    const requests = items.map((item) => ({ PutRequest: { Item: marshalAll(item) } }));
    const { UnprocessedItems = {} } = await unlessBusy(() => call("BatchWriteItem", { RequestItems: { [TableName]: requests } }));
    // What DynamoDB throttles it leaves out: a put waits as the client does, and says so where that does not help.
    for (const { PutRequest } of UnprocessedItems[TableName] ?? []) await table.put(itemFrom(PutRequest?.Item ?? {}));
  }

  function updateOf({ pk, sk }: Key, change: Change, condition: Condition | undefined) {
    const expression = new Expression();
    const UpdateExpression = expression.update(change);
    const ConditionExpression = condition && expression.condition(condition);
    return {
      TableName,
      Key: { pk: marshal(pk), sk: marshal(sk) },
      UpdateExpression,
      ...(ConditionExpression && { ConditionExpression }),
      ExpressionAttributeNames: expression.names,
      ...valuesOf(expression),
    };
  }
}

async function pages(call: DynamoDb, input: QueryInput, limit = Number.POSITIVE_INFINITY): Promise<readonly Item[]> {
  const items: Item[] = [];
  let start = input.ExclusiveStartKey;
  do {
    const Limit = Number.isFinite(limit) ? { Limit: limit - items.length } : {};
    const query: QueryInput = { ...input, ...Limit, ...(start && { ExclusiveStartKey: start }) };
    const page = await unlessBusy(() => call("Query", query));
    items.push(...(page.Items ?? []).map(itemFrom));
    start = page.LastEvaluatedKey;
  } while (start && items.length < limit);
  return items;
}

function conditionOf(condition: Condition | undefined) {
  if (!condition) return {};
  const expression = new Expression();
  const ConditionExpression = expression.condition(condition);
  return { ConditionExpression, ExpressionAttributeNames: expression.names, ...valuesOf(expression) };
}

/** DynamoDB refuses an empty map of values. */
const valuesOf = ({ values }: Expression) => (Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {});

/** @returns the write's result; `undefined` when its condition is false */
async function held<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await unlessBusy(write);
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "ConditionalCheckFailedException") return undefined;
    if (name === "ValidationException" && /item size/i.test(message)) throw new ItemTooLargeError(message, { cause: error });
    throw error;
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.MessagesAndCodes */
const THROTTLED: readonly string[] = ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];

/** After the client's own retries. @throws TableBusyError, and whatever the call throws */
async function unlessBusy<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name, message } = error as Error;
    if (!THROTTLED.includes(name)) throw error;
    throw new TableBusyError(`DynamoDB throttles the state table: ${message}. The message waits.`, { cause: error });
  }
}
