// The same step with Middy and Powertools: batch, idempotency, logger.
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import middy from "@middy/core";
import * as z from "zod";

const Order = z.object({
  orderId: z.string().min(1),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int().min(1), unitCents: z.int() })),
});
const bus = new EventBridgeClient({});
const logger = new Logger({ serviceName: "bench" });
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: "bench" });
const config = new IdempotencyConfig({ eventKeyJmesPath: "metadata.eventId" });

const price = makeIdempotent(
  async (detail) => {
    const { orderId, lines } = Order.parse(detail.data);
    const totalCents = lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
    const Detail = JSON.stringify({
      metadata: { ...detail.metadata, causationId: detail.metadata.eventId },
      data: { orderId, totalCents },
    });
    await bus.send(
      new PutEventsCommand({ Entries: [{ EventBusName: "bench", Source: "bench", DetailType: "OrderPriced", Detail }] }),
    );
    logger.info("order priced", { orderId, correlationId: detail.metadata.correlationId });
    return { orderId };
  },
  { persistenceStore, config },
);
const processor = new BatchProcessor(EventType.SQS);

export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async (event, context) => {
    config.registerLambdaContext(context);
    return processPartialResponse(event, ({ body }) => price(JSON.parse(body).detail), processor, { context });
  });
