import { OPS_ROUTES } from "../protocol/routes.ts";
import type { RunAgain } from "../protocol/run-again.ts";
import { oneId, reasonFor } from "./arguments.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";

/**
 * `npm run hub -- requests run-again <id> --why <text>`: starts a new request with the input of an old one. The same call makes one request;
 * `--name` distinguishes runs for the same reason.
 * @returns the text to print
 */
export async function runAgain(
  hub: Connection,
  words: readonly string[],
  { reason, name, json }: Readonly<Record<string, unknown>>,
): Promise<string> {
  const requestId = oneId(words, "requests run-again", "requests list");
  const body = { reason: reasonFor("requests run-again", reason), ...(typeof name === "string" && { name }) };
  const begun = await call<RunAgain>(hub, OPS_ROUTES.runAgain, { values: { requestId }, body });
  if (json === true) return JSON.stringify(begun, null, 2);
  return `Request ${begun.requestId} repeats ${begun.repeats}, under the same correlation id. See it with trace ${begun.requestId}.`;
}
