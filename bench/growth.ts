import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Dynoxide, dynoxideBinary, secretAddress } from "../emulator/dynamodb/dynoxide.ts";
import { callEngine } from "../emulator/dynamodb/engine.ts";
import { copyProgram } from "../tests/e2e/program-copy.ts";
import { generatedHub } from "./console/generator.ts";
import { reasonOf } from "./report.ts";
import { msAt } from "./request-times.ts";
import { type Load, loaded, type RunningHub, startHub } from "./requests.ts";

const ROOT = resolve(import.meta.dirname, "..");
const SAMPLE = join(ROOT, "tests/components/samples/five-steps.ts");

/** A hub to measure. */
interface Size {
  readonly flows: number;
  /** Requests that the hub holds before the first order. */
  readonly stored: number;
}

export interface GrowthRuns {
  readonly sizes: readonly Size[];
  readonly orders: number;
}

/** What one size measured, or why not. */
export type Grown = Size & {
  readonly outcome: { readonly load: Load; readonly startMs: number; readonly memoryMb: number } | string;
};

/** POST-to-`completed` of hubs with more and more flows, and with more and more requests stored. */
export async function measureGrowth({ sizes, orders }: GrowthRuns): Promise<string> {
  const grown: Grown[] = [];
  for (const size of sizes) grown.push({ ...size, outcome: await measured(size, orders).catch(reasonOf) });
  return growthTable(grown);
}

export function growthTable(all: readonly Grown[]): string {
  const first = all.find(({ outcome }) => typeof outcome !== "string")?.outcome;
  const lines = all.map(({ flows, stored, outcome }) => {
    const size = `| ${flows} | ${stored} `;
    if (typeof outcome === "string" || typeof first !== "object") return `${size}| not measured | ${outcome} | | | | |`;
    const { load, startMs, memoryMb } = outcome;
    const p50 = Number(msAt(load.times, 0.5));
    const ratio = p50 / Number(msAt(first.load.times, 0.5));
    const cells = [
      ratio.toFixed(2),
      load.times.length,
      p50,
      msAt(load.times, 0.99),
      (startMs / 1_000).toFixed(1),
      memoryMb.toFixed(0),
    ];
    return `${size}| ${cells.join(" | ")} |`;
  });
  return [
    "| flows | requests stored | p50 / p50 of the first row | requests | p50, ms | p99, ms | start, s | memory, MB |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

async function measured({ flows, stored }: Size, orders: number): Promise<Exclude<Grown["outcome"], string>> {
  const root = mkdtempSync(join(tmpdir(), "hub-bench-growth-"));
  const data = join(root, "data");
  try {
    copyProgram(root);
    for (const part of ["flows", "Pulumi.dev.yaml"]) cpSync(join(ROOT, part), join(root, part), { recursive: true });
    const own = readdirSync(join(root, "flows")).length;
    for (let n = own; n < flows; n += 1) writeFileSync(join(root, `flows/bench-${n}.ts`), flowText(`bench-${n}`));
    // Bundles are built before the start that is measured, and the table is made.
    await (await startHub({ root, data })).stop();
    if (stored > 0) await store(data, stored);
    const hub = await startHub({ root, data });
    try {
      await idle(hub);
      await loaded(hub, 1, 3);
      const load = await loaded(hub, 1, orders);
      return { load, startMs: hub.startMs, memoryMb: hub.memoryMb() };
    } finally {
      await hub.stop();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The sample of five steps as a flow of its own. */
function flowText(name: string): string {
  const text = readFileSync(SAMPLE, "utf8").replace("../../../model", "../model");
  const made = text.replace(
    "export default ({ name }: { name: string }) =>",
    `const name = ${JSON.stringify(name)};\nexport default`,
  );
  if (made === text) throw new Error(`${SAMPLE} is no function of a name any more. Change bench/growth.ts, too.`);
  return made;
}

const BATCH = 25;
const BATCHES_AT_ONCE = 8;

/** Writes requests as the ledger keeps them into the state of a hub that is stopped. */
async function store(data: string, many: number): Promise<void> {
  const [binary, address] = [dynoxideBinary(), await secretAddress()];
  if (binary === undefined || address === undefined) throw new Error("dynoxide is not installed, or has no address of its own");
  const engine = new Dynoxide(binary, join(data, "dynamodb/dynamodb.sqlite"), address);
  try {
    const { TableNames } = await callEngine(engine, "ListTables", {});
    const [table = ""] = TableNames as readonly string[];
    const hub = generatedHub(many);
    for (let next: unknown = 0; next !== undefined; ) {
      const { Items, LastEvaluatedKey } = await hub.read("Scan", { ExclusiveStartKey: next });
      const requests = (Items as readonly Record<string, { S?: string }>[]).filter(({ sk }) => sk?.S === "summary");
      const batches = Array.from({ length: Math.ceil(requests.length / BATCH) }, (_, i) =>
        requests.slice(i * BATCH, (i + 1) * BATCH),
      );
      for (let i = 0; i < batches.length; i += BATCHES_AT_ONCE)
        await Promise.all(
          batches.slice(i, i + BATCHES_AT_ONCE).map((batch) =>
            callEngine(engine, "BatchWriteItem", {
              RequestItems: { [table]: batch.map((Item) => ({ PutRequest: { Item } })) },
            }),
          ),
        );
      next = LastEvaluatedKey;
    }
  } finally {
    await engine.stop();
  }
}

const LOOK_MS = 1_000;
const LONGEST_MS = 120_000;

/** The console reads what is stored when the hub starts; that is no part of an order's time. */
async function idle(hub: RunningHub): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  for (let before = hub.cpuMs(); performance.now() < end; ) {
    await wait(LOOK_MS);
    const now = hub.cpuMs();
    if (!(now - before > LOOK_MS / 5)) return;
    before = now;
  }
}
