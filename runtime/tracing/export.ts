import type { TraceSettings } from "../../protocol/environment.ts";
import { otlpOf } from "./otlp.ts";
import { protobufOf } from "./otlp-protobuf.ts";
import type { ExportSpans, Span } from "./span.ts";

/** Set by Lambda where active tracing is on, such as `169.254.100.1:2000`. */
export const DAEMON = "AWS_XRAY_DAEMON_ADDRESS";

/** Largest datagram of UDP over IPv4, less a margin. */
const LARGEST_DATAGRAM = 60_000;
/** As AWS's own light exporter for Lambda writes it; the spans are of sampled traces. https://github.com/aws-observability/aws-otel-js-instrumentation/tree/main/exporters/aws-distro-opentelemetry-exporter-xray-udp */
const DATAGRAM_HEADER = '{"format":"json","version":1}\nT1S';

/** Longest time that a collector may keep an invocation from ending. */
const LONGEST_MS = 200;

/**
 * @param settings which requests are recorded, and the collector. @default no traces
 * @param daemon address of X-Ray's daemon
 * @returns `undefined` where nothing takes spans
 */
export function exporterOf(
  settings: TraceSettings | undefined,
  daemon: string | undefined,
  functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? "",
): ExportSpans | undefined {
  if (!settings) return undefined;
  const { share, endpoint, longestMs = LONGEST_MS } = settings;
  const send = endpoint !== undefined ? toCollector(endpoint, longestMs, functionName) : daemon && toDaemon(daemon, functionName);
  if (!send) return undefined;
  return async (spans) => {
    const sampled = sampledOf(spans, share);
    if (sampled.length > 0) await send(sampled).catch(() => {});
  };
}

/** By the trace's id, a hash of the request's: all functions decide alike. Of other traces, those with a failure in this invocation. */
export function sampledOf(spans: readonly Span[], share: number): readonly Span[] {
  const failed = new Set(spans.flatMap(({ traceId, error }) => (error === undefined ? [] : [traceId])));
  return spans.filter(({ traceId }) => failed.has(traceId) || Number.parseInt(traceId.slice(0, 8), 16) / 2 ** 32 < share);
}

function toCollector(endpoint: string, longestMs: number, functionName: string) {
  return async (spans: readonly Span[]): Promise<void> => {
    const answer = await fetch(`${endpoint.replace(/\/$/, "")}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(otlpOf(spans, functionName)),
      signal: AbortSignal.timeout(longestMs),
    });
    await answer.body?.cancel();
  };
}

function toDaemon(address: string, functionName: string) {
  // Such as `tcp:127.0.0.1:2000 udp:127.0.0.1:2000`, or one address for both.
  const [host = "", port = ""] = (/udp:(\S+)/.exec(address)?.[1] ?? address).split(":");
  return async (spans: readonly Span[]): Promise<void> => {
    // Loaded when there is something to send: it takes longer than all else here.
    const { createSocket } = await import("node:dgram");
    const socket = createSocket("udp4");
    try {
      for (const datagram of datagramsOf(spans, functionName))
        await new Promise<void>((done) => socket.send(datagram, Number(port), host, () => done()));
    } finally {
      socket.close();
    }
  };
}

/** A span that is too large for a datagram of its own is left out. */
export function datagramsOf(spans: readonly Span[], functionName: string): readonly string[] {
  const datagram = DATAGRAM_HEADER + protobufOf(otlpOf(spans, functionName)).toString("base64");
  if (datagram.length <= LARGEST_DATAGRAM) return [datagram];
  if (spans.length === 1) return [];
  const middle = Math.ceil(spans.length / 2);
  return [...datagramsOf(spans.slice(0, middle), functionName), ...datagramsOf(spans.slice(middle), functionName)];
}
