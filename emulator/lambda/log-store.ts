import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";

/** One line that a function wrote. */
export interface LogLine {
  /** ISO 8601, wall clock. */
  readonly timestamp: string;
  readonly function: string;
  /** Of the Lambda invocation; absent while the function starts. */
  readonly invocation?: string;
  /** The line: an object where it is one in JSON, else text. */
  readonly message: unknown;
}

/** A function's file is moved to `<file>.1` beyond this, over the one that was there. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Keeps what functions log, one JSON line each, in `<dir>/<function>.jsonl`. */
export class LogStore {
  readonly dir: string;
  readonly #onLine: (line: LogLine) => void;
  readonly #files = new Map<string, { stream: WriteStream; bytes: number }>();
  /** Text after the last line break, by function and stream: a line may come in pieces. */
  readonly #rest = new Map<string, string>();

  constructor(dir: string, onLine: (line: LogLine) => void = () => {}) {
    mkdirSync(dir, { recursive: true });
    this.dir = dir;
    this.#onLine = onLine;
  }

  append(functionName: string, logStream: string, invocation: string | undefined, text: string): void {
    const key = `${functionName} ${logStream}`;
    const lines = ((this.#rest.get(key) ?? "") + text).split("\n");
    this.#rest.set(key, lines.pop() ?? "");
    for (const line of lines) {
      if (line !== "")
        this.#write({
          timestamp: new Date().toISOString(),
          function: functionName,
          ...(invocation && { invocation }),
          message: parsed(line),
        });
    }
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map(({ stream }) => new Promise((resolve) => stream.end(resolve))));
  }

  #write(line: LogLine) {
    const text = `${JSON.stringify(line)}\n`;
    const file = this.#open(line.function);
    file.bytes += text.length;
    file.stream.write(text);
    this.#onLine(line);
  }

  #open(functionName: string) {
    const path = join(this.dir, `${functionName}.jsonl`);
    const known = this.#files.get(functionName);
    if (known && known.bytes < MAX_BYTES) return known;
    const bytes = known?.bytes ?? statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes >= MAX_BYTES) {
      known?.stream.end();
      renameSync(path, `${path}.1`);
    }
    const opened = { stream: createWriteStream(path, { flags: "a", mode: 0o600 }), bytes: bytes >= MAX_BYTES ? 0 : bytes };
    this.#files.set(functionName, opened);
    return opened;
  }
}

function parsed(line: string): unknown {
  if (!line.startsWith("{")) return line;
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
