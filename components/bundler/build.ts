import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type BuildFailure, type Plugin, version } from "esbuild";
import type { BuildCache } from "./build-cache.ts";
import { inputsOf } from "./build-inputs.ts";
import { buildTogether, inTurn } from "./builds-together.ts";
import { BundleError } from "./bundle-error.ts";
import { guard, isOutOfReach, type Offence, stopAtPulumi } from "./guard.ts";
import { hasOwnRequire, packageRequires } from "./package-requires.ts";
import { type Output, runEsbuild, type Settings } from "./run-esbuild.ts";
import { withoutPackages } from "./source-map.ts";
import type { BundleFile } from "./store.ts";

export interface BuildOptions extends Omit<Settings, "banner"> {
  /** What errors name. */
  readonly where: string;
  /** The entry module's text; it imports by paths relative to `root`. */
  readonly entry: string;
  /** Set where CommonJS packages are known to be inside, to save a second build. @default false */
  readonly needsRequire?: boolean;
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
  const { name, mapped } = asked;
  const request = JSON.stringify([CODE, version, process.version, process.env.NODE_PATH ?? "", asked]);
  const known = cache?.find(request, root);
  if (known) return known;
  onBuild?.();
  const beganAt = Date.now();
  const { code, map, inputs } = await outputOf(options);
  const files = [
    { name, contents: Buffer.from(code) },
    ...(map === undefined
      ? []
      : [{ name: `${name}.map`, contents: Buffer.from(mapped === "author" ? withoutPackages(map) : map) }]),
  ];
  const read = cache && inputsOf(root, inputs, beganAt);
  if (read) cache.put(request, read, files);
  return files;
}

/** The code that builds is an input of what it builds. */
const CODE = createHash("sha256")
  .update(
    [
      ...["build.ts", "build-inputs.ts", "builds-together.ts", "builtins.ts", "guard.ts"],
      ...["package-requires.ts", "run-esbuild.ts", "source-map.ts"],
    ]
      .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
      .join(),
  )
  .digest("hex");

async function outputOf({
  needsRequire: isKnown = false,
  where,
  entry,
  cache: _,
  onBuild: __,
  ...given
}: BuildOptions): Promise<Output> {
  const request: Request = { where, entry, settings: { ...given, banner: isKnown ? REQUIRE : "" } };
  const asIs = await attempt(request);
  // Looking into each module of each package takes time, and few need it.
  const isAsked = hasOwnRequire(asIs.code.replace(request.settings.banner, ""));
  const first = isAsked ? await attempt(request, [packageRequires]) : asIs;
  const contains = (text: string) => first.code.includes(text);
  // esbuild's stand-in for `require` carries this text; it is only there when something calls it.
  const needsRequire = !isKnown && contains("Dynamic require of");
  const needsPlace = contains("__dirname") || contains("__filename");
  const missing = `${needsRequire ? REQUIRE : ""}${needsPlace ? PLACE : ""}`;
  return missing === "" ? first : withLine(first, missing);
}

/** @returns the code with a line before it, and its map with a line that has no source, as esbuild's `banner` makes both */
function withLine({ code, map, inputs }: Output, line: string): Output {
  const shifted = map === undefined ? undefined : (JSON.parse(map) as { readonly mappings: string });
  return {
    code: `${line}\n${code}`,
    ...(shifted && { map: JSON.stringify({ ...shifted, mappings: `;${shifted.mappings}` }) }),
    inputs,
  };
}

interface Request {
  readonly where: string;
  readonly entry: string;
  readonly settings: Settings;
}

/** The guard looks at each import, which takes several times as long as the build: it runs only when there is something to report. */
async function attempt({ where, entry, settings }: Request, plugins: readonly Plugin[] = []): Promise<Output> {
  const alone = async (...added: readonly Plugin[]) => {
    const [output] = await inTurn(() => runEsbuild(settings, [entry], [...added, ...plugins]));
    return output as Output;
  };
  try {
    const output = await (plugins.length === 0 ? buildTogether(settings, entry) : alone(stopAtPulumi));
    if (!Object.keys(output.inputs).some(isOutOfReach)) return output;
  } catch {
    // Reported below, with the chain of imports.
  }
  try {
    return await alone(guard(settings.root));
  } catch (error) {
    throw new BundleError(problemsOf(error, where));
  }
}

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
