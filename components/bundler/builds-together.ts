import { availableParallelism } from "node:os";
import { stopAtPulumi } from "./guard.ts";
import { type Output, runEsbuild, type Settings } from "./run-esbuild.ts";

/** Entries that esbuild bundles at once: it holds the code and the map of each in memory. */
const MOST = 16;

interface Waiting {
  readonly entry: string;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/** By their settings as JSON. */
const waiting = new Map<string, Waiting[]>();

/**
 * Bundles an entry, together with those of the same settings that are asked for in the same turn of the event loop. Flows share most of what
 * esbuild reads for them: their own code, beside zod and the model, is little.
 * @throws esbuild's BuildFailure, of this entry alone
 */
export function buildTogether(settings: Settings, entry: string): Promise<Output> {
  const key = JSON.stringify(settings);
  return new Promise((resolve, reject) => {
    const others = waiting.get(key);
    if (others) others.push({ entry, resolve, reject });
    else {
      waiting.set(key, [{ entry, resolve, reject }]);
      setImmediate(() => buildWaiting(key, settings));
    }
  });
}

function buildWaiting(key: string, settings: Settings): void {
  const all = waiting.get(key) ?? [];
  waiting.delete(key);
  while (all.length > 0) void buildBatch(settings, all.splice(0, MOST));
}

async function buildBatch(settings: Settings, batch: readonly Waiting[]): Promise<void> {
  const run = (entries: readonly Waiting[]) =>
    inTurn(() =>
      runEsbuild(
        settings,
        entries.map(({ entry }) => entry),
        [stopAtPulumi],
      ),
    );
  try {
    const outputs = await run(batch);
    for (const [i, { resolve }] of batch.entries()) resolve(outputs[i] as Output);
  } catch (error) {
    const [first, ...others] = batch;
    if (others.length === 0) first?.reject(error);
    // One of them can't be bundled: each shows alone whether it is that one.
    else for (const one of batch) void buildBatch(settings, [one]);
  }
}

/** esbuild holds all builds that have begun in memory: hundreds at once take gigabytes, and are done no sooner. */
let free = availableParallelism();
const turns: (() => void)[] = [];
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free -= 1;
  else await new Promise<void>((begin) => turns.push(begin));
  try {
    return await work();
  } finally {
    const next = turns.shift();
    if (next) next();
    else free += 1;
  }
}
