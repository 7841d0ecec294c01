import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";

/** What Node's parser finds: https://nodejs.org/api/errors.html */
const ANSWERS: Readonly<Record<string, readonly [status: number, title: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "The headers are too long."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The request did not come to its end in time."],
};
const BAD = [400, "Bad Request", "The request is no HTTP that can be understood."] as const;

/**
 * Answers what never becomes a request, and ends the connection. AWS's own front does that before any API sees it, and in words of its own;
 * here it is a problem like all others.
 */
export function refuseConnection({ code }: { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || code === "ECONNRESET") return void socket.destroy();
  const [status, title, detail] = ANSWERS[code ?? ""] ?? BAD;
  const body = JSON.stringify({ type: "about:blank", title, status, detail, requestId: randomUUID() });
  const head = `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
}
