import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { scriptOptions } from "../local/script-options.ts";
import { installOnce } from "../tests/install-once.ts";
import { CompareError, compared as comparedWith } from "./compare.ts";
import { type Figure, figureOf, ratioOf, shown } from "./figures.ts";
import { inTurns, type Sample } from "./functions.ts";
import { innerLoop } from "./inner-loop.ts";
import { matchingText, measureMatching } from "./matching.ts";
import { measurePipeline } from "./pipeline.ts";
import { machine, pageOf, plot, type Row, table } from "./report.ts";
import { type Load, loaded, startHub, type Target } from "./requests.ts";
import { buildSubjects, type Subject } from "./subjects.ts";

const ROOT = resolve(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/benchmarks");
const NAMES: Readonly<Record<string, string>> = {
  bare: "bare handler",
  powertools: "Middy and Powertools",
  empty: "Node alone",
};

const RUNS = { quick: { rounds: 3, warm: 60 }, whole: { rounds: 15, warm: 300 } };

const MATCHING = {
  quick: { rules: 3_000, rounds: 2, events: 5_000, slow: false },
  whole: { rules: 3_000, rounds: 3, events: 20_000, slow: true },
};

/** Parts of the page; `--only` measures one of them. */
const PARTS = ["ratios", "matching", "requests", "waits"] as const;
type Part = (typeof PARTS)[number];

const exact = (value: number): Figure => ({ median: value, low: value, high: value, runs: 1 });

const HELP = `npm run bench [-- options]: the hub beside what one would otherwise write, in one run

  --quick          fewer runs, two minutes at most; prints, and writes no page
  --only <part>    one part of the page: ${PARTS.join(", ")}; the others stay as they are
  --compare        measures a step of the working tree, its pipeline and the local bus beside those of a commit, such as
                   HEAD~1, and with Valgrind the instructions of a cold start; prints, and writes no page
  --url, --key     times requests of a deployed hub instead of one on this machine: POST /orders, until completed
  --help           prints this help

Without options it writes docs/benchmarks/README.md and its plots.`;

const { values } = scriptOptions("npm run bench", {
  quick: { type: "boolean", default: false },
  only: { type: "string" },
  compare: { type: "string" },
  url: { type: "string" },
  key: { type: "string" },
  help: { type: "boolean", default: false },
});
if (values.help) {
  console.log(HELP);
} else if ((values.url === undefined) !== (values.key === undefined)) {
  console.error("--url and --key belong together. Give both, or neither.");
  process.exitCode = 1;
} else if (values.only !== undefined && !PARTS.some((part) => part === values.only)) {
  console.error(`--only: there is no part "${values.only}". Give one of ${PARTS.join(", ")}.`);
  process.exitCode = 1;
} else if (values.compare !== undefined) {
  await compareWith(values.compare, values.quick);
} else {
  await bench(values.quick, values.url && values.key ? { url: values.url, key: values.key } : undefined);
}

async function bench(quick: boolean, deployed: Target | undefined): Promise<void> {
  const load = loadavg()[0] ?? 0;
  if (deployed) {
    console.log(requestTable(await timed(deployed, clientsOf(quick), quick)));
    return;
  }
  installOnce(join(ROOT, "bench"));
  const wanted = PARTS.filter((part) => values.only === undefined || values.only === part);
  const texts: Partial<Record<Part, string>> = {};
  for (const part of wanted) {
    const text = await measured(part, quick);
    console.log(`${text}\n`);
    texts[part] = wanted.length < PARTS.length ? `${text}\n\nMeasured alone, on ${today()}: ${machine(load)}.` : text;
  }
  if (!quick) writePage(texts, wanted.length < PARTS.length ? undefined : load);
}

async function measured(part: Part, quick: boolean): Promise<string> {
  switch (part) {
    case "ratios": {
      const rows = await compared(quick);
      if (!quick) writeFileSync(join(PAGE, "ratios.svg"), `${plot(rows)}\n`);
      return table(rows);
    }
    case "matching":
      return matchingText(await measureMatching(quick ? MATCHING.quick : MATCHING.whole));
    case "requests":
      return await requests(quick);
    case "waits":
      return await innerLoop(quick ? 1 : 5);
  }
}

function clientsOf(quick: boolean): readonly number[] {
  return quick ? [1, 8] : [1, 8, 64, 256];
}

async function requests(quick: boolean): Promise<string> {
  const hub = await startHub();
  try {
    const loads = await timed(hub, clientsOf(quick), quick);
    return `${requestTable(loads)}\n\nResident memory of the hub's main process afterwards: ${hub.memoryMb().toFixed(0)} MB.`;
  } finally {
    await hub.stop();
  }
}

async function compareWith(commit: string, quick: boolean): Promise<void> {
  installOnce(join(ROOT, "bench"));
  try {
    console.log(table(await comparedWith(commit, quick ? RUNS.quick : RUNS.whole)));
  } catch (error) {
    if (!(error instanceof CompareError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

async function compared(quick: boolean): Promise<readonly Row[]> {
  const subjects = await buildSubjects();
  try {
    const { bare, powertools, hub } = subjects;
    const samples = await inTurns([subjects.empty, hub, bare, powertools], subjects, quick ? RUNS.quick : RUNS.whole);
    const pipeline = await measurePipeline(quick ? 5 : 25, 1_000);
    const row = (what: string, unit: string, peers: readonly Subject[], value: (sample: Sample) => number): Row => {
      const of = ({ name }: Subject) => (samples[name] ?? []).map(value);
      return {
        ...{ what, unit, hub: figureOf(of(hub)) },
        peers: peers.map((peer) => ({
          name: NAMES[peer.name] ?? peer.name,
          figure: figureOf(of(peer)),
          ratio: ratioOf(of(hub), of(peer)),
        })),
      };
    };
    const size = (peer: Subject) => ({
      name: NAMES[peer.name] ?? "",
      figure: exact(peer.zip / 1_024),
      ratio: exact(hub.zip / peer.zip),
    });
    const others = [bare, powertools];
    return [
      { what: "zip of a step", unit: "KB", hub: exact(hub.zip / 1_024), peers: others.map(size) },
      row("cold start, CPU", "ms", [...others, subjects.empty], ({ coldMs }) => coldMs),
      row("memory after the first event", "MB", [...others, subjects.empty], ({ coldMb }) => coldMb),
      row("warm message, CPU", "µs", others, ({ warmUs }) => warmUs),
      {
        ...{ what: "pipeline without I/O, CPU", unit: "µs", hub: figureOf(pipeline.hub) },
        peers: [
          { name: "parse, validate, handle", figure: figureOf(pipeline.hand), ratio: ratioOf(pipeline.hub, pipeline.hand) },
        ],
      },
    ];
  } finally {
    subjects.remove();
  }
}

/** One order first: the hub starts each function at its first message. */
async function timed(target: Target, clients: readonly number[], quick: boolean): Promise<readonly Load[]> {
  await loaded(target, 1, 3);
  const loads: Load[] = [];
  for (const many of clients) loads.push(await loaded(target, many, quick ? Math.max(10, many * 2) : Math.max(50, many * 4)));
  return loads;
}

function requestTable(loads: readonly Load[]): string {
  const lines = loads.map(({ clients, times, perSecond }) => {
    const at = (q: number) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
    return `| ${clients} | ${times.length} | ${at(0.5).toFixed(0)} | ${at(0.99).toFixed(0)} | ${perSecond.toFixed(1)} |`;
  });
  return [
    "POST /orders until `completed`: four steps, two of them in parallel, one join, two third parties.",
    "",
    "| clients | requests | p50, ms | p99, ms | requests/s |",
    "|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** @param load average of the machine before the first run; undefined when only some parts were measured */
function writePage(measured: Readonly<Partial<Record<Part, string>>>, load: number | undefined): void {
  mkdirSync(PAGE, { recursive: true });
  const file = join(PAGE, "README.md");
  const given: Readonly<Record<string, string>> = {
    ...measured,
    ...(load === undefined ? {} : { about: `\`npm run bench\` measured this on ${today()}:\n${machine(load)}.` }),
  };
  const spread = shown({ median: 1, low: 0.9, high: 1.1, runs: 1 }, 2);
  const template = readFileSync(join(import.meta.dirname, "page.md"), "utf8").replaceAll("@spread", spread);
  writeFileSync(file, pageOf(template, given, existsSync(file) ? readFileSync(file, "utf8") : ""));
  console.log(`\nwrote docs/benchmarks/README.md`);
}
