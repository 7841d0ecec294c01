import { fieldsOf } from "../protocol/logs.ts";
import { KNOWN_IDS, oneKnownId } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { type DeadLetter, findDeadLetters } from "./ops-client.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { coloured, statusColour, type Terminal } from "./terminal.ts";
import { requestsOf, type ShownRequest, xrayForm } from "./trace-source.ts";

/** Everything by which a request is known. */
interface Identity extends Pick<ShownRequest, "requestId" | "correlationId" | "flow" | "status" | "createdAt" | "keys"> {
  readonly traceId: string;
  /** The same as X-Ray writes it, and the trace of the call at API Gateway, where the logs have it. */
  readonly xrayTraceIds: readonly string[];
  /** The gateway's id of the call, where it is not the request's. */
  readonly gatewayRequestId?: string;
  readonly deadLetters: readonly Pick<DeadLetter, "id" | "state" | "step" | "errorCode">[];
}

/** Before and after the creation of a request: its call is logged within this. */
const AROUND_MS = 300_000;

/** `npm run hub -- find <id>`: from one id to all others. @returns the text to print */
export async function find(
  hub: Connection,
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  around: { readonly to: Terminal; readonly telemetry: () => Promise<Telemetry>; readonly now?: number },
): Promise<string> {
  const id = oneKnownId(words, "find");
  const requests = await requestsOf(hub, id, around.telemetry, around.now);
  if (requests.length === 0) throw new CliError(`Nothing is known by ${id}. ${KNOWN_IDS}`);
  const found = await Promise.all(requests.map((request) => identityOf(hub, request, around.telemetry)));
  if (options.json === true) return JSON.stringify({ requests: found }, null, 2);
  return found.map((identity) => shown(identity, around.to)).join("\n\n");
}

async function identityOf(
  hub: Connection,
  { requestId, correlationId, flow, status, createdAt, keys, traceId = "" }: ShownRequest,
  telemetry: () => Promise<Telemetry>,
): Promise<Identity> {
  const [{ deadLetters }, call] = await Promise.all([
    findDeadLetters(hub, Object.entries({ requestId, state: "any" }), 100),
    // Without credentials for CloudWatch, the other ids are shown all the same.
    telemetry()
      .then((logged) => callOf(logged, requestId, Date.parse(createdAt)))
      .catch(() => undefined),
  ]);
  const callId = textOf(call?.requestId);
  return {
    ...{ requestId, correlationId, flow, status, createdAt },
    ...(keys && { keys }),
    traceId,
    xrayTraceIds: [traceId === "" ? undefined : xrayForm(traceId), textOf(call?.xrayTraceId)].filter((one) => one !== undefined),
    ...(callId !== undefined && callId !== requestId && { gatewayRequestId: callId }),
    deadLetters: deadLetters.map(({ id, state, step, errorCode }) => ({ id, state, step, errorCode })),
  };
}

/** @returns the line of the access log; a webhook's function logs the id of the call with the request's. @param at ms since the epoch */
async function callOf({ logs }: Pick<Telemetry, "logs">, requestId: string, at: number) {
  const period = { from: at - AROUND_MS, to: at + AROUND_MS };
  const lines = (await logs({ ids: [requestId] }, period)).map(fieldsOf);
  const accepted = lines.find(({ hubRequestId }) => hubRequestId === requestId);
  const callId = textOf(lines.find((line) => line.requestId === requestId && textOf(line.callId))?.callId);
  if (accepted || callId === undefined) return accepted;
  const calls = (await logs({ ids: [callId] }, period)).map(fieldsOf);
  return calls.find(({ requestId: id, httpMethod }) => id === callId && httpMethod !== undefined);
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" && value !== "-" ? value : undefined;

function shown(identity: Identity, to: Terminal): string {
  const {
    requestId,
    correlationId,
    flow,
    status,
    createdAt,
    traceId,
    xrayTraceIds,
    gatewayRequestId,
    keys = {},
    deadLetters,
  } = identity;
  const rows: readonly (readonly [string, string])[] = [
    ["request", requestId],
    ["correlation", correlationId],
    ...(gatewayRequestId === undefined ? [] : ([["call", gatewayRequestId]] as const)),
    ["trace", traceId],
    ...xrayTraceIds.map((id) => ["X-Ray", id] as const),
    ...Object.entries(keys).map(([name, values]) => [name, values.join(", ")] as const),
    ...deadLetters.map(({ id, state, step, errorCode }) => ["dead letter", `${id}  ${state}, ${step}: ${errorCode}`] as const),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const head = `${flow}  ${coloured(status, statusColour(status), to)}  ${createdAt}`;
  return [head, ...rows.map(([name, value]) => `${coloured(name.padEnd(width), "dim", to)}  ${value}`)].join("\n");
}
