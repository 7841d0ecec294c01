import type middy from "@middy/core";
import type { BatchResponse, LambdaContext, SqsEvent } from "../lambda.ts";

/**
 * Makes a partial batch response of what the handler found out about each message, in the order of the batch: those that were
 * rejected come back, and one failure never takes others with it.
 */
export const partialBatch: middy.MiddlewareObj<
  SqsEvent,
  readonly PromiseSettledResult<unknown>[] | BatchResponse,
  Error,
  LambdaContext
> = {
  after: (request) => {
    const outcomes = request.response as readonly PromiseSettledResult<unknown>[];
    const failed = request.event.Records.filter((_, i) => outcomes[i]?.status !== "fulfilled");
    request.response = { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  },
};
