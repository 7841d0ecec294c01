import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Listener } from "../emulator/apigateway/listener.ts";
import type { LocalAnswer, LocalCall } from "../emulator/lambda/local-call.ts";
import { refusalOf } from "../emulator/local-callers.ts";
import { openStore, type Store } from "../emulator/store.ts";
import { attributeOf, type Otlp, type OtlpSpan, spansIn } from "../protocol/otlp.ts";

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

export interface Traces extends Listener {
  /** Answers a call that a function of this process makes. */
  answer(call: LocalCall): Promise<LocalAnswer>;
  /** Spans of a request, in the order in which they came; at most 20,000. */
  spansOf(requestId: string): readonly OtlpSpan[];
}

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
}): Promise<Traces> {
  const store = openStore(file);
  store
    .sql(
      "CREATE TABLE IF NOT EXISTS spans (trace TEXT, span TEXT, request TEXT, correlation TEXT, json TEXT, PRIMARY KEY (trace, span))",
    )
    .run();
  for (const column of ["request", "correlation"])
    store.sql(`CREATE INDEX IF NOT EXISTS spans_${column} ON spans (${column})`).run();
  let reported = false;
  const server = createServer(async (request, response) => {
    const refusal = refusalOf(request.headers);
    const { method = "GET", url: path = "/", headers } = request;
    const call = { method, path, headers: headers as LocalCall["headers"], body: await textOf(request).catch(() => "") };
    const { status, headers: answered, body } = refusal === undefined ? await answer(call) : json(403, { message: refusal });
    response.writeHead(status, answered).end(body);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    answer,
    spansOf: (requestId) => spansBy(store, "request", requestId),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          store.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };

  async function answer({ method, path, body }: LocalCall): Promise<LocalAnswer> {
    const { pathname, searchParams } = new URL(path, "http://localhost");
    if (pathname !== "/v1/traces") return json(404, { message: "Not found. Use /v1/traces." });
    if (method !== "POST") {
      const [name, column] = Object.entries(COLUMNS).find(([given]) => searchParams.get(given)) ?? [];
      return name === undefined || column === undefined
        ? json(400, { message: `Give one of ${Object.keys(COLUMNS).join(", ")}.` })
        : json(200, asOtlp(spansBy(store, column, String(searchParams.get(name)))));
    }
    const text = typeof body === "string" ? body : Buffer.from(body).toString();
    try {
      keep(store, JSON.parse(text) as Partial<Otlp>);
    } catch (error) {
      return json(400, { message: String(error) });
    }
    if (forwardTo !== undefined) void forward(forwardTo, text);
    return json(200, {});
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

function keep(store: Store, { resourceSpans = [] }: Partial<Otlp>): void {
  const spans = spansIn({ resourceSpans });
  store.transaction(() => {
    for (const span of spans)
      store
        .sql("INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?, ?)")
        .run(
          span.traceId,
          span.spanId,
          attributeOf(span, "hub.request_id") ?? null,
          attributeOf(span, "hub.correlation_id") ?? null,
          JSON.stringify(span),
        );
    store.sql("DELETE FROM spans WHERE rowid <= (SELECT max(rowid) FROM spans) - ?").run(MOST_SPANS);
  });
}

/** @param column of `COLUMNS` */
const spansBy = (store: Store, column: string, value: string): readonly OtlpSpan[] =>
  store
    .sql(`SELECT json FROM spans WHERE ${column} = ? ORDER BY rowid LIMIT ?`)
    .all(value, MOST_SHOWN)
    .map(({ json }) => JSON.parse(String(json)) as OtlpSpan);

const asOtlp = (spans: readonly OtlpSpan[]) => ({
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

const json = (status: number, body: object): LocalAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
