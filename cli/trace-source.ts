import type { StepState } from "../model/index.ts";
import { fieldsOf } from "../protocol/logs.ts";
import { attributeOf, type Otlp, spansIn } from "../protocol/otlp.ts";
import { OPS_ROUTES, STATUS_ROUTES } from "../protocol/routes.ts";
import { KNOWN_IDS } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call, type DeadLetter, NotFoundError } from "./ops-client.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

/** A request as the status API has it. */
export interface ShownRequest {
  readonly requestId: string;
  readonly correlationId: string;
  readonly flow: string;
  readonly status: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** @default a hub of before it had traces */
  readonly traceId?: string;
  /** Values of business keys by field. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  readonly steps?: readonly StepState[];
  /** The request whose event opened this one. */
  readonly parent?: Relative;
  /** Requests that events of this one opened in other flows. */
  readonly children?: readonly Relative[];
}
/** A request of another flow. */
export type Relative = Pick<ShownRequest, "requestId" | "flow" | "status">;

/** What is known of the requests that an id names. */
export interface Traced {
  readonly requests: readonly ShownRequest[];
  /** OTLP's JSON of their spans; `undefined` where the hub keeps none: on AWS they are in X-Ray or a collector. */
  readonly otlp: Otlp | undefined;
}

const DEAD_LETTER = /^[0-9a-f]{16}$/;
/** Of OpenTelemetry, or of X-Ray with its marks. */
const TRACE = /^(?:[0-9a-f]{32}|1-[0-9a-f]{8}-[0-9a-f]{24})$/;

/**
 * @param id of a request, a dead letter or a trace, a correlation id, or the value of a business key
 * @param telemetry where the logs are; asked for an id of X-Ray that the hub does not know
 * @returns whole requests, in the order of their creation; none where nothing is known by the id
 */
export async function requestsOf(
  hub: Connection,
  id: string,
  telemetry: () => Promise<Pick<Telemetry, "logs">>,
  now = Date.now(),
): Promise<readonly ShownRequest[]> {
  const traceId = TRACE.test(id) ? id.replace(/^1-/, "").replaceAll("-", "") : undefined;
  return (
    (await requestsBy(hub, id)) ??
    (await byDeadLetter(hub, id)) ??
    (traceId === undefined ? undefined : orNone(await byTrace(hub, "traceId", traceId))) ??
    (await listed(hub, { key: traceId ?? id })) ??
    (traceId === undefined ? undefined : await byCall(hub, traceId, telemetry, now)) ??
    []
  );
}

/** @returns a trace id as X-Ray writes it. https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids */
export const xrayForm = (traceId: string): string => `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;

/** Before and after the time in a trace id. */
const AROUND_MS = 3_600_000;
const LOGS_LAST_MS = 400 * 86_400_000;

/**
 * Requests of the calls that X-Ray traces: the access log has the trace of each call, and functions behind the API log it. The trace ids
 * that X-Ray makes begin with the time. https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
 */
async function byCall(
  hub: Connection,
  traceId: string,
  telemetry: () => Promise<Pick<Telemetry, "logs">>,
  now: number,
): Promise<readonly ShownRequest[] | undefined> {
  const at = Number.parseInt(traceId.slice(0, 8), 16) * 1_000;
  if (at > now + AROUND_MS || at < now - LOGS_LAST_MS) return undefined;
  const { logs } = await telemetry();
  const forms = [traceId, xrayForm(traceId)];
  const idsIn = async (ids: readonly string[]) => {
    const lines = await logs({ ids }, { from: at - AROUND_MS, to: at + AROUND_MS });
    const found = lines.map(fieldsOf).flatMap(({ hubRequestId, requestId }) => [hubRequestId, requestId]);
    return [...new Set(found.filter((one): one is string => typeof one === "string" && one !== "-"))];
  };
  const requests = async (ids: readonly string[]) =>
    orNone(inOrder((await Promise.all(ids.map((one) => request(hub, one)))).flatMap((one) => one ?? [])));
  const calls = await idsIn(forms);
  // Of a webhook, the access log has the id of the call alone; its function logs that with the request's.
  return (await requests(calls)) ?? (calls.length === 0 ? undefined : requests(await idsIn(calls)));
}

/** What happened in the requests that an id names. @throws CliError when nothing is known by it */
export async function traced(hub: Connection, id: string, telemetry: () => Promise<Pick<Telemetry, "logs">>): Promise<Traced> {
  const requests = await requestsOf(hub, id, telemetry);
  if (requests.length === 0) throw new CliError(`Nothing is known by ${id}. ${KNOWN_IDS}`);
  const spans = await Promise.all(requests.map(({ requestId }) => spansBy(hub, "requestId", requestId)));
  const [first] = spans;
  return { requests, otlp: first && { resourceSpans: spans.flatMap((of) => of?.resourceSpans ?? []) } };
}

async function requestsBy(hub: Connection, id: string): Promise<readonly ShownRequest[] | undefined> {
  const one = await request(hub, id);
  if (one) return [one];
  const local = await byTrace(hub, "correlationId", id);
  if (local.length > 0) return local;
  if (!/^[A-Za-z0-9._:-]{1,128}$/.test(id)) return undefined;
  return listed(hub, { correlationId: id });
}

/** @returns whole requests, in the order of their creation; `undefined` where there is none */
async function listed(hub: Connection, by: Readonly<Record<string, string>>): Promise<readonly ShownRequest[] | undefined> {
  const query = new URLSearchParams({ ...by, limit: "100" });
  const { requests } = await call<{ requests: readonly ShownRequest[] }>(hub, STATUS_ROUTES.listRequests, { query });
  const whole = await Promise.all(requests.map(({ requestId }) => request(hub, requestId)));
  return orNone(inOrder(whole.flatMap((found) => found ?? [])));
}

const inOrder = (requests: readonly ShownRequest[]) => [...requests].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
const orNone = <T>(found: readonly T[]): readonly T[] | undefined => (found.length > 0 ? found : undefined);

async function byDeadLetter(hub: Connection, id: string): Promise<readonly ShownRequest[] | undefined> {
  if (!DEAD_LETTER.test(id)) return undefined;
  const found = await orNothing(call<DeadLetter>(hub, OPS_ROUTES.showDeadLetter, { values: { id } }));
  return found?.requestId ? requestsBy(hub, found.requestId) : undefined;
}

async function byTrace(hub: Connection, name: "traceId" | "correlationId", id: string): Promise<readonly ShownRequest[]> {
  const found = await spansBy(hub, name, id);
  const ids = new Set(found ? spansIn(found).flatMap((span) => attributeOf(span, "hub.request_id") ?? []) : []);
  const requests = await Promise.all([...ids].map((requestId) => request(hub, requestId)));
  return inOrder(requests.flatMap((one) => one ?? []));
}

const request = (hub: Connection, requestId: string): Promise<ShownRequest | undefined> =>
  orNothing(call<ShownRequest>(hub, STATUS_ROUTES.showRequest, { values: { requestId } }));

async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function spansBy({ tracesUrl }: Connection, name: string, value: string): Promise<Otlp | undefined> {
  if (tracesUrl === undefined) return undefined;
  const answer = await fetch(`${tracesUrl}/v1/traces?${new URLSearchParams({ [name]: value })}`);
  return answer.ok ? ((await answer.json()) as Otlp) : undefined;
}
