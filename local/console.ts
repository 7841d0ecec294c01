import { createReadStream, existsSync, readdirSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Listener } from "../emulator/apigateway/listener.ts";
import type { Aws } from "../emulator/aws.ts";
import type { LogLine } from "../emulator/lambda/log-store.ts";
import { refusalOf } from "../emulator/local-callers.ts";
import type { FlowGraph } from "../model/index.ts";
import { COMPONENTS } from "../protocol/kinds.ts";
import { SORT_KEY, summaryKey } from "../protocol/table.ts";
import { type Recording, ResourceIndex } from "./recording.ts";

const RECENT = 50;
const MAX_LINES = 1_000;

/** The hub that the status page shows. */
interface ShownHub {
  readonly url: string;
  readonly sandboxUrl: string;
  readonly services: Aws;
  readonly recording: Recording;
}

/**
 * Serves a read-only status page: flows, recent requests, logs by correlation id.
 * @param hub called at each request; `undefined` during the start
 * @param allowedHosts further host names that callers may use. @default []
 */
export async function startConsole(
  port: number,
  hub: () => ShownHub | undefined,
  allowedHosts: readonly string[] = [],
): Promise<Listener> {
  const server = createServer((request, response) => {
    const refusal = refusalOf(request.headers, allowedHosts);
    if (refusal !== undefined) return send(response, 403, "text/plain", `${refusal}\n`);
    const running = hub();
    if (!running) return send(response.setHeader("retry-after", "1"), 503, "text/plain", "The hub is starting.\n");
    answer(running, new URL(request.url ?? "/", "http://localhost"), response).catch((error: unknown) =>
      send(response, 500, "text/plain", `${error instanceof Error ? error.message : String(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(hub: ShownHub, { pathname, searchParams }: URL, response: ServerResponse): Promise<void> {
  switch (pathname) {
    case "/":
      return send(response, 200, "text/html; charset=utf-8", page(hub, await recentRequests(hub)));
    case "/requests":
      return send(response, 200, "application/json", JSON.stringify({ requests: await recentRequests(hub) }));
    case "/alarms":
      return send(response, 200, "application/json", JSON.stringify({ alarms: hub.services.alarms.states() }));
    case "/logs": {
      const correlationId = searchParams.get("correlationId");
      if (!correlationId)
        return send(
          response,
          400,
          "application/json",
          '{"message":"The parameter correlationId is missing. Add ?correlationId=…"}',
        );
      return send(
        response,
        200,
        "application/json",
        JSON.stringify({ lines: await logLines(hub.services.logs.dir, correlationId) }),
      );
    }
  }
  return send(response, 404, "text/plain", "Not found. Use /, /requests, /alarms or /logs?correlationId=…\n");
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), "x-content-type-options": "nosniff" })
    .end(body);
}

const flowsOf = (hub: ShownHub): readonly FlowGraph[] =>
  new ResourceIndex(hub.recording).all(COMPONENTS.flow).map(({ inputs }) => (inputs as unknown as { graph: FlowGraph }).graph);

/** Summaries of requests, newest first. */
async function recentRequests({ services, recording }: ShownHub): Promise<Record<string, string>[]> {
  const found: Record<string, string>[] = [];
  for (const { outputs } of new ResourceIndex(recording).all("aws:dynamodb/table:Table")) {
    let from: unknown;
    do {
      const { Items, LastEvaluatedKey } = await services.tables.administer("Scan", {
        TableName: outputs.name,
        FilterExpression: `${SORT_KEY} = :summary`,
        ExpressionAttributeValues: { ":summary": { S: summaryKey("")[SORT_KEY] } },
        ...(from !== undefined && { ExclusiveStartKey: from }),
      });
      found.push(...((Items ?? []) as Record<string, Record<string, string>>[]).map(plainItem));
      from = LastEvaluatedKey;
    } while (from !== undefined);
  }
  return found.sort((a, b) => String(b.createdAt).localeCompare(String(a.createdAt))).slice(0, RECENT);
}

const plainItem = (item: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      (value.S ?? value.N) === undefined ? [] : [[name, String(value.S ?? value.N)]],
    ),
  );

async function logLines(dir: string, correlationId: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  if (!existsSync(dir)) return lines;
  for (const file of readdirSync(dir).filter((name) => /\.jsonl(\.1)?$/.test(name))) {
    for await (const text of createInterface({ input: createReadStream(join(dir, file)) })) {
      if (!text.includes(correlationId)) continue;
      const line = logLine(text);
      if ((line?.message as { correlationId?: unknown } | null)?.correlationId === correlationId) lines.push(line as LogLine);
    }
  }
  return lines.sort((a, b) => a.timestamp.localeCompare(b.timestamp)).slice(-MAX_LINES);
}

/** @returns undefined for a line that is not whole: the disk was full, or the process ended while it wrote */
function logLine(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}

function page(hub: ShownHub, requests: readonly Record<string, string>[]): string {
  const flows = flowsOf(hub)
    .map(
      ({ flow, summary, triggers, steps }) =>
        `<li><b>${html(flow)}</b>: ${html(summary)}<br>${triggers.map((trigger) => `<code>${html(trigger.kind === "schedule" ? trigger.expression : trigger.route)}</code>`).join(", ")}; steps ${steps.map(({ name }) => html(name)).join(", ")}</li>`,
    )
    .join("\n");
  const rows = requests
    .map(
      ({ requestId, flow, status, createdAt, correlationId = "" }) =>
        `<tr><td>${html(createdAt)}</td><td>${html(flow)}</td><td>${html(status)}</td><td><code>${html(requestId)}</code></td><td><a href="/logs?correlationId=${encodeURIComponent(correlationId)}">${html(correlationId)}</a></td></tr>`,
    )
    .join("\n");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Integration hub</title>
<style>body{font:15px system-ui;margin:2rem}td,th{padding:.2rem .8rem .2rem 0;text-align:left}</style>
<h1>Integration hub</h1>
<p>Gateway <a href="${hub.url}">${hub.url}</a> · <a href="${hub.sandboxUrl}">sandbox</a> of the third parties (<a href="${hub.sandboxUrl}/_calls">calls</a>) · <a href="/requests">requests as JSON</a> · <a href="/alarms">alarms</a></p>
<h2>Flows</h2><ul>${flows}</ul>
<h2>Recent requests</h2><table><tr><th>created</th><th>flow</th><th>status</th><th>request</th><th>log by correlation id</th></tr>
${rows}</table></html>
`;
}

const html = (text: string | undefined) => (text ?? "").replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
