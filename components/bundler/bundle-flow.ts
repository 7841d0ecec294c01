import { readFile } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { adaptersOf, endpointParameters, type Flow, type Operation, personalFieldsOf } from "../../model/index.ts";
import {
  HANDLER_FILE,
  JWT_FILE,
  PLAYED_FLOW,
  RUNTIME_FILE,
  stepExport,
  TRACES_FILE,
  triggerExport,
} from "../../protocol/handlers.ts";
import { contractsOf } from "../parts/contract.ts";
import { build } from "./build.ts";
import type { BuildCache } from "./build-cache.ts";
import { BundleError } from "./bundle-error.ts";
import { runtimeNeeds, TRIGGER_SERVERS } from "./bundle-runtime.ts";
import type { BundleFile } from "./store.ts";

export interface FlowBundleOptions {
  /** The flow itself; of a factory, what it made of `params`. */
  readonly flow: Flow;
  /** What the module's default export has to be: the flow, or the function that made it of `params`. */
  readonly source: unknown;
  /** Baked into the bundle; JSON. */
  readonly params?: unknown;
  /** Folder that paths in the source map are relative to. */
  readonly root: string;
  readonly cache?: BuildCache | undefined;
  /** Whose places the source map holds. @default "author": the flow, and the files of this repository that it imports */
  readonly mapped?: "author" | "all";
  /** As that of a build. */
  readonly onBuild?: () => void;
}

/**
 * Makes the code of all of a flow's functions: `index.mjs` with a handler per step, webhook, synchronous endpoint and poll, and its source map.
 * It imports `./runtime.mjs`, which `bundleRuntime` makes.
 *
 * @throws BundleError when the flow reaches what can't run in a Lambda function, or is not what its module exports
 */
export async function bundleFlow({
  flow,
  source,
  params,
  root,
  cache,
  mapped = "author",
  onBuild,
}: FlowBundleOptions): Promise<readonly BundleFile[]> {
  const file = fileURLToPath(flow.source);
  const where = placeOf(flow, root);
  const isFactory = typeof source === "function";
  if (isFactory && !isDeepStrictEqual(params, jsonOf(params))) {
    throw new BundleError([
      {
        where,
        fact: "its params are not plain JSON, and the bundle can't carry anything else",
        remedy: "Hand over strings, numbers, booleans, null, lists and objects of these",
      },
    ]);
  }
  // First, because they are read sooner than the code is built.
  const declared = await filesOf(flow, where);
  const files = await build({
    root,
    where,
    name: HANDLER_FILE,
    entry: entryOf(
      flow,
      importPath(root, file),
      isFactory ? `module.default(${JSON.stringify(params) ?? ""})` : "module.default",
    ),
    external: [`./${RUNTIME_FILE}`],
    mapped,
    onBuild,
    ...(cache && { cache }),
  });
  // After the build, because esbuild reports a missing import better than Node does.
  const { default: exported } = (await import(flow.source)) as { default?: unknown };
  if (exported !== source) {
    throw new BundleError([
      {
        where,
        fact: `it is not the default export of that module, so its handlers can't be found there${exported === undefined ? "; the module has none" : ""}`,
        remedy:
          "Write `export default flow(…)` in a file of its own, or export a function of parameters that makes it; a flow made elsewhere sets `source`",
      },
    ]);
  }
  return [...files, ...declared];
}

/** What errors name. */
export const placeOf = ({ name, source }: Pick<Flow, "name" | "source">, root: string): string =>
  `flow ${name} (${relative(root, fileURLToPath(source))})`;

/** Names of the hub's own files in the code. */
const TAKEN: readonly string[] = [HANDLER_FILE, RUNTIME_FILE, TRACES_FILE, JWT_FILE].flatMap((name) => [name, `${name}.map`]);

/** The files that the flow declares, under their paths from its folder. */
function filesOf({ files = [], source }: Flow, where: string): Promise<readonly BundleFile[]> {
  const folder = dirname(fileURLToPath(source));
  return Promise.all(
    files.map(async (name) => {
      const path = posix.normalize(name);
      const refuse = (fact: string, remedy: string) => new BundleError([{ where, fact: `its file "${name}" ${fact}`, remedy }]);
      if (path.startsWith("..") || posix.isAbsolute(path) || path.includes("\\"))
        throw refuse("is not below the flow's folder", 'Name it by its path from there, such as "templates/order.txt"');
      if (TAKEN.includes(path)) throw refuse("has the name of a file of the hub's", "Rename it");
      const contents = await readFile(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
        throw refuse(`can't be read (${error.code})`, "Name a file by its path from the flow's folder");
      });
      return { name: path, contents };
    }),
  );
}

const jsonOf = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value) ?? "null"));

/** Relative, because the source map contains the entry's text. */
const importPath = (root: string, file: string) => `./${relative(root, file).split(sep).join("/")}`;

function entryOf(flow: Flow, path: string, expression: string): string {
  return [
    // esbuild would report a missing default export in its own words; the check after the build has a better message.
    `import * as module from ${JSON.stringify(path)};`,
    `import { ${runtimeNeeds(flow).exports.join(", ")} } from "./${RUNTIME_FILE}";`,
    `const flow = ${expression};`,
    `const validators = validatorsOf(flow, ${JSON.stringify(endpointParameters(flow))}, ${JSON.stringify(contractsOf(flow))}, ${JSON.stringify(personalFieldsOf(flow))});`,
    ...Object.keys(flow.steps).map(
      (step) => `export const ${stepExport(step)} = serveStep(flow, ${JSON.stringify(step)}, validators);`,
    ),
    ...Object.entries(flow.triggers).flatMap(([trigger, { kind }]) => {
      const serve = TRIGGER_SERVERS[kind];
      return serve ? [`export const ${triggerExport(trigger)} = ${serve}(flow, ${JSON.stringify(trigger)}, validators);`] : [];
    }),
    // The local sandbox calls them there, with all that they refer to.
    ...(hasPlayedExample(flow) ? [`export { flow as ${PLAYED_FLOW} };`] : []),
  ].join("\n");
}

const hasPlayedExample = (flow: Flow) =>
  adaptersOf(flow).some(({ operations }) =>
    Object.values(operations as Readonly<Record<string, Operation>>).some(({ example }) => typeof example === "function"),
  );
