import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { scriptOptions } from "../local/script-options.ts";
import { installOnce } from "../tests/install-once.ts";
import { CompareError, compared } from "./compare.ts";
import { shown } from "./figures.ts";
import { PAGE, PARTS, RUNS } from "./parts.ts";
import { machine, pageOf, reasonOf, table } from "./report.ts";
import { requestTimes } from "./request-times.ts";

const ROOT = resolve(import.meta.dirname, "..");
const NAMES = Object.keys(PARTS);

const HELP = `npm run bench [-- options]: the hub beside what one would otherwise write, in one run

  --quick          fewer runs, two minutes at most; prints, and writes no page
  --only <part>    one part of the page: ${NAMES.join(", ")}; the others stay as they are
  --compare        measures a step of the working tree, its pipeline and the local bus beside those of a commit, such as
                   HEAD~1, and with Valgrind the instructions of a cold start; prints, and writes no page
  --url, --key     times requests of a deployed hub instead of one on this machine: POST /orders, until completed
  --help           prints this help

Without options it writes docs/benchmarks/README.md and its plots. A part that fails is named as not measured there, with
the reason; the others go on.`;

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
} else if (values.only !== undefined && !NAMES.includes(values.only)) {
  console.error(`--only: there is no part "${values.only}". Give one of ${NAMES.join(", ")}.`);
  process.exitCode = 1;
} else if (values.compare !== undefined) {
  await compareWith(values.compare, values.quick);
} else if (values.url !== undefined && values.key !== undefined) {
  console.log(await requestTimes({ url: values.url, key: values.key }, values.quick));
} else {
  await bench(values.quick, values.only);
}

/** Each part stands on the page as soon as it is measured, so that a run which is ended leaves what it has. */
async function bench(quick: boolean, only: string | undefined): Promise<void> {
  const load = loadavg()[0] ?? 0;
  installOnce(join(ROOT, "bench"));
  const beganAt = performance.now();
  for (const [name, measure] of Object.entries(PARTS)) {
    if (only !== undefined && only !== name) continue;
    const partBeganAt = performance.now();
    const text = await measure(quick).catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
      return `Not measured on ${today()}: ${reasonOf(error)}`;
    });
    console.log(`${text}\n\n${name}: ${seconds(partBeganAt)} s\n`);
    if (!quick) writePage({ [name]: only === undefined ? text : `${text}\n\nMeasured alone, on ${today()}: ${machine(load)}.` });
  }
  if (only !== undefined) return;
  const about = `\`npm run bench\` measured this on ${today()}, in ${seconds(beganAt)} s:\n${machine(load)}.`;
  if (!quick) writePage({ about });
}

async function compareWith(commit: string, quick: boolean): Promise<void> {
  installOnce(join(ROOT, "bench"));
  try {
    console.log(table(await compared(commit, quick ? RUNS.quick : RUNS.whole)));
  } catch (error) {
    if (!(error instanceof CompareError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

function seconds(from: number): string {
  return ((performance.now() - from) / 1_000).toFixed(0);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function writePage(measured: Readonly<Record<string, string>>): void {
  mkdirSync(PAGE, { recursive: true });
  const file = join(PAGE, "README.md");
  const spread = shown({ median: 1, low: 0.9, high: 1.1, runs: 1 }, 2);
  const template = readFileSync(join(import.meta.dirname, "page.md"), "utf8").replaceAll("@spread", spread);
  writeFileSync(file, pageOf(template, measured, existsSync(file) ? readFileSync(file, "utf8") : ""));
}
