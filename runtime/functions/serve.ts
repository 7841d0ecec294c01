import type { Environment } from "../environment.ts";
import type { BatchResponse, LambdaContext, LambdaHandler, SqsRecord } from "../lambda.ts";
import { captureConsole } from "../logging/console.ts";
import { createLogger, type Logger } from "../logging/logger.ts";
import { collectMetrics, measure } from "../logging/metric.ts";
import { addToScope, inScope } from "../logging/scope.ts";
import { once, type Services } from "../services.ts";
import { recordSpans } from "../tracing/recorder.ts";
import { xrayLink } from "../tracing/trace-ids.ts";

/** Without a table, the function has no metrics. */
type Served = Pick<Environment, "logLevel" | "functionName"> & { readonly table?: string; readonly flow?: string };

/** Each function knows the form of its events; Lambda hands over whatever its event source makes. */
type Handler = (event: never, context: LambdaContext) => Promise<unknown>;

/**
 * The Lambda handler of every function of the hub: connects to the services and makes the logger once per container, and gives each
 * invocation a log scope that holds `coldStart`. Logs each invocation with its duration. What the function writes to the console becomes
 * log lines.
 *
 * @param connect returns the services. Called by the first invocation, so that loading a bundle needs neither environment nor
 *   AWS; called again by the next invocation when it throws.
 * @param make returns what handles an invocation. Called once per container.
 * @param personal names of the fields that hold personal data. @default none
 */
export function serve<E extends Served>(
  connect: () => Services<E>,
  make: (services: Services<E>, log: Logger) => Handler,
  personal: ReadonlySet<string> = new Set(),
): LambdaHandler {
  const made = once(() => {
    const services = connect();
    const { logLevel, functionName, table, flow } = services.environment;
    const log = createLogger({ level: logLevel, functionName, to: services.logTo, personal });
    // Where lines go elsewhere, the process serves others too, such as a test's.
    if (services.logTo === undefined) captureConsole(console, log);
    const { clock, logTo, tracing } = services;
    const metrics = table === undefined ? undefined : { clock, environment: { table }, ...(logTo && { logTo }) };
    const about = flow === undefined ? {} : { flow };
    return { handle: make(services, log), log, clock, tracing, metrics, about };
  });
  let coldStart = true;
  return (event, context) =>
    inScope(async () => {
      const traceId = xrayLink(process.env[TRACE_VARIABLE])?.traceId;
      addToScope({ coldStart, ...(traceId !== undefined && { traceId }) });
      const isFirst = coldStart;
      coldStart = false;
      const { handle, log, clock, tracing, metrics, about } = made();
      const beganAt = clock.now();
      try {
        return await collectMetrics(metrics, () => {
          if (isFirst) measure(about, { ColdStarts: 1 });
          return recordSpans(
            tracing,
            () => handle(event as never, context),
            () => clock.now(),
          );
        });
      } finally {
        log.info("invocation ended", { durationMs: clock.now() - beganAt });
      }
    });
}

/**
 * Set by Lambda for each invocation, such as `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const TRACE_VARIABLE = "_X_AMZN_TRACE_ID";

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
