import { join } from "node:path";
import { build as esbuild, type Metafile, type Plugin } from "esbuild";
import { builtins } from "./builtins.ts";
import { ENTRY } from "./guard.ts";

/** What decides an output, but the entry: entries with the same settings can be bundled at once. */
export interface Settings {
  /** Folder that paths in the bundle are relative to; no byte of the output depends on where it lies. */
  readonly root: string;
  /** Name of the output, such as `index.mjs`. */
  readonly name: string;
  /** Modules that lie beside the output. */
  readonly external?: readonly string[];
  /** Package -> file that takes its place, relative to `root`. @default none */
  readonly alias?: Readonly<Record<string, string>>;
  /** End of an import's path -> file that takes its place, relative to `root`. @default none */
  readonly instead?: Readonly<Record<string, string>>;
  /** Module's file name -> file beside the output that stands for it where the code imports it dynamically. @default none */
  readonly beside?: Readonly<Record<string, string>>;
  /** Whether stack traces lead to the sources: to those of the author, or of packages too. @default neither */
  readonly mapped?: "author" | "all";
  /** First line of the output. */
  readonly banner: string;
}

export interface Output {
  readonly code: string;
  /** Absent where nothing is mapped. */
  readonly map?: string;
  /** What was read for it: the entry, and what that imports, and so on. */
  readonly inputs: Metafile["inputs"];
}

/**
 * Bundles the entries, each to what it would be alone. What several import is read once.
 * @param entries texts of the entry modules, which import by paths relative to `root`
 * @returns in their order
 * @throws esbuild's BuildFailure if any can't be bundled
 */
export async function runEsbuild(
  { root, name, external = [], alias = {}, instead = {}, beside = {}, mapped, banner }: Settings,
  entries: readonly string[],
  plugins: readonly Plugin[],
): Promise<readonly Output[]> {
  const stem = name.replace(/\.mjs$/, "");
  const named = entries.map((text, i) => ({ text, path: i === 0 ? name : `${name}-${i}`, out: i === 0 ? stem : `${stem}-${i}` }));
  const { outputFiles, metafile } = await esbuild({
    entryPoints: named.map(({ path, out }) => ({ in: ENTRY + path, out })),
    absWorkingDir: root,
    outdir: root,
    outExtension: { ".js": ".mjs" },
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
    plugins: [
      entryModules(root, new Map(named.map(({ path, text }) => [path, text]))),
      ...filesBeside(beside),
      ...filesInstead(instead, root),
      ...plugins,
      builtins,
      optionalNatives,
    ],
    logLevel: "silent",
  });
  const texts = new Map(outputFiles.map((file) => [file.path, file]));
  return named.map(({ path, out }) => {
    const file = join(root, `${out}.mjs`);
    const code = texts.get(file)?.text ?? "";
    const map = texts.get(`${file}.map`)?.text;
    return {
      code: code.replace(new RegExp(`//# sourceMappingURL=${out}\\.mjs\\.map\\n$`), `//# sourceMappingURL=${name}.map\n`),
      ...(map !== undefined && { map: map.replaceAll(`"${ENTRY}${path}"`, `"./${ENTRY}${name}"`) }),
      inputs: reachedFrom(ENTRY + path, metafile.inputs),
    };
  });
}

/** The entry, and what it imports, and what that imports. */
function reachedFrom(entry: string, all: Metafile["inputs"]): Metafile["inputs"] {
  const reached: Metafile["inputs"] = {};
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const input = all[path];
    if (!input || reached[path]) continue;
    reached[path] = input;
    open.push(...input.imports.map((imported) => imported.path));
  }
  return reached;
}

const entryModules = (root: string, texts: ReadonlyMap<string, string>): Plugin => ({
  name: "entries",
  setup(build) {
    const namespace = ENTRY.slice(0, -1);
    build.onResolve({ filter: new RegExp(`^${ENTRY}`) }, ({ path, kind }) =>
      kind === "entry-point" ? { path: path.slice(ENTRY.length), namespace } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: texts.get(path) ?? "",
      resolveDir: root,
      loader: "js",
    }));
  },
});

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
