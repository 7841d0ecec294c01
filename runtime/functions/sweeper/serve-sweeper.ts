import type { HubWriterEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import type { LambdaHandler } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import { hubWriterServices, once, type Services } from "../../services.ts";
import { serve } from "../serve.ts";

/** One thing that has to be looked after by time. */
export type Sweep = (services: Services<HubWriterEnvironment>, log: Logger) => Promise<void>;

/**
 * The Lambda handler that runs once a minute. One sweep that fails does not keep the others from theirs.
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 * @throws AggregateError so that the failure is counted, when all have been tried
 */
export function serveSweeper(
  sweeps: readonly Sweep[],
  connect: () => Services<HubWriterEnvironment> = hubWriterServices,
): LambdaHandler {
  return serve(connect, (services, log) => async () => {
    const outcomes = await Promise.allSettled(sweeps.map((sweep) => sweep(services, log)));
    const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    for (const { code, message } of errors.map(failureOf))
      log.error("sweep failed; it runs again in a minute", { code, error: message });
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${sweeps.length} sweeps failed`);
  });
}
