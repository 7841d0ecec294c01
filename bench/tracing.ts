import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { bundleFlow } from "../components/bundler/bundle-flow.ts";
import { ALIASES, bundleRuntime } from "../components/bundler/bundle-runtime.ts";
import { contractsOf } from "../components/parts/contract.ts";
import { countOf, scriptOptions } from "../local/script-options.ts";
import { writeEnvironment } from "../protocol/environment.ts";
import { HANDLER_FILE, RUNTIME_FILE, stepExport, TRACES_FILE } from "../protocol/handlers.ts";
import type * as runtime from "../runtime/index.ts";
import { tracingOf } from "../runtime/tracing/export.ts";
import { startStub } from "./aws-stub.ts";
import { type Figure, figureOf, shown } from "./figures.ts";
import type { Sample } from "./functions.ts";
import { hasValgrind, instructionsOf } from "./instructions.ts";
import orderPricing from "./order-pricing.ts";
import { cpuOf, recordOf, services } from "./pipeline.ts";
import { message } from "./subjects.ts";

/** What the modules of tracing export, without any effect: the same bundle without traces. */
const STUBS: Readonly<Record<string, string>> = {
  "tracing/recorder.ts":
    "export const recordSpans = (_, work) => work(); export const inPlace = (_, work) => work(); export const currentSpan = () => {}; export const record = () => {};",
  "tracing/open-telemetry.ts": "",
  "tracing/record-answer.ts": "export const recordAnswer = (_, work) => work();",
  "tracing/record-entries.ts": "export const recordEntries = () => {}; export const recordFirstEvent = () => {};",
  "tracing/export.ts": 'export const DAEMON = "AWS_XRAY_DAEMON_ADDRESS"; export const tracingOf = () => {};',
  "tracing/trace-ids.ts":
    'export const traceIdOf = () => "t"; export const traceparentOf = () => ""; export const xrayLink = () => {}; export const eventSpanId = () => "";',
  "delivery/attempt-spans.ts": "export const beginAttempt = () => {};",
  "tracing/record-call-span.ts": "export const recordCallSpan = () => {};",
};

const COUNTS = 5;
const MESSAGES_OF_BLOCK = 100;
const WARM_UP = 20;
const QUANTILES = [0.02, 0.1, 0.25, 0.5];

const ROOT = resolve(import.meta.dirname, "..");
const SCRIPT = "npm run bench:traces";
const { values } = scriptOptions(SCRIPT, {
  rounds: { type: "string", default: "15" },
  blocks: { type: "string", default: "300" },
});
const rounds = countOf(SCRIPT, "--rounds", values.rounds);
const blocks = countOf(SCRIPT, "--blocks", values.blocks);
const folder = mkdtempSync(join(tmpdir(), "hub-bench-tracing-"));

/** @returns the folder of the function, and bytes of its runtime: minified, and compressed */
async function built(
  name: string,
  plugins: Plugin[],
): Promise<{ readonly place: string; readonly bytes: number; readonly zipped: number }> {
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "./runtime/index.ts";', resolveDir: ROOT, loader: "js" },
    ...{ bundle: true, format: "esm", platform: "node", target: "node24", mainFields: ["module", "main"] },
    ...{ minify: true, keepNames: true, legalComments: "none", charset: "utf8", write: false, logLevel: "silent", plugins },
    alias: ALIASES,
    external: [`./${TRACES_FILE}`],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    absWorkingDir: ROOT,
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  const place = join(folder, name);
  mkdirSync(place);
  for (const file of await bundleFlow({ flow: orderPricing, source: orderPricing, root: ROOT }))
    writeFileSync(join(place, file.name), file.contents);
  for (const file of await bundleRuntime(ROOT, orderPricing)) writeFileSync(join(place, file.name), file.contents);
  writeFileSync(join(place, RUNTIME_FILE), contents);
  return { place, bytes: contents.length, zipped: deflateRawSync(contents, { level: 9 }).length };
}

const tracesBeside: Plugin = {
  name: "traces beside",
  setup({ onResolve }) {
    onResolve({ filter: /span-makers\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${TRACES_FILE}`, external: true } : undefined,
    );
  },
};

const withoutTraces: Plugin = {
  name: "without traces",
  setup({ onLoad }) {
    for (const [file, contents] of Object.entries(STUBS))
      onLoad({ filter: new RegExp(`runtime/.*${file.replaceAll(".", "\\.")}$`) }, () => ({ contents, loader: "js" }));
  },
};

const run = promisify(execFile);
const event = join(folder, "event.json");
writeFileSync(event, message());
const daemon = createSocket("udp4");
await new Promise<void>((bound) => daemon.bind(0, "127.0.0.1", bound));
const daemonAddress = `127.0.0.1:${daemon.address().port}`;
const stub = await startStub();
try {
  const [having, lacking] = [await built("with", [tracesBeside]), await built("without", [withoutTraces])];
  console.log(
    `added to runtime.mjs: ${(having.bytes - lacking.bytes) / 1_000} KB minified, ${(having.zipped - lacking.zipped) / 1_000} KB compressed`,
  );
  await compare(
    "cold start, CPU, ms, with − without",
    [
      ["5 % of the traces", () => cpuMsOf(coldStart(having.place, 0.05)), () => cpuMsOf(coldStart(lacking.place, undefined))],
      ["no traces", () => cpuMsOf(coldStart(having.place, undefined)), () => cpuMsOf(coldStart(lacking.place, undefined))],
      ["all traces", () => cpuMsOf(coldStart(having.place, 1)), () => cpuMsOf(coldStart(lacking.place, undefined))],
    ],
    rounds,
  );
  await countColdStarts({
    "without the code": coldStart(lacking.place, undefined),
    "no traces": coldStart(having.place, undefined),
    "5 % of the traces": coldStart(having.place, 0.05),
    "all traces": coldStart(having.place, 1),
  });
  const [on, off] = [await pipelineOf(having.place), await pipelineOf(lacking.place)];
  await blockwise({
    "without the code": off(undefined),
    "no traces": on(undefined),
    "0 % of the traces": on(0),
    "5 % of the traces": on(0.05),
    "all traces": on(1),
  });
} finally {
  stub.stop();
  daemon.close();
  rmSync(folder, { recursive: true });
}

/** In turns, so that what slows the machine down slows both; the first pair warms up. */
async function compare(
  title: string,
  rows: readonly (readonly [name: string, ours: () => Promise<number>, theirs: () => Promise<number>])[],
  pairs: number,
): Promise<void> {
  const found = new Map<string, { readonly ours: number; readonly theirs: number }[]>();
  for (let pair = 0; pair <= pairs; pair += 1)
    for (const [name, ours, theirs] of rows) {
      // Which one goes first changes, too.
      const [first, second] = pair % 2 === 0 ? [await ours(), await theirs()] : [await theirs(), await ours()];
      const made = pair % 2 === 0 ? { ours: first, theirs: second } : { ours: second, theirs: first };
      if (pair > 0) found.set(name, [...(found.get(name) ?? []), made]);
    }
  console.log(`\n${title}\n| | with | without | difference | ratio |\n|---|---|---|---|---|`);
  for (const [name, made] of found) {
    const figures: readonly Figure[] = [
      figureOf(made.map(({ ours }) => ours)),
      figureOf(made.map(({ theirs }) => theirs)),
      figureOf(made.map(({ ours, theirs }) => ours - theirs)),
    ];
    const ratio = figureOf(made.map(({ ours, theirs }) => ours / theirs));
    console.log(`| ${name} | ${figures.map((figure) => shown(figure, 1)).join(" | ")} | ${shown(ratio, 3)} |`);
  }
}

/**
 * Short blocks of messages, in turns: in the fastest of them nothing else ran, also on a busy machine. The first are left out, while the code is
 * being compiled.
 */
async function blockwise(subjects: Readonly<Record<string, () => Promise<number>>>): Promise<void> {
  const found = new Map<string, number[]>();
  for (let block = 0; block < WARM_UP + blocks; block += 1)
    for (const [name, measure] of Object.entries(subjects)) {
      const microseconds = await measure();
      if (block >= WARM_UP) found.set(name, [...(found.get(name) ?? []), microseconds]);
    }
  const sorted = [...found].map(([name, all]) => [name, all.toSorted((a, b) => a - b)] as const);
  const at = (all: readonly number[], quantile: number) => all[Math.floor(all.length * quantile)] ?? 0;
  console.log(
    `\nmessage in the pipeline without I/O, CPU, µs (more than the first)\n| | ${QUANTILES.map((q) => `${q * 100} %`).join(" | ")} |`,
  );
  for (const [name, all] of sorted) {
    const cells = QUANTILES.map((q) => `${at(all, q).toFixed(1)} (${(at(all, q) - at(sorted[0]?.[1] ?? [], q)).toFixed(1)})`);
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
}

type Command = { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };

/** A fresh process that handles one event. */
function coldStart(place: string, share: number | undefined): Command {
  const environment = writeEnvironment(
    "step",
    {
      ...{ flow: "order-pricing", graph: "bench", bus: "bench", table: "bench", logLevel: "info" },
      ...{ queueUrl: "http://127.0.0.1/queue", deadLetterUrl: "http://127.0.0.1/dead", secrets: {}, thirdParties: {} },
      ...(share !== undefined && { traces: { share } }),
    },
    JSON.stringify,
  );
  const env = {
    ...environment,
    ...{ PATH: process.env.PATH, AWS_LAMBDA_FUNCTION_NAME: "bench", AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: stub.url },
    ...{ AWS_ACCESS_KEY_ID: "bench", AWS_SECRET_ACCESS_KEY: "bench", AWS_XRAY_DAEMON_ADDRESS: daemonAddress },
  };
  const child = join(import.meta.dirname, "child.mjs");
  return { args: ["--enable-source-maps", child, join(place, HANDLER_FILE), stepExport("price"), event, "0"], env };
}

async function cpuMsOf({ args, env }: Command): Promise<number> {
  const { stdout } = await run(process.execPath, args, { env });
  return (JSON.parse(stdout) as Sample).coldMs;
}

/** A count varies by 1 %, where CPU time varies by more than what is measured. */
async function countColdStarts(rows: Readonly<Record<string, Command>>): Promise<void> {
  if (!hasValgrind()) return console.log("\nInstructions are not counted: Valgrind is missing.");
  const counts = new Map<string, number[]>();
  for (let round = 0; round < COUNTS; round += 1)
    for (const [name, { args, env }] of Object.entries(rows))
      counts.set(name, [...(counts.get(name) ?? []), await instructionsOf(args, env)]);
  const figures = [...counts].map(([name, all]) => [name, figureOf(all)] as const);
  const least = figures[0]?.[1].median ?? Number.NaN;
  console.log("\ncold start, millions of instructions\n| | count | median, more than the first |\n|---|---|---|");
  for (const [name, figure] of figures)
    console.log(`| ${name} | ${shown(figure, 0)} | ${((figure.median / least - 1) * 100).toFixed(2)} % |`);
}

async function pipelineOf(place: string): Promise<(share: number | undefined) => () => Promise<number>> {
  const { serveStep, validatorsOf } = (await import(pathToFileURL(join(place, RUNTIME_FILE)).href)) as typeof runtime;
  const text = message();
  const context = { awsRequestId: "bench", functionName: "bench", getRemainingTimeInMillis: () => 30_000 };
  let id = 0;
  return (share) => {
    const tracing = share === undefined ? {} : { tracing: tracingOf({ share }, daemonAddress, "bench") };
    const handler = serveStep(orderPricing, "price", validatorsOf(orderPricing, {}, contractsOf(orderPricing)), () => ({
      ...services(),
      ...tracing,
    }));
    return () =>
      cpuOf(MESSAGES_OF_BLOCK, async () => {
        id += 1;
        await handler({ Records: [recordOf(text, id)] }, context);
      });
  };
}
