import { AWS_CALL_MS, attributeOf, endOf, type OtlpSpan, startOf, timeOf } from "../../protocol/otlp.ts";
import type { Failure } from "../shared/api.ts";
import type { AttemptPart, AwsPart, CallPart, DeliverySpans, RequestSpans } from "../shared/spans.ts";
import { partiesOf } from "./declared.ts";
import type { ShownHub } from "./hub-port.ts";
import { shown } from "./request-path.ts";

interface Found extends DeliverySpans {
  readonly waits: DeliverySpans["waits"][number][];
  readonly attempts: AttemptPart[];
  readonly calls: CallPart[];
}

const LISTED_CALLS = 1_000;
/** Spans of handlers between a call and its attempt, at most; a circle would have no end. */
const DEEPEST = 100;

/** What the trace store has of a request: waits, attempts with their AWS calls, and the HTTP exchanges with third parties. Never headers, bodies or queries. */
export function requestSpans(hub: Pick<ShownHub, "resources" | "spansOf">, requestId: string): RequestSpans {
  const spans = hub.spansOf(requestId);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const hosts = new Map(partiesOf(hub).map(({ name, baseUrl }) => [name, hostOf(baseUrl)]));
  const found = new Map<string, Found>();
  const of = (step: string, delivery: string): Found => {
    const key = `${step} ${delivery}`;
    const known: Found = found.get(key) ?? { step, delivery, waits: [], attempts: [], calls: [] };
    found.set(key, known);
    return known;
  };
  let calls = 0;
  let moreCalls = 0;
  for (const span of [...spans].sort((a, b) => startOf(a) - startOf(b))) {
    const [step = "", delivery = ""] = [attributeOf(span, "hub.step"), attributeOf(span, "hub.delivery")];
    const [, place] = /^wait in (bus|queue)$/.exec(span.name) ?? [];
    if (place === "bus" || place === "queue") of(step, delivery).waits.push({ ...timesOf(span), place });
    else if (isAttempt(span)) of(step, delivery).attempts.push(attemptOf(span));
    else if (attributeOf(span, "url.template") !== undefined) {
      calls += 1;
      if (calls > LISTED_CALLS) {
        moreCalls += 1;
        continue;
      }
      const attempt = attemptAbove(span, byId);
      of(step, (attempt && attributeOf(attempt, "hub.delivery")) ?? "").calls.push(callOf(span, attempt, hosts));
    }
  }
  return { kept: spans.length > 0, deliveries: [...found.values()], moreCalls };
}

const timesOf = (span: OtlpSpan) => ({ start: startOf(span), end: endOf(span) });
const isAttempt = ({ name }: OtlpSpan) => /^(?:process|compensate) /.test(name);
const numberOf = (span: OtlpSpan, name: string) => Number(attributeOf(span, name) ?? 0);

function failureOf(span: OtlpSpan): { readonly error?: Failure } {
  const code = attributeOf(span, "error.type");
  return code === undefined ? {} : { error: shown({ code, message: span.status.message ?? "" }) };
}

const attemptOf = (span: OtlpSpan): AttemptPart => ({
  ...timesOf(span),
  attempt: numberOf(span, "hub.attempt"),
  aws: (span.events ?? []).map(awsOf),
  ...failureOf(span),
});

function awsOf(event: NonNullable<OtlpSpan["events"]>[number]): AwsPart {
  const [start, error] = [timeOf(event), attributeOf(event, "error.type")];
  const end = start + Number(attributeOf(event, AWS_CALL_MS) ?? 0);
  return { name: event.name, start, end, ...(error !== undefined && { error }) };
}

/** @returns the attempt in which the call was made; spans of the handler may lie between. `undefined` for a call outside of a delivery */
function attemptAbove(span: OtlpSpan, byId: ReadonlyMap<string, OtlpSpan>): OtlpSpan | undefined {
  let above: OtlpSpan | undefined = span;
  for (let depth = 0; above && depth < DEEPEST; depth += 1) {
    if (isAttempt(above)) return above;
    above = byId.get(above.parentSpanId ?? "");
  }
  return undefined;
}

function callOf(span: OtlpSpan, attempt: OtlpSpan | undefined, hosts: ReadonlyMap<string, string>): CallPart {
  const [party = ""] = span.name.split(".");
  const host = hosts.get(party) || (attributeOf(span, "server.address") ?? "");
  const status = attributeOf(span, "http.response.status_code");
  const isKept = attributeOf(span, "hub.circuit_open") === "true";
  return {
    ...timesOf(span),
    name: span.name,
    method: attributeOf(span, "http.request.method") ?? "",
    url: `${host}${attributeOf(span, "url.template") ?? ""}`,
    status: status === undefined ? null : Number(status),
    attempt: attempt ? numberOf(attempt, "hub.attempt") : null,
    tries: isKept ? 0 : numberOf(span, "http.request.resend_count") + 1,
    waitedMs: numberOf(span, "hub.rate_limit_wait_ms"),
    ...failureOf(span),
  };
}

/** Of a base URL that has a variable part, the text as it is declared. */
function hostOf(baseUrl: string): string {
  try {
    const { host, pathname } = new URL(baseUrl);
    return host + pathname.replace(/\/$/, "");
  } catch {
    return "";
  }
}
