import type { ServerResponse } from "node:http";
import { isLogLevel, isWanted, type LogQuery } from "../../protocol/logs.ts";
import type { ShownHub } from "./hub-port.ts";
import { Problem } from "./problem.ts";

const HEARTBEAT_MS = 20_000;

/** @returns the filters of a call. @throws Problem 400 */
export function logQueryOf(query: URLSearchParams): LogQuery {
  const given = (name: string) => query.get(name) || undefined;
  const [correlationId, flow, step, level] = ["correlationId", "flow", "step", "level"].map(given);
  const ids = query.getAll("id");
  if (level !== undefined && !isLogLevel(level))
    throw new Problem(400, "The parameter level is not one of debug, info, warn, error.");
  return {
    ...(correlationId !== undefined && { correlationId }),
    ...(ids.length > 0 && { ids }),
    ...(flow !== undefined && { flow }),
    ...(step !== undefined && { step }),
    ...(level !== undefined && { level }),
  };
}

/** Sends each wanted line that functions and gateway log from now on, as server-sent events. */
export function streamLogs(hub: Pick<ShownHub, "onLog">, query: LogQuery, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(":\n\n");
  const stop = hub.onLog((line) => {
    if (isWanted(line, query)) response.write(`data: ${JSON.stringify(line)}\n\n`);
  });
  const heartbeat = setInterval(() => response.write(":\n\n"), HEARTBEAT_MS).unref();
  response.on("close", () => {
    stop();
    clearInterval(heartbeat);
  });
}
