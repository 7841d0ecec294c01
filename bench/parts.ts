import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExpansionRuns, measureExpansion } from "./expansion.ts";
import { type GrowthRuns, measureGrowth } from "./growth.ts";
import { innerLoop } from "./inner-loop.ts";
import { matchingText, measureMatching } from "./matching.ts";
import { measureFunctions } from "./one-function.ts";
import { measureQueues, type QueueRuns } from "./queues.ts";
import { plot, table } from "./report.ts";
import { localRequests } from "./request-times.ts";
import { measureSandboxes } from "./sandboxes.ts";
import { measureTableCalls } from "./table-calls.ts";

/** How often each subject is measured. */
export const RUNS = { quick: { rounds: 3, warm: 60 }, whole: { rounds: 15, warm: 300 } };

const MATCHING = {
  quick: { rules: 3_000, rounds: 2, events: 5_000, slow: false },
  whole: { rules: 3_000, rounds: 3, events: 20_000, slow: true },
};

const EXPANSION: Readonly<Record<"quick" | "whole", ExpansionRuns>> = {
  quick: { flows: 3, rounds: 1, functions: 4, large: undefined },
  whole: { flows: 15, rounds: 3, functions: 10, large: 300 },
};

const GROWTH: Readonly<Record<"quick" | "whole", GrowthRuns>> = {
  quick: { sizes: [{ flows: 5, stored: 100 }], orders: 5 },
  whole: {
    sizes: [...[4, 30, 100].map((flows) => ({ flows, stored: 0 })), ...[10_000, 100_000].map((stored) => ({ flows: 4, stored }))],
    orders: 40,
  },
};

const QUEUES: Readonly<Record<"quick" | "whole", QueueRuns>> = {
  quick: { rounds: 2, messages: 100, slow: false },
  whole: { rounds: 7, messages: 400, slow: true },
};

/** Folder of the page. */
export const PAGE = join(import.meta.dirname, "../docs/benchmarks");

/** A part of the page: measures, and returns its text in Markdown. */
type Part = (quick: boolean) => Promise<string>;

/** By the name that `--only` takes and `page.md` has, in the order in which they are measured. */
export const PARTS: Readonly<Record<string, Part>> = {
  ratios: async (quick) => {
    const rows = await measureFunctions(quick ? RUNS.quick : RUNS.whole, quick ? 3 : 25);
    if (!quick) writeFileSync(join(PAGE, "ratios.svg"), `${plot(rows)}\n`);
    return table(rows);
  },
  calls: (quick) => measureTableCalls(quick ? 2 : 15),
  matching: async (quick) => matchingText(await measureMatching(quick ? MATCHING.quick : MATCHING.whole)),
  queues: (quick) => measureQueues(quick ? QUEUES.quick : QUEUES.whole),
  sandboxes: async (quick) =>
    quick ? "Other tools' sandboxes are left out: their packages take 300 MB." : measureSandboxes({ rounds: 3, calls: 40 }),
  requests: localRequests,
  growth: (quick) => measureGrowth(quick ? GROWTH.quick : GROWTH.whole),
  expansion: (quick) => measureExpansion(quick ? EXPANSION.quick : EXPANSION.whole),
  waits: (quick) => innerLoop(quick ? 1 : 5),
};
