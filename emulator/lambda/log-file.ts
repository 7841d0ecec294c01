import { closeSync, createWriteStream, fstatSync, openSync, readSync, renameSync, statSync, type WriteStream } from "node:fs";

/** Bounds of one log file. A file beyond one of them is renamed to `<file>.1`, which replaces the previous one. */
export interface LogBounds {
  /** Bytes, 1 or more. @default 16 MiB */
  readonly maxBytes: number;
  /** Milliseconds since the file's first line. @default 7 days */
  readonly maxAgeMs: number;
}
export const LOG_BOUNDS: LogBounds = { maxBytes: 16 * 1024 * 1024, maxAgeMs: 7 * 24 * 3_600_000 };

/** Waits this long before it opens a file again that could not be written, in milliseconds. */
const RETRY_MS = 5_000;

/**
 * A log file that is appended to. What can't be written is dropped and reported once: a full disk must not end the process that logs.
 */
export class LogFile {
  readonly #path: string;
  readonly #bounds: LogBounds;
  readonly #onProblem: (message: string) => void;
  #stream: WriteStream | undefined;
  #bytes = 0;
  #since = 0;
  #retryAt = 0;
  #dropped = 0;

  /** @param onProblem called when the file can't be written, and when it can again */
  constructor(path: string, bounds: LogBounds, onProblem: (message: string) => void) {
    this.#path = path;
    this.#bounds = bounds;
    this.#onProblem = onProblem;
  }

  /** Appends a line, without its newline. */
  append(line: string): void {
    const stream = this.#writable();
    if (!stream) {
      this.#dropped += 1;
      return;
    }
    this.#bytes += Buffer.byteLength(line) + 1;
    // The lines of one turn of the event loop are one write.
    if (stream.writableCorked === 0) {
      stream.cork();
      setImmediate(() => stream.uncork());
    }
    stream.write(`${line}\n`, (error) => !error && stream === this.#stream && this.#recovered());
  }

  close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    return new Promise((resolve) => (stream ? stream.once("close", () => resolve()).end() : resolve()));
  }

  #writable(): WriteStream | undefined {
    if (this.#stream && !this.#isFull()) return this.#stream;
    if (Date.now() < this.#retryAt) return undefined;
    try {
      if (this.#stream === undefined) this.#measure();
      // A stream that ends still writes what it has, also under the new name.
      this.#stream?.end();
      this.#stream = undefined;
      if (this.#isFull()) this.#rotate();
      this.#stream = this.#open();
    } catch (error) {
      this.#failed(error as Error);
    }
    return this.#stream;
  }

  #isFull(): boolean {
    return this.#bytes >= this.#bounds.maxBytes || (this.#bytes > 0 && Date.now() - this.#since >= this.#bounds.maxAgeMs);
  }

  /** Of the file that an earlier process left. */
  #measure() {
    const stats = statSync(this.#path, { throwIfNoEntry: false });
    this.#bytes = stats?.size ?? 0;
    // File systems without a time of birth give 0. Whole milliseconds, as Date.now() has.
    this.#since = Math.floor(stats?.birthtimeMs ?? 0) || Date.now();
  }

  #rotate() {
    renameSync(this.#path, `${this.#path}.1`);
    [this.#bytes, this.#since] = [0, Date.now()];
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.#path, { fd: openSync(this.#path, "a", 0o600) });
    stream.on("error", (error) => {
      if (stream === this.#stream) this.#stream = undefined;
      this.#failed(error);
    });
    // A line that was cut off would swallow the next one.
    if (this.#bytes > 0 && !endsWithNewline(this.#path)) stream.write("\n");
    return stream;
  }

  #failed(error: Error) {
    this.#dropped += 1;
    if (this.#retryAt === 0)
      this.#onProblem(`The log ${this.#path} can't be written: ${error.message}. Its lines are dropped until it can.`);
    this.#retryAt = Date.now() + RETRY_MS;
  }

  #recovered() {
    if (this.#retryAt === 0) return;
    this.#onProblem(`The log ${this.#path} is written again; about ${this.#dropped} lines were dropped.`);
    this.#retryAt = 0;
    this.#dropped = 0;
  }
}

function endsWithNewline(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, Math.max(0, fstatSync(file).size - 1));
    return last[0] === 10;
  } finally {
    closeSync(file);
  }
}
