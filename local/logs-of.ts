import { createReadStream, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isWanted, type LogLine, type LogQuery } from "../protocol/logs.ts";

const MAX_LINES = 1_000;

/** @returns the newest lines that are wanted, the oldest of them first. @param dirs folders of log files */
export async function logsOf(dirs: readonly string[], query: LogQuery): Promise<LogLine[]> {
  const texts = [...(query.ids ?? []), ...(query.correlationId === undefined ? [] : [query.correlationId])];
  const lines: LogLine[] = [];
  for (const file of dirs.flatMap(filesIn)) {
    for await (const text of createInterface({ input: createReadStream(file) })) {
      // Most lines need not be parsed.
      if (texts.length > 0 && !texts.some((one) => text.includes(one))) continue;
      const line = logLine(text);
      if (line && isWanted(line, query)) lines.push(line);
    }
  }
  return lines.sort((a, b) => a.timestamp.localeCompare(b.timestamp)).slice(-MAX_LINES);
}

const filesIn = (dir: string): readonly string[] =>
  existsSync(dir)
    ? readdirSync(dir)
        .filter((name) => /\.jsonl(\.1)?$/.test(name))
        .map((name) => join(dir, name))
    : [];

/** @returns undefined for a line that is not whole: the disk was full, or the process ended while it wrote */
function logLine(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}
