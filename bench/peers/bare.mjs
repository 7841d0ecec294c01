// The same step by hand: parse, validate, claim by a conditional write, handle, publish, record.
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import * as z from "zod";

const Order = z.object({
  orderId: z.string().min(1),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int().min(1), unitCents: z.int() })),
});
const table = new DynamoDBClient({});
const bus = new EventBridgeClient({});

export async function handler({ Records }) {
  const batchItemFailures = [];
  for (const { messageId, body } of Records) {
    try {
      const { detail } = JSON.parse(body);
      const id = `order-${detail.metadata.eventId}`;
      const key = { pk: { S: id }, sk: { S: "claim" } };
      const condition = { ConditionExpression: "attribute_not_exists(pk)" };
      await table.send(new PutItemCommand({ TableName: "bench", Item: { ...key, status: { S: "begun" } }, ...condition }));
      const { orderId, lines } = Order.parse(detail.data);
      const totalCents = lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
      const Detail = JSON.stringify({
        metadata: { ...detail.metadata, causationId: detail.metadata.eventId },
        data: { orderId, totalCents },
      });
      await bus.send(
        new PutEventsCommand({ Entries: [{ EventBusName: "bench", Source: "bench", DetailType: "OrderPriced", Detail }] }),
      );
      const done = { ":s": { S: "done" } };
      const update = {
        UpdateExpression: "SET #s = :s",
        ExpressionAttributeNames: { "#s": "status" },
        ExpressionAttributeValues: done,
      };
      await table.send(new UpdateItemCommand({ TableName: "bench", Key: key, ...update }));
      console.log(
        JSON.stringify({ level: "info", message: "order priced", orderId, correlationId: detail.metadata.correlationId }),
      );
    } catch (error) {
      console.error(JSON.stringify({ level: "error", message: "order not priced", error: String(error) }));
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}
