import type { HubWriterEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import type { LambdaHandler } from "../../lambda.ts";
import { createLogger, inScope, type Logger } from "../../logging/logger.ts";
import { hubWriterServices, once, type Services } from "../../services.ts";

/** One thing that has to be looked after by time. */
export type Sweep = (services: Services<HubWriterEnvironment>, log: Logger) => Promise<void>;

/**
 * The Lambda handler that runs once a minute. One sweep that fails does not keep the others from theirs.
 * @param connect gives the services; it is called with the first run. @default AWS, as the environment says
 * @throws AggregateError so that the failure is counted, when all have been tried
 */
export function serveSweeper(
  sweeps: readonly Sweep[],
  connect: () => Services<HubWriterEnvironment> = hubWriterServices,
): LambdaHandler {
  const made = once(() => {
    const services = connect();
    const { logLevel, functionName } = services.environment;
    return { services, log: createLogger({ level: logLevel, functionName, to: services.logTo }) };
  });
  return () =>
    inScope(async () => {
      const { services, log } = made();
      const outcomes = await Promise.allSettled(sweeps.map((sweep) => sweep(services, log)));
      const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
      for (const { code, message } of errors.map(failureOf))
        log.error("sweep failed; it runs again in a minute", { code, error: message });
      if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${sweeps.length} sweeps failed`);
    });
}
