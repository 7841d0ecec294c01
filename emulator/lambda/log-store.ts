import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { privateFolder } from "../private-files.ts";
import { LOG_BOUNDS, type LogBounds, LogFile } from "./log-file.ts";

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

/** Longest line in characters; a longer one is divided. CloudWatch Logs takes 1 MB. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const LONGEST_LINE = 1_048_576;

const DAY_MS = 24 * 3_600_000;

/** Writes the logs of functions to `<dir>/<function>.jsonl`, one JSON object per line. */
export class LogStore {
  readonly dir: string;
  readonly #listeners = new Set<(line: LogLine) => void>();
  readonly #onProblem: (message: string) => void;
  readonly #bounds: LogBounds;
  readonly #files = new Map<string, LogFile>();
  /** Incomplete last line by function and stream: a line may arrive in several chunks. */
  readonly #partialLines = new Map<string, string>();

  /**
   * @param dir folder of the log files, created if missing. Files that nothing has written for two periods of `bounds`, and a day, are removed
   * @param onLine called for each line
   * @param onProblem called when a file can't be written, and when it can again
   */
  constructor(
    dir: string,
    onLine: (line: LogLine) => void = () => {},
    onProblem: (message: string) => void = () => {},
    bounds: LogBounds = LOG_BOUNDS,
  ) {
    privateFolder(dir);
    this.dir = dir;
    this.#listeners.add(onLine);
    this.#onProblem = onProblem;
    this.#bounds = bounds;
    this.#removeOld();
  }

  /** Calls back for each line. @returns a function that removes the listener */
  onLine(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Appends a chunk of text; complete lines are written. */
  append(functionName: string, logStream: string, invocation: string | undefined, text: string): void {
    const key = `${functionName} ${logStream}`;
    const lines = ((this.#partialLines.get(key) ?? "") + text).split("\n").flatMap(divided);
    const partial = lines.pop() ?? "";
    if (partial === "") this.#partialLines.delete(key);
    else this.#partialLines.set(key, partial);
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
    await Promise.all(files.map((file) => file.close()));
  }

  #write(line: LogLine) {
    const path = join(this.dir, `${line.function}.jsonl`);
    const file = this.#files.get(path) ?? new LogFile(path, this.#bounds, this.#onProblem);
    this.#files.set(path, file);
    file.append(JSON.stringify(line));
    for (const listener of this.#listeners) listener(line);
  }

  /** Functions that are gone leave files that nothing rotates. */
  #removeOld() {
    for (const name of readdirSync(this.dir)) {
      const path = join(this.dir, name);
      const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - modified > Math.max(2 * this.#bounds.maxAgeMs, DAY_MS)) rmSync(path, { force: true });
    }
  }
}

const divided = (line: string): readonly string[] =>
  line.length <= LONGEST_LINE ? [line] : (line.match(new RegExp(`.{1,${LONGEST_LINE}}`, "gsu")) ?? []);

function parsed(line: string): unknown {
  if (!line.startsWith("{")) return line;
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
