import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { refuseConnection } from "./not-http.ts";
import { MAX_BODY, type RestApi } from "./rest-api.ts";
import type { GatewayRequest } from "./types.ts";

export interface Listener {
  readonly port: number;
  /** Stops taking connections, and cuts those that are still open. */
  close(): Promise<void>;
}

/**
 * Serves a REST API on 127.0.0.1.
 * @param port 0 for any free one
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function listen(api: Pick<RestApi, "handle">, port: number): Promise<Listener> {
  // Without a host a request is refused below: Node's own refusal has no body.
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    if (request.headers.host === undefined && request.httpVersion === "1.1") return refuseConnection({}, request.socket);
    serve(api, request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.on("clientError", refuseConnection);
  server.on("connect", (_, socket) => refuseConnection({}, socket));
  server.on("checkExpectation", ({ socket }) => refuseConnection({}, socket));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { port: portOf(server), close: () => close(server) };
}

async function serve(api: Pick<RestApi, "handle">, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  const body = await readBody(request);
  const headers: [string, string][] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.push([request.rawHeaders[at] as string, request.rawHeaders[at + 1] as string]);
  }
  const asked: GatewayRequest = {
    method: request.method ?? "GET",
    path,
    query: query.join("?"),
    headers,
    body,
    sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
  };
  const answer = await api.handle(asked);
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value as string | string[]);
  response.statusCode = answer.status;
  response.setHeader("Content-Length", answer.body.length);
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

/** Keeps little more than is allowed and lets the rest go by: a caller that is cut off while it sends never sees its 413. */
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
