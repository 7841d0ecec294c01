import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";
import { type AnyAdapter, checkFlow, describeProblem, event, flow, schedule, step } from "../../model/index.ts";
import { adapterCode } from "./adapter-code.ts";
import { readDocument } from "./document.ts";
import { kebab } from "./names.ts";
import { OpenApiError } from "./open-api-error.ts";
import { chosen, listed, operationsOf } from "./operations.ts";

export { OpenApiError };

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface FromOpenApi {
  readonly list?: boolean | undefined;
  /** Ids, separated by commas. */
  readonly operations?: string | undefined;
  readonly out?: string | undefined;
  readonly name?: string | undefined;
  readonly depth?: string | undefined;
}

/**
 * `npm run hub -- adapter from-openapi`.
 * @returns what to print: the adapter, or where it was written and what it can't express
 */
export async function fromOpenApi(file: string, options: FromOpenApi, warn: (line: string) => void): Promise<string> {
  if (options.list && [options.operations, options.out, options.name, options.depth].some((given) => given !== undefined))
    throw new OpenApiError("--list prints operations, and writes no adapter. Leave --operations, --out, --name and --depth out.");
  const api = await readDocument(file);
  const all = operationsOf(api);
  if (options.list) return listed(all);
  const ids = (options.operations ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  if (ids.length === 0) throw new OpenApiError("No operation is chosen. Name some with --operations a,b; --list prints all.");
  const out = options.out === undefined ? undefined : resolve(options.out);
  const name = options.name ?? kebab(out ? basename(out, ".ts") : api.root.info.title);
  const wanted = { api, operations: chosen(all, [...new Set(ids)]), name, file: basename(file), depth: depthOf(options.depth) };
  const { source, notes } = adapterCode({ ...wanted, model: modelFrom(out ?? join(root, "third-parties", `${name}.ts`)) });
  const formatted = await format(source);
  for (const note of notes) warn(`warning: ${note}`);
  await check(await format(adapterCode({ ...wanted, model: modelFrom(join(CHECKED, "x.ts")) }).source));
  if (!out) return formatted;
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, formatted, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? new OpenApiError(`${options.out} exists. Remove it, or name another file.`) : error;
  });
  return `${options.out}: adapter ${name} with ${wanted.operations.length} operation(s). Look at credentials, timeout and rateLimit before you use it.`;
}

const modelFrom = (file: string) => relative(dirname(file), join(root, "model")).replaceAll(sep, "/");

function depthOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^\d{1,3}$/.test(text)) throw new OpenApiError(`--depth ${text} is no number from 0 to 999. Give one.`);
  return Number(text);
}

/** By the repository's own formatter. */
async function format(source: string): Promise<string> {
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const child = promisify(execFile)(
    process.execPath,
    [biome, "check", "--write", "--linter-enabled=false", "--stdin-file-path=third-parties/written.ts"],
    {
      cwd: root,
      maxBuffer: 1 << 28,
    },
  );
  child.child.stdin?.end(source);
  return (await child).stdout;
}

const CHECKED = join(root, ".build", "from-openapi");

/** Loads the adapter as the hub does. @throws OpenApiError with what the hub refuses */
async function check(source: string): Promise<void> {
  const file = join(CHECKED, `${process.pid}.ts`);
  await mkdir(CHECKED, { recursive: true });
  await writeFile(file, source);
  try {
    const [adapter] = Object.values((await import(pathToFileURL(file).href)) as Record<string, AnyAdapter>);
    const Due = event("Due", z.object({}));
    const flowOfIt = flow("from-openapi", {
      summary: "Loads the adapter.",
      owner: "hub",
      source: import.meta.url,
      triggers: { due: schedule("rate(1 day)", { emits: Due }) },
      steps: { call: step({ on: Due, emits: [], uses: { party: adapter as AnyAdapter }, handler: () => [] }) },
    });
    const problems = checkFlow(flowOfIt);
    if (problems.length > 0) throw new OpenApiError(`The hub refuses the adapter:\n${problems.map(describeProblem).join("\n")}`);
  } finally {
    await rm(file, { force: true });
  }
}
