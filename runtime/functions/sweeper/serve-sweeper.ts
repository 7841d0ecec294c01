import { sqsReader } from "../../aws/adapters.ts";
import type { HubWriterEnvironment } from "../../environment.ts";
import type { LambdaHandler } from "../../lambda.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import type { QueueReader } from "../../ports.ts";
import { hubWriterServices, type Services } from "../../services.ts";
import { deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { recorder } from "../dead-letters/serve-recorder.ts";
import { targetStore } from "../dead-letters/targets.ts";
import { runJobs } from "../jobs/run-jobs.ts";
import { serve } from "../serve.ts";
import { rescue } from "./rescue.ts";
import { sweep } from "./sweep.ts";
import { sweepJoins } from "./sweep-joins.ts";

/**
 * The Lambda handler that runs once a minute.
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 * @param reader reads dead-letter queues. @default AWS
 * @throws what a sweep throws, so that Lambda counts the error
 */
export function serveSweeper(
  connect: () => Services<HubWriterEnvironment> = hubWriterServices,
  reader: () => QueueReader = sqsReader,
): LambdaHandler {
  return serve(connect, (services, log) => {
    const { clock, queue, table } = services;
    const record = recorder(services, deadLetterStore(table), log);
    const ports = { clock, queue, reader: reader(), targets: targetStore(services), record, log };
    return async () => {
      const results = await Promise.allSettled([
        sweep(services, log),
        sweepJoins(services, ports.targets, log),
        runJobs(services, ports.targets, log),
      ]);
      const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
      for (const error of errors) log.error("sweep failed; it runs again in a minute", thrownFields(error));
      await rescue(ports);
      if (errors.length > 0) throw errors[0];
    };
  });
}
