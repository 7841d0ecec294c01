import { CliError } from "../cli-error.ts";
import type { Connection } from "../connection.ts";
import { localTelemetry } from "./local.ts";
import type { Telemetry } from "./telemetry.ts";

/** @throws CliError for a hub whose address alone is known */
export async function telemetryOf({ consoleUrl, aws }: Connection): Promise<Telemetry> {
  if (consoleUrl !== undefined) return localTelemetry(consoleUrl);
  if (aws === undefined)
    throw new CliError("The logs of a hub on AWS are in CloudWatch, and --url says nothing of it. Name the stack with --stack.");
  // The SDK is loaded for a hub on AWS alone.
  const { awsTelemetry } = await import("../../tools/telemetry/aws-telemetry.ts");
  return awsTelemetry(aws);
}
