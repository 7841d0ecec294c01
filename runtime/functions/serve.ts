import type { Environment } from "../environment.ts";
import type { BatchResponse, LambdaContext, LambdaHandler, SqsRecord } from "../lambda.ts";
import { addToScope, createLogger, inScope, type Logger } from "../logging/logger.ts";
import { once, type Services } from "../services.ts";

/** Each function knows the form of its events; Lambda hands over whatever its event source makes. */
type Handler = (event: never, context: LambdaContext) => Promise<unknown>;

/**
 * The Lambda handler of every function of the hub: connects to the services and makes the logger once per container, and gives each
 * invocation a log scope that holds `coldStart`.
 *
 * @param connect returns the services. Called by the first invocation, so that loading a bundle needs neither environment nor
 *   AWS; called again by the next invocation when it throws.
 * @param make returns what handles an invocation. Called once per container.
 */
export function serve<E extends Pick<Environment, "logLevel" | "functionName">>(
  connect: () => Services<E>,
  make: (services: Services<E>, log: Logger) => Handler,
): LambdaHandler {
  const made = once(() => {
    const services = connect();
    const { logLevel, functionName } = services.environment;
    return make(services, createLogger({ level: logLevel, functionName, to: services.logTo }));
  });
  let coldStart = true;
  return (event, context) =>
    inScope(async () => {
      addToScope({ coldStart });
      coldStart = false;
      return made()(event as never, context);
    });
}

/**
 * Partial batch response: the messages whose work was rejected come back, the others are deleted from the queue.
 * @param outcomes one per record, in the same order
 */
export function batchResponse(records: readonly SqsRecord[], outcomes: readonly PromiseSettledResult<unknown>[]): BatchResponse {
  const failed = records.filter((_, i) => outcomes[i]?.status !== "fulfilled");
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** Handles all records of a batch at once, each in a log scope of its own. */
export async function handleBatch(
  records: readonly SqsRecord[],
  work: (record: SqsRecord) => Promise<unknown>,
): Promise<BatchResponse> {
  return batchResponse(records, await Promise.allSettled(records.map((record) => inScope(async () => work(record)))));
}
