import { createReadStream, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { LogLine } from "../emulator/lambda/log-store.ts";

const MAX_LINES = 1_000;

/** @returns the newest lines about requests with this correlation id, the oldest of them first */
export async function logsOf(dir: string, correlationId: string): Promise<LogLine[]> {
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
