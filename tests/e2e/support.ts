import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { LogLine } from "../../emulator/lambda/log-store.ts";
import { type HubOptions, type LocalHub, startHub } from "../../local/hub.ts";
import { record } from "../../local/record/record.ts";
import type { Recording } from "../../local/recording.ts";

export const ROOT = resolve(import.meta.dirname, "../..");

let recorded: Promise<Recording> | undefined;
/** The program of this repository, recorded once for all tests. */
export const recording = (): Promise<Recording> => (recorded ??= record({ root: ROOT }));

export function dataFolder() {
  const dir = mkdtempSync(join(tmpdir(), "hub-e2e-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Runs `npm run hub -- <args>`. @param env of the process. @default that of the tests */
export const runCli = (
  args: readonly string[],
  env = process.env,
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string; readonly text: string }> =>
  new Promise((done) =>
    execFile(process.execPath, [join(ROOT, "cli/main.ts"), ...args], { env }, (error, stdout, stderr) =>
      done({ status: error ? Number(error.code) : 0, stdout, stderr, text: stdout + stderr }),
    ),
  );

/**
 * Polls until `ask` returns something other than `undefined`, less often the longer it takes: each question costs the hub under test a call.
 * @throws Error after `withinMs`
 */
export async function eventually<T>(
  what: string | (() => string),
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = 180_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (let pause = 10; ; pause = Math.min(100, pause * 1.25)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${typeof what === "string" ? what : what()}`);
    await new Promise((next) => setTimeout(next, pause));
  }
}

interface StepStatus {
  readonly progress?: { readonly came: number; readonly of: number };
  readonly step: string;
  readonly status: string;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly error?: { readonly code: string; readonly message: string };
  readonly compensation?: { readonly status: string; readonly attempts: number };
}
export interface RequestStatus {
  readonly requestId: string;
  readonly correlationId: string;
  readonly flow: string;
  readonly status: string;
  readonly steps: readonly StepStatus[];
  readonly events: readonly {
    readonly name: string;
    readonly eventId: string;
    readonly step: string;
    readonly occurredAt: string;
  }[];
}
export interface SandboxCall {
  /** By the hub's clock, ISO 8601. */
  readonly time: string;
  readonly target: string;
  readonly operation: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number | null;
  readonly effect: string;
}

/** A hub as its callers see it: over HTTP only. */
export class Client {
  readonly url: string;
  readonly sandboxUrl: string;
  readonly apiKey: string;

  constructor({ url, sandboxUrl, apiKey }: { readonly url: string; readonly sandboxUrl: string; readonly apiKey: string }) {
    this.url = url;
    this.sandboxUrl = sandboxUrl;
    this.apiKey = apiKey;
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: "POST",
      headers: { "x-api-key": this.apiKey, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  get(path: string): Promise<Response> {
    return fetch(this.url + path, { headers: { "x-api-key": this.apiKey } });
  }

  /** Places an order. @returns the request id */
  async order(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await this.post("/orders", body, headers);
    if (answer.status !== 202) throw new Error(`POST /orders answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { requestId: string }).requestId;
  }

  async request(requestId: string): Promise<RequestStatus | undefined> {
    const answer = await this.get(`/requests/${requestId}`);
    return answer.status === 200 ? ((await answer.json()) as RequestStatus) : undefined;
  }

  /** Waits until the request has this status. */
  reaches(requestId: string, status: string, withinMs?: number): Promise<RequestStatus> {
    return eventually(
      `request ${requestId} is ${status}`,
      async () => {
        const found = await this.request(requestId);
        return found?.status === status ? found : undefined;
      },
      withinMs,
    );
  }

  async calls(query = ""): Promise<readonly SandboxCall[]> {
    return (await (await fetch(`${this.sandboxUrl}/_calls${query}`)).json()) as SandboxCall[];
  }

  async fault(fault: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`${this.sandboxUrl}/_faults`, { method: "PUT", body: JSON.stringify(fault) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** Makes the sandbox send a signed webhook. */
  webhook(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.sandboxUrl}/_webhooks/payment-notifications/stripe`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
  }
}

/** A hub in this process; `lines` holds what its functions have logged. */
export async function hubHere(options: Partial<HubOptions> = {}) {
  const folder = dataFolder();
  const lines: LogLine[] = [];
  const problems: string[] = [];
  const hub: LocalHub = await startHub({
    root: ROOT,
    data: folder.dir,
    recording: await recording(),
    onLog: (line) => lines.push(line),
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  const client = new Client({ url: hub.url, sandboxUrl: hub.sandboxUrl, apiKey: hub.apiKeys[0] ?? "" });
  const stop = async () => {
    await hub.stop();
    folder.remove();
  };
  return { hub, client, lines, problems, stop };
}

/** The program that `npm start` runs, as a separate process. */
export interface Program {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Resolves with the exit status. */
  readonly ended: Promise<number | null>;
}

/** @param main path of main.ts. @default this repository's */
export function program(args: readonly string[], main = join(ROOT, "local/main.ts")): Program {
  const child = spawn(process.execPath, [main, ...args], { cwd: resolve(main, "../.."), stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  return { child, output: () => ({ stdout, stderr }), ended };
}

export const EPHEMERAL = ["--port", "0", "--console-port", "0", "--sandbox-port", "0"];

/** Starts the program on free ports and waits until it is ready. */
export async function running(data: string, args: readonly string[] = [], main?: string) {
  const started = program([...EPHEMERAL, "--data", data, ...args], main);
  const ready = await eventually(
    "the hub is ready",
    () => {
      const { stdout, stderr } = started.output();
      if (started.child.exitCode !== null) throw new Error(`the hub ended: ${stderr}`);
      return /hub ready {2}(\S+)\nx-api-key: (\S+)\n(curl .*)\n/.exec(stdout) ?? undefined;
    },
    90_000,
  );
  const [, url = "", apiKey = "", curl = ""] = ready;
  const line = (label: string) => new RegExp(`^${label} {2}(\\S+)$`, "m").exec(started.output().stdout)?.[1] ?? "";
  const client = new Client({ url, apiKey, sandboxUrl: line("third parties") });
  return { ...started, client, curl, consoleUrl: line("console") };
}

let orders = 0;
/** An order that no other test has placed. */
export const someOrder = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  orderId: `O-${process.pid}-${++orders}`,
  customerId: "C-9",
  lines: [
    { sku: "coffee", quantity: 10, unitCents: 9_900 },
    { sku: "filter", quantity: 2, unitCents: 1_500 },
  ],
  ...overrides,
});

/** The request id in a 202 answer. */
export const requestOf = async (answer: Response) => ((await answer.json()) as { requestId: string }).requestId;

/** An order that the sandbox's carrier delivers on 2030-06-14. */
export const someFulfilment = (deliverBy = "2030-12-31") => ({
  orderId: `F-${process.pid}-${++orders}`,
  sku: "coffee",
  quantity: 2,
  cents: 9_900,
  address: "Rua das Flores 1, Lisboa",
  deliverBy,
});

/** The query of a parcel that no other test uses. */
export const someParcel = (changes: Readonly<Record<string, string>> = {}) =>
  new URLSearchParams({ country: "PT", postcode: `1000-${++orders}`, weightGrams: "2000", ...changes }).toString();

export const somePayment = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  id: `evt-${process.pid}-${++orders}`,
  type: "payment_intent.succeeded",
  data: { object: { id: `pi-${process.pid}-${orders}`, amount: 4_200, currency: "eur", metadata: { orderId: "O-1" } } },
  ...overrides,
});
