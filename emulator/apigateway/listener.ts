import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { refusalOf } from "../local-callers.ts";
import { MAX_BODY, type RestApi } from "./rest-api.ts";
import type { GatewayRequest } from "./types.ts";

export interface Listener {
  readonly port: number;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
}

/**
 * Serves a REST API on 127.0.0.1.
 * @param port TCP port; 0 selects a free port
 * @param allowedHosts further host names that callers may use; see `refusalOf`. @default []
 * @throws Error with code EADDRINUSE when the port is in use
 */
export async function listen(
  api: Pick<RestApi, "handle">,
  port: number,
  allowedHosts: readonly string[] = [],
): Promise<Listener> {
  // A request without a host is refused below, because Node's response has no body.
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    if (request.headers.host === undefined && request.httpVersion === "1.1") return refuseConnection({}, request.socket);
    const refusal = refusalOf(request.headers, allowedHosts);
    if (refusal !== undefined) return refuse(request, response, refusal);
    serve(api, request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.on("clientError", refuseConnection);
  server.on("connect", (_, socket) => refuseConnection({}, socket));
  server.on("checkExpectation", ({ socket }) => refuseConnection({}, socket));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { port: portOf(server), close: () => close(server) };
}

/** As on AWS, where the edge answers 403 to a host that is not the API's. */
function refuse(request: IncomingMessage, response: ServerResponse, detail: string): void {
  const body = JSON.stringify({ type: "about:blank", title: "Forbidden", status: 403, detail, requestId: randomUUID() });
  request.resume();
  response.writeHead(403, { "content-type": "application/problem+json", connection: "close" }).end(body);
}

async function serve(api: Pick<RestApi, "handle">, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  const body = await readBody(request);
  const headers: [string, string][] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.push([request.rawHeaders[at] as string, request.rawHeaders[at + 1] as string]);
  }
  const gatewayRequest: GatewayRequest = {
    method: request.method ?? "GET",
    path,
    query: query.join("?"),
    headers,
    body,
    sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
  };
  const { status, headers: responseHeaders, body: responseBody } = await api.handle(gatewayRequest);
  for (const [name, value] of Object.entries(responseHeaders)) response.setHeader(name, value as string | string[]);
  response.statusCode = status;
  response.setHeader("Content-Length", responseBody.length);
  response.end(request.method === "HEAD" ? undefined : responseBody);
}

/** Reads an oversized body to its end but drops the rest: a caller that is cut off while it sends never sees its 413. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (size <= MAX_BODY) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

const portOf = (server: Server) => (server.address() as { port: number }).port;

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Responses by error code of Node's HTTP parser: https://nodejs.org/api/errors.html */
const PARSER_ERRORS: Readonly<Record<string, readonly [status: number, title: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "The headers are too long."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The request was not complete in time."],
};
const BAD_REQUEST = [400, "Bad Request", "The request is not valid HTTP."] as const;

/**
 * Responds to data that is not a valid request, and closes the connection. On AWS the edge does this before the API, with other texts;
 * here the response is a problem document as for other errors.
 */
function refuseConnection({ code }: { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || code === "ECONNRESET") return void socket.destroy();
  const [status, title, detail] = PARSER_ERRORS[code ?? ""] ?? BAD_REQUEST;
  const body = JSON.stringify({ type: "about:blank", title, status, detail, requestId: randomUUID() });
  const head = `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
}
