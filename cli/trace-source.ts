import type { StepState } from "../model/index.ts";
import { OPS_ROUTES, STATUS_ROUTES } from "../protocol/routes.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call, type DeadLetter, NotFoundError } from "./ops-client.ts";

/** A request as the status API has it. */
export interface ShownRequest {
  readonly requestId: string;
  readonly correlationId: string;
  readonly flow: string;
  readonly status: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Values of business keys by field. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  readonly steps?: readonly StepState[];
}

type OtlpValue = {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
};
/** A span as OTLP's JSON has it. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: OtlpValue }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number; readonly message?: string };
}
interface Otlp {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
}

/** What is known of the requests that an id names. */
export interface Traced {
  readonly requests: readonly ShownRequest[];
  /** OTLP's JSON of their spans; `undefined` where the hub keeps none: on AWS they are in X-Ray or a collector. */
  readonly otlp: Otlp | undefined;
}

export const spansIn = ({ resourceSpans }: Otlp): readonly OtlpSpan[] =>
  resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

export function attributeOf({ attributes }: OtlpSpan, name: string): string | undefined {
  const value = attributes.find(({ key }) => key === name)?.value;
  const held = value && Object.values(value)[0];
  return held === undefined ? undefined : String(held);
}

const DEAD_LETTER = /^[0-9a-f]{16}$/;
/** Of OpenTelemetry, or of X-Ray with its marks. */
const TRACE = /^(?:[0-9a-f]{32}|1-[0-9a-f]{8}-[0-9a-f]{24})$/;

/**
 * @param id of a request, a dead letter or a trace, a correlation id, or the value of a business key
 * @throws CliError when nothing is known by it
 */
export async function traced(hub: Connection, id: string): Promise<Traced> {
  const requests =
    (await requestsBy(hub, id)) ??
    (await byDeadLetter(hub, id)) ??
    (TRACE.test(id) ? orNone(await byTrace(hub, "traceId", id.replace(/^1-/, "").replaceAll("-", ""))) : undefined) ??
    (await listed(hub, { key: id })) ??
    [];
  if (requests.length === 0)
    throw new CliError(
      `Nothing is known by ${id}. Give the id of a request, a dead letter or a trace, a correlation id, or the value of a business key.`,
    );
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
  return orNone(whole.flatMap((found) => found ?? []).sort((a, b) => a.createdAt.localeCompare(b.createdAt)));
}

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
  return requests.flatMap((one) => one ?? []).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
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
