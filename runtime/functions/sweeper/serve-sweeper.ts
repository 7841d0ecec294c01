import type { HubWriterEnvironment } from "../../environment.ts";
import type { LambdaHandler } from "../../lambda.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import { hubWriterServices, type Services } from "../../services.ts";
import { serve } from "../serve.ts";
import { sweep } from "./sweep.ts";

/**
 * The Lambda handler that runs once a minute.
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 * @throws what the sweep throws, so that Lambda counts the error
 */
export function serveSweeper(connect: () => Services<HubWriterEnvironment> = hubWriterServices): LambdaHandler {
  return serve(connect, (services, log) => async () => {
    try {
      await sweep(services, log);
    } catch (error) {
      log.error("sweep failed; it runs again in a minute", thrownFields(error));
      throw error;
    }
  });
}
