import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Asset, type Assets, bundlePage } from "./bundle.ts";
import { logQueryOf } from "./log-stream.ts";
import { Problem } from "./problem.ts";
import type { Deployed, Routes, Source } from "./source.ts";
import { changeStream } from "./stream.ts";

export interface Console {
  readonly port: number;
  /** Shows this from now on. */
  show(source: Source): void;
  close(): Promise<void>;
}

const LARGEST_BODY = 1_000_000;
/** Nothing comes from another origin, and no script or style is written in the page. https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
} as const;

let assets: Promise<Assets> | undefined;
/** The page, bundled once a process, by its first visitor: a hub without one has no process of esbuild. */
const page = (): Promise<Assets> => {
  assets ??= bundlePage().catch((error: unknown) => {
    assets = undefined;
    throw error;
  });
  return assets;
};

const TOKEN_HEADER = "x-console-token";

/**
 * Serves the console on 127.0.0.1: the page, its API and the stream of changes.
 * @param port 0 for any free port
 * @param refusalOf the reason to refuse a call by its `Host` and `Origin`; `undefined` for a call that may pass
 */
export async function serveConsole(
  port: number,
  refusalOf: (headers: IncomingHttpHeaders) => string | undefined,
): Promise<Console> {
  const token = randomBytes(24).toString("base64url");
  let shown: Source | undefined;
  let stream: ReturnType<typeof changeStream> | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://console");
    if (pathname.startsWith("/assets/")) return sendAsset(request, response, (await page()).files.get(pathname));
    if (!shown) throw new Problem(503, "The hub is starting.");
    if (pathname === "/api/stream") {
      stream ??= changeStream(shown);
      return stream.connect(response, header(request, "last-event-id"));
    }
    if (pathname === "/api/logs/stream" && shown.streamLogs) return shown.streamLogs(logQueryOf(searchParams), response);
    if (!pathname.startsWith("/api/")) return sendPage(request, response, await page(), shown.deployed);
    const found = routeOf(shown.routes, `${request.method} ${pathname}`);
    if (!found) throw new Problem(404, `There is no ${request.method} ${pathname}.`);
    if (request.method === "POST" && !isToken(header(request, TOKEN_HEADER)))
      throw new Problem(403, "The call lacks the page's token. Reload the page.");
    const body = request.method === "POST" ? await bodyOf(request) : "";
    await shown.flush();
    response.setHeader("x-hub-time", String(shown.now()));
    const value = await found.answer({ parameters: found.parameters, query: searchParams, body });
    return send(response, 200, "application/json", JSON.stringify(value));
  }

  const isToken = (given: string | undefined) =>
    given !== undefined && given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token));

  function sendPage(
    request: IncomingMessage,
    response: ServerResponse,
    { script, style, icon }: Assets,
    deployed: Deployed | undefined,
  ): void {
    if (request.method !== "GET" && request.method !== "HEAD") throw new Problem(405, "Pages are read by GET.");
    send(
      response,
      200,
      "text/html; charset=utf-8",
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="console-token" content="${token}">${deployed ? metaOf(deployed) : ""}<title>Integration hub</title><link rel="icon" href="${icon}"><link rel="stylesheet" href="${style}"><script type="module" src="${script}"></script></head><body><noscript>The console needs JavaScript.</noscript>${FRAME}</body></html>\n`,
    );
  }

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const refusal = refusalOf(request.headers);
    if (refusal !== undefined) return send(response, 403, "text/plain; charset=utf-8", `${refusal}\n`);
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const status = error instanceof Problem ? error.status : 500;
      if (status === 503) response.setHeader("retry-after", "1");
      const detail = error instanceof Error ? error.message : String(error);
      send(response, status, "application/problem+json", JSON.stringify({ status, detail }));
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    show(next) {
      shown = next;
    },
    close: () =>
      new Promise((resolve) => {
        stream?.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What every page begins with: drawn while the script loads, which then takes these elements over. */
const FRAME =
  '<nav class="side" aria-label="Pages"><a class="brand"><b>Integration hub</b></a></nav><main id="main" tabindex="-1"><div class="skeleton" aria-busy="true"></div></main>';
const metaOf = ({ name, options }: Deployed) =>
  `<meta name="console-stack" content="${escaped(name)}"><meta name="console-options" content="${escaped(options)}">`;
const escaped = (text: string) => text.replace(/[^\w./-]/g, (character) => `&#${character.codePointAt(0)};`);

function routeOf(routes: Routes, call: string) {
  for (const [pattern, answer] of Object.entries(routes)) {
    const match = new RegExp(`^${pattern.replaceAll("*", "([^/]+)")}$`).exec(call);
    if (match) return { answer, parameters: match.slice(1).map(decoded) };
  }
  return undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem(400, "The path is not encoded as a URL.");
  }
}

const header = ({ headers }: IncomingMessage, name: string) => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Problem(413, `The body is larger than ${LARGEST_BODY} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset | undefined): void {
  if (!asset) throw new Problem(404, "There is no such file. Reload the page.");
  const compressed = /\bgzip\b/.test(header(request, "accept-encoding") ?? "");
  const body = compressed ? asset.gzip : asset.body;
  response
    .writeHead(200, {
      "content-type": asset.type,
      "content-length": body.length,
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
      ...(compressed && { "content-encoding": "gzip" }),
    })
    .end(body);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}
