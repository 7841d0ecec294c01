import { createSocket, type Socket } from "node:dgram";
import { post } from "../aws/post.ts";
import { otlpOf } from "./otlp.ts";
import { protobufOf } from "./protobuf.ts";
import type { Span } from "./span.ts";

/** An OTLP/HTTP collector's base URL, and for how long it may keep an invocation from ending; or the address of X-Ray's daemon. */
export type Destination = { readonly endpoint: string; readonly longestMs: number } | { readonly daemon: string };

/** Largest datagram of UDP over IPv4, less a margin. */
const LARGEST_DATAGRAM = 60_000;
/** As AWS's own light exporter for Lambda writes it; the spans are of sampled traces. https://github.com/aws-observability/aws-otel-js-instrumentation/tree/main/exporters/aws-distro-opentelemetry-exporter-xray-udp */
const DATAGRAM_HEADER = '{"format":"json","version":1}\nT1S';

/** @throws where the collector is away */
export const sendSpans = (spans: readonly Span[], to: Destination, functionName: string): Promise<void> =>
  "endpoint" in to ? toCollector(spans, to, functionName) : toDaemon(datagramsOf(spans, functionName), to.daemon);

async function toCollector(
  spans: readonly Span[],
  { endpoint, longestMs }: Extract<Destination, { endpoint: string }>,
  functionName: string,
): Promise<void> {
  const url = new URL(`${endpoint.replace(/\/$/, "")}/v1/traces`);
  const limits = { connectMs: longestMs, silenceMs: longestMs, signal: AbortSignal.timeout(longestMs) };
  // Not by fetch: a function that calls AWS alone would load all of undici for it.
  await post(url, { "content-type": "application/json" }, JSON.stringify(otlpOf(spans, functionName)), limits);
}

let socket: Socket | undefined;

/** Kept for the invocations that follow: making a socket takes longer than all else here. It keeps no process alive. */
function open(): Socket {
  if (socket) return socket;
  const made = createSocket("udp4").unref();
  made.on("error", () => {
    made.close();
    if (socket === made) socket = undefined;
  });
  socket = made;
  return made;
}

async function toDaemon(datagrams: readonly string[], address: string): Promise<void> {
  // Such as `tcp:127.0.0.1:2000 udp:127.0.0.1:2000`, or one address for both.
  const [host = "", port = ""] = (/udp:(\S+)/.exec(address)?.[1] ?? address).split(":");
  for (const datagram of datagrams) await new Promise<void>((done) => open().send(datagram, Number(port), host, () => done()));
}

/** A span that is too large for a datagram of its own is left out. */
export function datagramsOf(spans: readonly Span[], functionName: string): readonly string[] {
  const datagram = DATAGRAM_HEADER + protobufOf(otlpOf(spans, functionName)).toString("base64");
  if (datagram.length <= LARGEST_DATAGRAM) return [datagram];
  if (spans.length === 1) return [];
  const middle = Math.ceil(spans.length / 2);
  return [...datagramsOf(spans.slice(0, middle), functionName), ...datagramsOf(spans.slice(middle), functionName)];
}
