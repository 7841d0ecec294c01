import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { copyForExpansion } from "./expansion/copy.ts";
import { figureOf, ratioOf } from "./figures.ts";
import { makeCallbackFunctions } from "./peers/callback-function.ts";
import { orReason, type Row, reasonOf, table } from "./report.ts";

const run = promisify(execFile);
const STEPS = 5;

/** What one process measured: see expansion/child.ts. */
export interface Expanded {
  readonly resources: number;
  /** Of its own process, and with those that it started, ms. */
  readonly cpuMs: number;
  readonly allCpuMs: number;
  /** Largest resident sets of Node and of esbuild. */
  readonly nodeMb: number;
  readonly esbuildMb: number;
}

export interface ExpansionRuns {
  readonly flows: number;
  readonly rounds: number;
  /** Functions that CallbackFunction makes after the first. */
  readonly functions: number;
  /** Flows of the hub whose memory is measured; undefined to leave that out, since it takes minutes. */
  readonly large: number | undefined;
}

/** A large hub that has not been registered by then is named as not measured. */
const LONGEST_MS = 360_000;

/** What one round measured, in turns. */
export interface Round {
  /** A hub of one flow; nothing has been built. */
  readonly first: Expanded;
  /** What that flow shares with the others has been built. */
  readonly cold: Expanded;
  /** Everything has been built. */
  readonly warm: Expanded;
  /** The same resources from a list. */
  readonly plain: Expanded;
  /** Processor time of a CallbackFunction, ms; why there is none otherwise. */
  readonly callbackMs: number | string;
}

/** CPU and memory of registering the hub's resources beside the same from a list, and of making their code; memory of a large hub. */
export async function measureExpansion(runs: ExpansionRuns): Promise<string> {
  const copy = copyForExpansion();
  const expanded = async (...args: readonly string[]): Promise<Expanded> => {
    const child = [process.execPath, ["--disable-warning=ExperimentalWarning", copy.child, ...args]] as const;
    const { stdout } = await run(...child, { timeout: LONGEST_MS }).catch((error: { readonly killed?: boolean }) => {
      throw error.killed ? new Error(`it took over ${LONGEST_MS / 1_000} s`) : error;
    });
    return JSON.parse(stdout) as Expanded;
  };
  try {
    const list = join(copy.child, "../list.json");
    const rounds: Round[] = [];
    for (let round = 0; round < runs.rounds; round += 1) {
      copy.forget();
      const first = await expanded("hub", "1");
      const cold = await expanded("hub", String(runs.flows), list);
      const warm = await expanded("hub", String(runs.flows));
      const plain = await expanded("plain", list);
      rounds.push({ first, cold, warm, plain, callbackMs: await callbackMs(runs.functions) });
    }
    const text = `${table(rowsOf(rounds, runs.flows))}\n\n${firstCode(rounds)}`;
    return runs.large === undefined ? text : `${text}\n\n${await memoryOf(runs.large, expanded)}`;
  } finally {
    copy.remove();
  }
}

/** Without what the first one loads. */
async function callbackMs(functions: number): Promise<number | string> {
  const made = await orReason(() => makeCallbackFunctions(functions));
  return typeof made === "string" ? made : made.cpuMs / functions;
}

export function rowsOf(rounds: readonly Round[], flows: number): readonly Row[] {
  const cpu = (of: (round: Round) => number) => rounds.map(of);
  const [warm, plain] = [cpu((round) => round.warm.cpuMs), cpu((round) => round.plain.cpuMs)];
  const code = cpu((round) => (round.cold.allCpuMs - round.warm.allCpuMs) / ((flows - 1) * STEPS));
  const [ours, plains] = [cpu((round) => round.warm.nodeMb), cpu((round) => round.plain.nodeMb)];
  const byHand = "the same with one constant asset";
  const callback = rounds.map((round) => round.callbackMs);
  const missing = callback.find((one) => typeof one === "string");
  const name = "CallbackFunction";
  const theirs = callback.filter((one) => typeof one === "number");
  return [
    {
      what: `registering ${rounds[0]?.warm.resources} resources of ${flows} flows, CPU (goal ≤ 1.20)`,
      unit: "ms",
      hub: figureOf(warm),
      peers: [{ name: byHand, figure: figureOf(plain), ratio: ratioOf(warm, plain) }],
    },
    {
      what: "memory of that, at its largest",
      unit: "MB",
      hub: figureOf(ours),
      peers: [{ name: byHand, figure: figureOf(plains), ratio: ratioOf(ours, plains) }],
    },
    {
      what: "code of a function more, CPU (goal ≤ 10 ms)",
      unit: "ms",
      hub: figureOf(code),
      peers: [missing === undefined ? { name, figure: figureOf(theirs), ratio: ratioOf(code, theirs) } : { name, missing }],
    },
  ];
}

/** What a hub builds whatever its flows are, once. */
export function firstCode(rounds: readonly Round[]): string {
  const { median, low, high } = figureOf(rounds.map(({ first }) => (first.allCpuMs - first.cpuMs) / 1_000));
  return `The first flow's code, with the runtime and the hub's own functions: ${median.toFixed(1)} s CPU of esbuild and the load check (${low.toFixed(1)}–${high.toFixed(1)}).`;
}

async function memoryOf(flows: number, expanded: (...args: string[]) => Promise<Expanded>): Promise<string> {
  const what = `${flows} flows × ${STEPS} steps, nothing built before`;
  try {
    const { nodeMb, esbuildMb, resources, allCpuMs } = await expanded("hub", String(flows));
    const gb = (mb: number) => (mb / 1_024).toFixed(1);
    return `Largest memory at ${what} (${resources} resources, ${(allCpuMs / 1_000).toFixed(0)} s CPU):\nNode ${gb(nodeMb)} GB, esbuild ${gb(esbuildMb)} GB, together ${gb(nodeMb + esbuildMb)} GB (goal ≤ 1.5).`;
  } catch (error) {
    return `Memory at ${what}: not measured, ${reasonOf(error)}.`;
  }
}
