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
  const url = request.url ?? "/";
  const [path = "/", ...query] = url.split("?");
  const bytes = Buffer.concat(chunks);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(query.join("?")),
    url,
    headers: Object.fromEntries(headers),
    body: bytes.toString(),
    bytes,
    certificate: certificateOf(request.socket),
  };
}

function certificateOf(socket: Socket): string | undefined {
  const raw = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return raw?.toString();
}

/** Sends JSON, or a string body unchanged if the headers have a content type. */
export function send(response: ServerResponse, { status, body, headers = {}, isBase64 = false }: Answer): void {
  if (response.destroyed) return;
  if (isBase64) {
    response.writeHead(status, headers).end(Buffer.from(String(body), "base64"));
    return;
  }
  const text = typeof body === "string" && "content-type" in headers ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
}

/** @returns the JSON value; `undefined` when the text is not JSON */
export function tryJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
