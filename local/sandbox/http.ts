import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Answer } from "./types.ts";

const MAX_BODY = 10 * 1_024 * 1_024;

export interface SandboxRequest {
  readonly method: string;
  /** Without query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query string as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bytes: Buffer;
  /** PEM of the client certificate; `undefined` without TLS, or without one. */
  readonly certificate: string | undefined;
}

/** @returns `undefined` when the body is larger than 10 MB */
export async function readRequest(request: IncomingMessage): Promise<SandboxRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  if (size > MAX_BODY) return undefined;
  return requestOf({
    method: request.method ?? "GET",
    url: request.url ?? "/",
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    bytes: Buffer.concat(chunks),
    certificate: certificateOf(request.socket),
  });
}

/** The request with its parts. */
export function requestOf(sent: Pick<SandboxRequest, "method" | "url" | "headers" | "bytes" | "certificate">): SandboxRequest {
  const [path = "/", ...query] = sent.url.split("?");
  return { ...sent, path, query: new URLSearchParams(query.join("?")), body: sent.bytes.toString() };
}

/** The address that was called. */
export const addressOf = ({ url, certificate, headers }: SandboxRequest): URL =>
  new URL(url, `${certificate === undefined ? "http" : "https"}://${headers.host ?? "127.0.0.1"}`);

function certificateOf(socket: Socket): string | undefined {
  const raw = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return raw?.toString();
}

/** Sends JSON, or a string body unchanged if the headers have a content type. */
export function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  const { headers, body } = written(answer);
  response.writeHead(answer.status, headers).end(body);
}

/** @returns headers and body as they are sent */
export function written({ body, headers = {}, isBase64 = false }: Answer): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer<ArrayBuffer>;
} {
  if (isBase64) return { headers, body: Buffer.from(String(body), "base64") };
  const text = typeof body === "string" && "content-type" in headers ? body : JSON.stringify(body);
  return { headers: { "content-type": "application/json", ...headers }, body: text };
}

/** @returns the JSON value; `undefined` when the text is not JSON */
export function tryJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
