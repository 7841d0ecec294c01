import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { chmodSync, closeSync, existsSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort } from "../free-port.ts";
import { AUTHORIZATION, type Engine, EngineError } from "./engine.ts";

/** @returns path of the binary for this platform; undefined when its package is not installed */
export function dynoxideBinary(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`);
    const binary = join(dirname(manifest), "dynoxide");
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Shell script that kills the binary when the shell's standard input closes. It closes when the hub ends, even by `kill -9`, so no orphan
 * holds the data file. When the binary exits, the shell exits with its status.
 */
const WATCHDOG = `exec 3<&0; "$@" </dev/null 3<&- & child=$!; { cat <&3 >/dev/null; kill -9 $child; } 2>/dev/null & exec 3<&-; wait $child`;

const READY_WITHIN_MS = 10_000;
/** Maximum number of consecutive crashes, each within `STABLE_AFTER_MS` of a start, before restarts end. */
const MAX_CRASHES = 5;
const STABLE_AFTER_MS = 10_000;
const MAX_STARTS = 3;

/** Runs dynoxide as a child process and restarts it when it crashes. Its SQLite file survives `kill -9`. */
export class Dynoxide implements Engine {
  readonly #binary: string;
  readonly #file: string;
  readonly #address: string;
  readonly #onCrash: (message: string) => void;
  #running: Promise<{ url: string; child: ChildProcess }>;
  #stopping = false;
  #crashes = 0;

  /**
   * @param binary path of the executable
   * @param file path of its database, created if missing
   * @param address loopback address to listen on; made by `secretAddress`
   * @param onCrash called with a message when the process exits unexpectedly
   */
  constructor(binary: string, file: string, address: string, onCrash: (message: string) => void = () => {}) {
    this.#binary = binary;
    this.#file = file;
    this.#address = address;
    this.#onCrash = onCrash;
    this.#running = this.#start();
    // `url()` throws this error; as an unhandled rejection it would end the process before.
    this.#running.catch(() => {});
  }

  async url(): Promise<string> {
    const { url } = await this.#running;
    return url;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = await this.#running.catch(() => undefined);
    if (!running || running.child.exitCode !== null || running.child.signalCode !== null) return;
    const ended = once(running.child, "exit");
    running.child.stdin?.end();
    await ended;
  }

  /** Retries the start, because another process may take the port first. */
  async #start(): Promise<{ url: string; child: ChildProcess }> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#startOnce();
      } catch (error) {
        if (attempt === MAX_STARTS || this.#stopping) throw error;
      }
    }
  }

  async #startOnce(): Promise<{ url: string; child: ChildProcess }> {
    const port = await freePort(this.#address);
    keepPrivate(this.#file);
    const startedAt = performance.now();
    const child = spawn(
      "/bin/sh",
      ["-c", WATCHDOG, "sh", this.#binary, "serve", "--host", this.#address, "--port", String(port), "--db-path", this.#file],
      {
        stdio: ["pipe", "ignore", "pipe"],
        // Own process group: Ctrl-C must not end it while the hub finishes the running invocations.
        detached: true,
      },
    );
    let output = "";
    child.stderr.on("data", (data: Buffer) => {
      output = (output + data.toString()).replace(/^Dynoxide listening.*\n/m, "").slice(-2_000);
    });
    child.stdin.on("error", () => {});
    const url = `http://${this.#address}:${port}`;
    const ended = new AbortController();
    child.once("exit", () => ended.abort());
    child.once("error", () => ended.abort());
    await untilReady(url, ended.signal).catch((error: unknown) => {
      child.stdin.end();
      throw new EngineError(
        `dynoxide did not start with ${this.#file}: ${output.trim() || String(error)}. Check the folder, or move the file away.`,
      );
    });
    const restart = () => {
      this.#crashes = performance.now() - startedAt > STABLE_AFTER_MS ? 1 : this.#crashes + 1;
      this.#restart(output);
    };
    if (ended.signal.aborted) restart();
    else child.once("exit", restart);
    return { url, child };
  }

  #restart(output: string): void {
    if (this.#stopping) return;
    this.#onCrash(
      `dynoxide exited unexpectedly${output.trim() ? `: ${output.trim()}` : ""}. ${this.#crashes > MAX_CRASHES ? "It is not restarted" : "It is restarted"}.`,
    );
    this.#running =
      this.#crashes > MAX_CRASHES
        ? Promise.reject(new EngineError(`dynoxide crashed ${this.#crashes} times in a row. Move ${this.#file} away.`))
        : this.#start();
    this.#running.catch(() => {});
  }
}

/** Polls the URL, because dynoxide reports that it listens before it does. */
async function untilReady(url: string, ended: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (ended.aborted) throw new Error("it exited at once");
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.ListTables",
        "x-amz-date": "20260101T000000Z",
        authorization: AUTHORIZATION,
      },
      body: "{}",
      signal: AbortSignal.timeout(2_000),
    }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    if (Date.now() > deadline) throw new Error(`it did not respond within ${READY_WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** SQLite creates its log with the mode of the database. */
function keepPrivate(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
  } catch {
    // The engine reports why the file can't be opened.
  }
}

/**
 * dynoxide serves every caller, and lets pages of every site read its answers; it has no option against either. So it listens on an address that
 * no page can guess, one of the 16 million of the loopback interface, on a port of its own. https://www.rfc-editor.org/rfc/rfc6890#section-2.2.2
 *
 * @returns `undefined` on systems whose loopback interface has 127.0.0.1 alone, such as macOS
 */
export async function secretAddress(): Promise<string | undefined> {
  const address = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  return freePort(address).then(
    () => address,
    () => undefined,
  );
}
