import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../emulator/free-port.ts";
import type { RequestStatus } from "../model/index.ts";
import { cpuOfTree, residentOfTree } from "./process-tree.ts";

const ROOT = resolve(import.meta.dirname, "..");
const ORDER = {
  orderId: "o-1",
  customerId: "c-1",
  lines: [{ sku: "A-1", quantity: 2, unitCents: 1_999 }],
};
/** A request that has not ended by then has failed, and the benchmark with it. */
const LONGEST_MS = 120_000;

const UNDER_WAY: ReadonlySet<string | undefined> = new Set<RequestStatus>(["accepted", "running"]);

/** Clients ask again after this share of the time that has passed, so that their questions are not most of what the hub does. */
const WAIT_SHARE = 0.1;
const SHORTEST_WAIT_MS = 10;

/** A hub to measure: its address and a caller's key. */
export interface Target {
  readonly url: string;
  readonly key: string;
}

export interface Load {
  readonly clients: number;
  /** Milliseconds from POST to `completed`, of each request. */
  readonly times: readonly number[];
  readonly perSecond: number;
  /** Number of calls beyond the limits of the API. */
  readonly throttled: number;
}

/** A hub that runs on this machine. */
export interface RunningHub extends Target {
  readonly startMs: number;
  /** Of its process and of the engine of its DynamoDB: resident memory now, and processor time so far. */
  readonly memoryMb: () => number;
  readonly cpuMs: () => number;
  /** All that it has printed. */
  readonly printed: () => string;
  readonly stop: () => Promise<void>;
}

export interface HubToStart {
  /** Folder of the program. @default this one */
  readonly root?: string;
  /** Folder of its state, which stays. @default an empty one, removed when the hub stops */
  readonly data?: string;
  /** More of `npm start`. */
  readonly options?: readonly string[];
}

/** Starts the hub on this machine. */
export async function startHub({ root = ROOT, data: kept, options = [] }: HubToStart = {}): Promise<RunningHub> {
  const data = kept ?? mkdtempSync(join(tmpdir(), "hub-bench-data-"));
  const [port, consolePort, sandboxPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const beganAt = performance.now();
  const { start } = JSON.parse(readFileSync(join(ROOT, "tools/commands.json"), "utf8")) as { readonly start: string };
  const args = [
    "--disable-warning=ExperimentalWarning",
    ...start.split(" ").slice(1),
    "--data",
    data,
    "--port",
    port,
    "--console-port",
    consolePort,
    "--sandbox-port",
    sandboxPort,
    ...options,
  ];
  const child = spawn(process.execPath, args.map(String), { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    if (kept === undefined) rmSync(data, { recursive: true, force: true });
  };
  try {
    const printed = await ready(child);
    const key = /x-api-key: (\S+)/.exec(printed())?.[1] ?? "";
    const startMs = performance.now() - beganAt;
    const pid = child.pid ?? Number.NaN;
    const [memoryMb, cpuMs] = [() => residentOfTree(pid), () => cpuOfTree(pid)];
    return { url: `http://localhost:${port}`, key, startMs, memoryMb, cpuMs, printed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function ready(child: ChildProcess): Promise<() => string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      printed += chunk.toString("utf8");
      if (/x-api-key: \S+\n/.test(printed)) resolve(() => printed);
    });
    child.once("exit", (code) => reject(new Error(`the hub ended with ${code} before it was ready:\n${printed}`)));
  });
}

/** Sends `requests` orders from `clients` clients, each waiting for its request to end before it sends the next. */
export async function loaded(target: Target, clients: number, requests: number): Promise<Load> {
  const times: number[] = [];
  const caller = new Caller(target);
  let left = requests;
  const beganAt = performance.now();
  const client = async () => {
    while (left > 0) {
      left -= 1;
      times.push((await caller.completed()).ms);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { clients, times, perSecond: (requests / (performance.now() - beganAt)) * 1_000, throttled: caller.throttled };
}

/** Sends orders and waits for them as a careful client does. */
export class Caller {
  /** Number of answers 429. */
  throttled = 0;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, key }: Target) {
    this.#url = url;
    this.#headers = { "x-api-key": key, "content-type": "application/json" };
  }

  /** Sends an order and waits until it has completed. @returns its id, and the time that it took */
  async completed(): Promise<{ readonly requestId: string; readonly ms: number }> {
    const beganAt = performance.now();
    const answered = await this.#call("/orders", beganAt, { method: "POST", body: JSON.stringify(ORDER) });
    const { requestId } = (await answered.json()) as { readonly requestId?: string };
    if (answered.status !== 202 || !requestId) throw new Error(`POST /orders answered ${answered.status}`);
    while (performance.now() - beganAt < LONGEST_MS) {
      const shown = await this.#call(`/requests/${requestId}`, beganAt);
      const { status } = (await shown.json()) as { readonly status?: string };
      if (status === "completed") return { requestId, ms: performance.now() - beganAt };
      if (shown.status === 200 && !UNDER_WAY.has(status)) throw new Error(`request ${requestId} is ${status}`);
      await wait(Math.max(SHORTEST_WAIT_MS, (performance.now() - beganAt) * WAIT_SHARE));
    }
    throw new Error(`request ${requestId} has not completed after ${LONGEST_MS / 1_000} s`);
  }

  /** Calls again when the API's limits allow it, which counts as time of the request. */
  async #call(path: string, beganAt: number, init: RequestInit = {}): Promise<Response> {
    for (;;) {
      const answer = await fetch(this.#url + path, { ...init, headers: this.#headers });
      if (answer.status !== 429 || performance.now() - beganAt > LONGEST_MS) return answer;
      this.throttled += 1;
      await answer.body?.cancel();
      await wait(Number(answer.headers.get("retry-after") ?? 1) * 1_000);
    }
  }
}
