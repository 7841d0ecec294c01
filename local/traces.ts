import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Listener } from "../emulator/apigateway/listener.ts";
import { refusalOf } from "../emulator/local-callers.ts";
import { openStore, type Store } from "../emulator/store.ts";

/** A span as OTLP's JSON has it, as far as it is read here. */
interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}
interface OtlpBody {
  readonly resourceSpans?: readonly { readonly scopeSpans?: readonly { readonly spans?: readonly StoredSpan[] }[] }[];
}

/** Spans that are kept, the latest ones. */
const MOST_SPANS = 200_000;
/** Requests of one correlation id whose traces are shown. */
const MOST_SHOWN = 20_000;
/** Query parameter -> column. */
const COLUMNS: Readonly<Record<string, string>> = {
  requestId: "request",
  correlationId: "correlation",
  traceId: "trace",
};

/**
 * The trace collector of the hub on this machine: takes OTLP/HTTP in JSON at `POST /v1/traces`, keeps the spans in a file of its own, and
 * returns them at `GET /v1/traces?requestId=…`, `correlationId` or `traceId`.
 *
 * @param forwardTo base URL of another collector that gets the same, `OTEL_EXPORTER_OTLP_ENDPOINT`. @default none
 */
export async function startTraces({
  file,
  forwardTo,
  onProblem,
}: {
  readonly file: string;
  readonly forwardTo: string | undefined;
  readonly onProblem: (message: string) => void;
}): Promise<Listener> {
  const store = openStore(file);
  store
    .sql(
      "CREATE TABLE IF NOT EXISTS spans (trace TEXT, span TEXT, request TEXT, correlation TEXT, json TEXT, PRIMARY KEY (trace, span))",
    )
    .run();
  for (const column of ["request", "correlation"])
    store.sql(`CREATE INDEX IF NOT EXISTS spans_${column} ON spans (${column})`).run();
  let reported = false;
  const server = createServer((request, response) => {
    const refusal = refusalOf(request.headers);
    if (refusal !== undefined) return send(response, 403, { message: refusal });
    answer(request, response).catch((error: unknown) => send(response, 400, { message: String(error) }));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          store.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname !== "/v1/traces") return send(response, 404, { message: "Not found. Use /v1/traces." });
    if (request.method !== "POST") {
      const found = spansBy(store, searchParams);
      return found
        ? send(response, 200, asOtlp(found))
        : send(response, 400, { message: `Give one of ${Object.keys(COLUMNS).join(", ")}.` });
    }
    const body = await textOf(request);
    keep(store, JSON.parse(body) as OtlpBody);
    if (forwardTo !== undefined) void forward(forwardTo, body);
    send(response, 200, {});
  }

  async function forward(endpoint: string, body: string): Promise<void> {
    try {
      const answered = await fetch(`${endpoint.replace(/\/$/, "")}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      await answered.body?.cancel();
      if (!answered.ok) throw new Error(`it answered ${answered.status}`);
      reported = false;
    } catch (error) {
      if (!reported) onProblem(`traces are not forwarded to ${endpoint}: ${(error as Error).message}`);
      reported = true;
    }
  }
}

function keep(store: Store, { resourceSpans = [] }: OtlpBody): void {
  const spans = resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans));
  const attribute = (span: StoredSpan, name: string) =>
    span.attributes.find(({ key }) => key === name)?.value.stringValue ?? null;
  store.transaction(() => {
    for (const span of spans)
      store
        .sql("INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?, ?)")
        .run(
          span.traceId,
          span.spanId,
          attribute(span, "hub.request_id"),
          attribute(span, "hub.correlation_id"),
          JSON.stringify(span),
        );
    store.sql("DELETE FROM spans WHERE rowid <= (SELECT max(rowid) FROM spans) - ?").run(MOST_SPANS);
  });
}

function spansBy(store: Store, query: URLSearchParams): readonly StoredSpan[] | undefined {
  const [given] = Object.entries(COLUMNS).filter(([name]) => query.get(name));
  if (!given) return undefined;
  const [name, column] = given;
  return store
    .sql(`SELECT json FROM spans WHERE ${column} = ? ORDER BY rowid LIMIT ?`)
    .all(String(query.get(name)), MOST_SHOWN)
    .map(({ json }) => JSON.parse(String(json)) as StoredSpan);
}

const asOtlp = (spans: readonly StoredSpan[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "integration-hub" } }] },
      scopeSpans: [{ scope: { name: "integration-hub" }, spans }],
    },
  ],
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
