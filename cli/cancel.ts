import { setTimeout as pause } from "node:timers/promises";
import { hasEnded } from "../model/ledger/request-status.ts";
import type { Cancelled } from "../protocol/cancel.ts";
import { OPS_ROUTES, STATUS_ROUTES } from "../protocol/routes.ts";
import { oneId, reasonFor } from "./arguments.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";
import type { ShownRequest } from "./trace-source.ts";

/** A request whose steps all have ended is through with its compensations after this time, as a rule. */
const WAIT_MS = 20_000;
const POLL_MS = 500;

/**
 * `npm run hub -- requests cancel <id> --why <text>`: cancels a request, and waits a while for its end.
 * @returns the text to print
 */
export async function cancelRequest(
  hub: Connection,
  words: readonly string[],
  { reason: given, json }: Readonly<Record<string, unknown>>,
  wait: (ms: number) => Promise<unknown> = pause,
): Promise<string> {
  const requestId = oneId(words, "requests cancel", "requests list");
  const reason = reasonFor("requests cancel", given);
  const values = { requestId };
  const { cancelled } = await call<Cancelled>(hub, OPS_ROUTES.cancel, { values, body: { reason } });
  const look = () => call<ShownRequest & { readonly cancelled?: object }>(hub, STATUS_ROUTES.showRequest, { values });
  let request = await look();
  for (let waited = 0; !isSettled(request) && waited < WAIT_MS; waited += POLL_MS) {
    await wait(POLL_MS);
    request = await look();
  }
  if (json === true) return JSON.stringify(request, null, 2);
  const by = `Cancelled by ${cancelled.by} at ${cancelled.at}: ${cancelled.why}.`;
  if (!request.cancelled && hasEnded(request.status)) return `The cancellation came too late: the request is ${request.status}.`;
  if (hasEnded(request.status)) return `${by} The request is ${request.status}.`;
  if (request.status === "blocked")
    return `${by} A call of a dead letter may have taken effect: decide on it, then the request ends. Find it with dead-letters list --request ${requestId}.`;
  return `${by} No step begins any more. The request is ${request.status}, and ends when the steps that had begun have ended.`;
}

/** The ledger has taken the cancellation, and nothing but an operator ends the request. */
const isSettled = ({ status, cancelled }: ShownRequest & { readonly cancelled?: object }) =>
  hasEnded(status) || (cancelled !== undefined && status === "blocked");
