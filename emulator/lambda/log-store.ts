import { createWriteStream, renameSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { privateFolder } from "../private-files.ts";

/** A line of a function's log. */
export interface LogLine {
  /** ISO 8601, wall clock. */
  readonly timestamp: string;
  readonly function: string;
  /** Request id of the invocation; absent while the function initializes. */
  readonly invocation?: string;
  /** The parsed line if it is a JSON object, otherwise its text. */
  readonly message: unknown;
}

/** Maximum size of a log file. A larger file is renamed to `<file>.1`, which replaces the previous one. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Writes the logs of functions to `<dir>/<function>.jsonl`, one JSON object per line. */
export class LogStore {
  readonly dir: string;
  readonly #onLine: (line: LogLine) => void;
  readonly #files = new Map<string, { stream: WriteStream; bytes: number }>();
  /** Incomplete last line by function and stream: a line may arrive in several chunks. */
  readonly #partialLines = new Map<string, string>();

  /**
   * @param dir folder of the log files, created if missing
   * @param onLine called for each line
   */
  constructor(dir: string, onLine: (line: LogLine) => void = () => {}) {
    privateFolder(dir);
    this.dir = dir;
    this.#onLine = onLine;
  }

  /** Appends a chunk of text; complete lines are written. */
  append(functionName: string, logStream: string, invocation: string | undefined, text: string): void {
    const key = `${functionName} ${logStream}`;
    const lines = ((this.#partialLines.get(key) ?? "") + text).split("\n");
    this.#partialLines.set(key, lines.pop() ?? "");
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
    const open = this.#files.get(functionName);
    if (open && open.bytes < MAX_BYTES) return open;
    const bytes = open?.bytes ?? statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes >= MAX_BYTES) {
      open?.stream.end();
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
