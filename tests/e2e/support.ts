import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { LogLine } from "../../emulator/lambda/log-store.ts";
import { type HubOptions, type LocalHub, startHub } from "../../local/hub.ts";
import type { Recording } from "../../local/recording.ts";
import { Client, eventually } from "./client.ts";
import { operatorOf } from "./operator.ts";
import { record } from "./recorder.ts";
import { tracedAs } from "./trace-facts.ts";

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

/** A span is sent when its invocation ends, soon after the request has. */
const TRACED_WITHIN_MS = 30_000;

interface RecordedProgram {
  readonly root: string;
  readonly recording: () => Promise<Recording>;
}

export interface HereOptions extends Partial<HubOptions> {
  /** Why traces hold other facts than the ledger shows. */
  readonly tracesDiffer?: string;
}

/** A hub in this process; `lines` holds what its functions have logged. `stop()` compares the trace of each ended request with the ledger's facts. */
export async function hubHere({ tracesDiffer, ...options }: HereOptions = {}) {
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
    try {
      for (const [requestId, ended] of tracesDiffer === undefined ? client.ended : [])
        await tracedAs(hub.tracesUrl, (await client.request(requestId)) ?? ended, TRACED_WITHIN_MS);
    } finally {
      await hub.stop();
      folder.remove();
    }
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

/**
 * Starts the hub of a recording in a process to be killed: `npm start` would record the program, which takes 2 s of CPU.
 * @param program @default this repository's
 */
export async function killable(data: string, speed: number, program: RecordedProgram = { root: ROOT, recording }) {
  const recorded = await program.recording();
  const file = join(data, "recording.json");
  if (!existsSync(file)) {
    mkdirSync(data, { recursive: true });
    writeFileSync(file, JSON.stringify(recorded));
  }
  const main = fileURLToPath(new URL("./recorded-hub.ts", import.meta.url));
  const child = spawn(process.execPath, [main, program.root, file, data, String(speed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const ready = new Promise<string>((done) => child.stdout.once("data", (line: Buffer) => done(line.toString())));
  const line = await Promise.race([ready, ended]);
  if (typeof line !== "string") throw new Error(`the hub ended with status ${line}`);
  const client = new Client(JSON.parse(line) as ConstructorParameters<typeof Client>[0]);
  return { child, ended, client, operator: operatorOf({ ...client, recording: recorded }) };
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
