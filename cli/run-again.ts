import { OPS_ROUTES } from "../protocol/routes.ts";
import type { RunAgain } from "../protocol/run-again.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";

/**
 * `npm run hub -- requests run-again <id> --why <text>`: starts a new request with the input of an old one. The same call makes one request;
 * `--name` tells runs for the same reason apart.
 * @returns the text to print
 */
export async function runAgain(
  hub: Connection,
  [requestId, ...others]: readonly string[],
  { reason, name, json }: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (requestId === undefined || others.length > 0)
    throw new CliError("requests run-again needs one id. Find it with requests list.");
  if (typeof reason !== "string") throw new CliError('requests run-again needs a reason. Give --why "…".');
  const body = { reason, ...(typeof name === "string" && { name }) };
  const begun = await call<RunAgain>(hub, OPS_ROUTES.runAgain, { values: { requestId }, body });
  if (json === true) return JSON.stringify(begun, null, 2);
  return `Request ${begun.requestId} repeats ${begun.repeats}, under the same correlation id. See it with trace ${begun.requestId}.`;
}
