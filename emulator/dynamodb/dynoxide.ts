import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Engine, EngineError } from "./engine.ts";
import { freePort } from "./free-port.ts";

/** The binary for this platform, if its package is installed. */
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
 * Ends the binary when the shell's standard input closes, which it does however the hub ends, `kill -9` included: so no orphan
 * keeps the data file. The shell itself ends, with the binary's status, when the binary does.
 */
const WATCHDOG = `exec 3<&0; "$@" </dev/null 3<&- & child=$!; { cat <&3 >/dev/null; kill -9 $child; } 2>/dev/null & exec 3<&-; wait $child`;

const READY_WITHIN_MS = 10_000;
/** Crashes in a row, each within ten seconds of its start, after which it is given up. */
const MAX_CRASHES = 5;
const STABLE_AFTER_MS = 10_000;
const MAX_STARTS = 3;

/** Runs dynoxide as a child process, and starts it again when it crashes. Its file is SQLite and survives `kill -9`. */
export class Dynoxide implements Engine {
  readonly #binary: string;
  readonly #file: string;
  readonly #onCrash: (message: string) => void;
  #running: Promise<{ url: string; child: ChildProcess }>;
  #stopping = false;
  #crashes = 0;

  /**
   * @param file its database; made when it isn't there
   * @param onCrash told when it has ended by itself
   */
  constructor(binary: string, file: string, onCrash: (message: string) => void = () => {}) {
    this.#binary = binary;
    this.#file = file;
    this.#onCrash = onCrash;
    this.#running = this.#start();
    // Whoever asks for the URL gets the error; it must not end the process before.
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

  /** Anew when it fails: somebody else may have taken the port in between. */
  async #start(): Promise<{ url: string; child: ChildProcess }> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#startOnce();
      } catch (error) {
        if (tries === MAX_STARTS || this.#stopping) throw error;
      }
    }
  }

  async #startOnce(): Promise<{ url: string; child: ChildProcess }> {
    const port = await freePort();
    const startedAt = performance.now();
    const child = spawn(
      "/bin/sh",
      ["-c", WATCHDOG, "sh", this.#binary, "serve", "--port", String(port), "--db-path", this.#file],
      {
        stdio: ["pipe", "ignore", "pipe"],
        // Its own process group: Ctrl-C must not end it while the hub still finishes what is under way.
        detached: true,
      },
    );
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      said = (said + data.toString()).replace(/^Dynoxide listening.*\n/m, "").slice(-2_000);
    });
    child.stdin.on("error", () => {});
    const url = `http://127.0.0.1:${port}`;
    const ended = new AbortController();
    child.once("exit", () => ended.abort());
    child.once("error", () => ended.abort());
    await untilReady(url, ended.signal).catch((error: unknown) => {
      child.stdin.end();
      throw new EngineError(
        `dynoxide did not start with ${this.#file}: ${said.trim() || String(error)}. Check the folder, or move the file away.`,
      );
    });
    const restart = () => {
      this.#crashes = performance.now() - startedAt > STABLE_AFTER_MS ? 1 : this.#crashes + 1;
      this.#restart(said);
    };
    if (ended.signal.aborted) restart();
    else child.once("exit", restart);
    return { url, child };
  }

  #restart(said: string): void {
    if (this.#stopping) return;
    this.#onCrash(
      `dynoxide ended by itself${said.trim() ? `: ${said.trim()}` : ""}. ${this.#crashes > MAX_CRASHES ? "It is given up" : "It is started again"}.`,
    );
    this.#running =
      this.#crashes > MAX_CRASHES
        ? Promise.reject(new EngineError(`dynoxide crashed ${this.#crashes} times in a row. Move ${this.#file} away.`))
        : this.#start();
    this.#running.catch(() => {});
  }
}

/** Polls, for dynoxide tells that it listens before it does. */
async function untilReady(url: string, ended: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (ended.aborted) throw new Error("it ended at once");
    const answer = await fetch(url, {
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
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (Date.now() > deadline) throw new Error(`it did not answer within ${READY_WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Engines want a signature's form, and don't check it. */
export const AUTHORIZATION =
  "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00";
