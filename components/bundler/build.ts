import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type BuildFailure, build as esbuild, type Metafile, type OutputFile, type Plugin, version } from "esbuild";
import type { BuildCache } from "./build-cache.ts";
import { inputsOf } from "./build-inputs.ts";
import { builtins } from "./builtins.ts";
import { BundleError } from "./bundle-error.ts";
import { ENTRY, guard, isOutOfReach, type Offence, stopAtPulumi } from "./guard.ts";
import { hasOwnRequire, packageRequires } from "./package-requires.ts";
import { withoutPackages } from "./source-map.ts";
import type { BundleFile } from "./store.ts";

export interface BuildOptions {
  /** Folder that paths in the bundle are relative to; no byte of the output depends on where it lies. */
  readonly root: string;
  /** What errors name. */
  readonly where: string;
  /** Name of the output, such as `index.mjs`. */
  readonly name: string;
  /** The entry module's text; it imports by paths relative to `root`. */
  readonly entry: string;
  /** Modules that lie beside the output. */
  readonly external?: readonly string[];
  /** Set where CommonJS packages are known to be inside, to save a second build. @default false */
  readonly needsRequire?: boolean;
  /** Package -> file that takes its place, relative to `root`. @default none */
  readonly alias?: Readonly<Record<string, string>>;
  /** End of an import's path -> file that takes its place, relative to `root`. @default none */
  readonly instead?: Readonly<Record<string, string>>;
  /** Module's file name -> file beside the output that stands for it where the code imports it dynamically. @default none */
  readonly beside?: Readonly<Record<string, string>>;
  /** Whether stack traces lead to the sources: to those of the author, or of packages too. @default neither */
  readonly mapped?: "author" | "all";
  /** Keeps what is built, for the next build of the same inputs. @default nothing is kept */
  readonly cache?: BuildCache;
  /** Called before a build, and not where the cache has its output. */
  readonly onBuild?: (() => void) | undefined;
}

/** CommonJS packages ask for Node's modules by `require`, which ES modules lack. */
const REQUIRE =
  'import { createRequire as __hubCreateRequire } from "node:module"; const require = __hubCreateRequire(import.meta.url);';

/** CommonJS packages also know their folder and file; here they are those of the bundle. Minified code has no such names of its own. */
const PLACE = "const __dirname = import.meta.dirname, __filename = import.meta.filename;";

/**
 * Bundles one ES module for Node 24.
 * The same sources give the same bytes, from whatever folder.
 * @throws BundleError that names what can't be bundled
 */
export async function build(options: BuildOptions): Promise<readonly BundleFile[]> {
  const { root, cache, where: _, onBuild, ...asked } = options;
  const request = JSON.stringify([CODE, version, process.version, process.env.NODE_PATH ?? "", asked]);
  const known = cache?.find(request, root);
  if (known) return known;
  onBuild?.();
  await entered();
  try {
    const beganAt = Date.now();
    const made = await outputOf(options);
    const files = made.files.map((file) => ({ name: fileName(file.path, options), contents: contentsOf(file, options) }));
    const inputs = cache && inputsOf(root, made.metafile, beganAt);
    if (inputs) cache.put(request, inputs, files);
    return files;
  } finally {
    leave();
  }
}

/** The code that builds is an input of what it builds. */
const CODE = ["build.ts", "build-inputs.ts", "builtins.ts", "guard.ts", "package-requires.ts", "source-map.ts"]
  .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
  .join();

const isMap = (path: string) => path.endsWith(".map");
const fileName = (path: string, { name }: BuildOptions) => (isMap(path) ? `${name}.map` : name);
const contentsOf = ({ path, text }: File, { mapped }: BuildOptions) =>
  Buffer.from(isMap(path) && mapped === "author" ? withoutPackages(text) : text);

/** esbuild holds all builds that have begun in memory: hundreds at once take gigabytes, and are done no sooner. */
let free = availableParallelism();
const waiting: (() => void)[] = [];
const entered = async () => (free > 0 ? void free-- : new Promise<void>((enter) => waiting.push(enter)));
function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else free += 1;
}

type File = Pick<OutputFile, "path" | "text">;
interface Output {
  readonly files: readonly File[];
  readonly metafile: Metafile;
}

async function outputOf(options: BuildOptions): Promise<Output> {
  const given = options.needsRequire ? REQUIRE : "";
  const asIs = await attempt(options, given);
  // Looking into each module of each package takes time, and few need it.
  const isAsked = asIs.files.some(({ path, text }) => path.endsWith(".mjs") && hasOwnRequire(text.replace(given, "")));
  const plugins = isAsked ? [packageRequires] : [];
  const first = isAsked ? await attempt(options, given, plugins) : asIs;
  const contains = (text: string) => first.files.some((file) => file.path.endsWith(".mjs") && file.text.includes(text));
  // esbuild's stand-in for `require` carries this text; it is only there when something calls it.
  const needsRequire = !options.needsRequire && contains("Dynamic require of");
  const needsPlace = contains("__dirname") || contains("__filename");
  const missing = `${needsRequire ? REQUIRE : ""}${needsPlace ? PLACE : ""}`;
  return missing === "" ? first : { ...first, files: first.files.map((file) => withLine(file, missing)) };
}

/** @returns the code with a line before it, and its map with a line that has no source, as esbuild's `banner` makes both */
function withLine({ path, text }: File, line: string): File {
  if (!isMap(path)) return { path, text: `${line}\n${text}` };
  const map = JSON.parse(text) as { readonly mappings: string };
  return { path, text: JSON.stringify({ ...map, mappings: `;${map.mappings}` }) };
}

/** The guard looks at each import, which takes several times as long as the build: it runs only when there is something to report. */
async function attempt(options: BuildOptions, banner: string, plugins: readonly Plugin[] = []): Promise<Output> {
  try {
    const output = await run(options, banner, [stopAtPulumi, ...plugins]);
    if (!Object.keys(output.metafile.inputs).some(isOutOfReach)) return output;
  } catch {
    // Reported below, with the chain of imports.
  }
  try {
    return await run(options, banner, [guard(options.root), ...plugins]);
  } catch (error) {
    throw new BundleError(problemsOf(error, options.where));
  }
}

async function run(
  { root, name, entry, external = [], alias = {}, instead = {}, beside = {}, mapped }: BuildOptions,
  banner: string,
  guards: readonly Plugin[],
): Promise<Output> {
  const { outputFiles, metafile } = await esbuild({
    stdin: { contents: entry, resolveDir: root, sourcefile: `${ENTRY}${name}`, loader: "js" },
    absWorkingDir: root,
    outfile: name,
    write: false,
    metafile: true,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    minify: true,
    keepNames: true,
    // Node reads the map whenever the code is loaded. A trace needs places in the sources, not their text.
    sourcemap: mapped ? "linked" : false,
    sourcesContent: false,
    legalComments: "none",
    charset: "utf8",
    // Said here, lest a tsconfig.json on the way decides it.
    tsconfigRaw: { compilerOptions: { target: "es2024", strict: true, verbatimModuleSyntax: true } },
    banner: { js: banner },
    external: [...external],
    alias: { ...alias },
    plugins: [...filesBeside(beside), ...filesInstead(instead, root), ...guards, builtins, optionalNatives],
    logLevel: "silent",
  });
  return { files: outputFiles, metafile };
}

/**
 * A package may try to `require` native code and do without it, as ssh2 does. It is left out of the bundle; whether the package does without
 * it, loading the bundle shows.
 */
const optionalNatives: Plugin = {
  name: "optional natives",
  setup(build) {
    build.onResolve({ filter: /\.node$/ }, ({ path, kind }) => (kind === "require-call" ? { path, external: true } : undefined));
  },
};

const filesBeside = (beside: Readonly<Record<string, string>>): readonly Plugin[] =>
  Object.entries(beside).map(([module, file]) => ({
    name: `beside: ${file}`,
    setup(build) {
      build.onResolve({ filter: new RegExp(`/${module.replaceAll(".", "\\.")}$`) }, ({ kind }) =>
        kind === "dynamic-import" ? { path: `./${file}`, external: true } : undefined,
      );
    },
  }));

const filesInstead = (instead: Readonly<Record<string, string>>, root: string): readonly Plugin[] =>
  Object.entries(instead).map(([ending, file]) => ({
    name: `instead: ${file}`,
    setup(build) {
      build.onResolve({ filter: new RegExp(`${ending.replaceAll(".", "\\.")}$`) }, () => ({ path: join(root, file) }));
    },
  }));

function problemsOf(error: unknown, where: string) {
  const { errors } = error as Partial<BuildFailure>;
  if (!errors) throw error;
  const problems = errors.map(({ text, location, detail }) => {
    const offence = detail as Offence | undefined;
    const at = location ? ` (${location.file}:${location.line}:${location.column + 1})` : "";
    return offence?.remedy ? { where, ...offence } : { where, fact: `${text.replace(/\.$/, "")}${at}`, remedy: "Mend that line" };
  });
  return [...new Map(problems.map((problem) => [problem.fact, problem])).values()];
}
