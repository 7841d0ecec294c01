import { HANDLER_FILE, RUNTIME_FILE, SCHEMAS_FILE, TRACES_FILE } from "../../protocol/handlers.ts";
import { build } from "./build.ts";
import type { BuildCache } from "./build-cache.ts";
import type { BundleFile } from "./store.ts";

/** The code that the functions of all flows share: `runtime.mjs`, from runtime/index.ts, with `traces.mjs`. */
export const bundleRuntime = (root: string, cache?: BuildCache): Promise<readonly BundleFile[]> =>
  bundleFiles(root, "index.ts", RUNTIME_FILE, cache);

/** The code of the hub's own functions: `index.mjs` with their handlers, from runtime/hub.ts, with `traces.mjs` and `schemas.mjs`. */
export const bundleHub = async (root: string, cache?: BuildCache): Promise<readonly BundleFile[]> =>
  (
    await Promise.all([
      bundleFiles(root, "hub.ts", HANDLER_FILE, cache),
      bundleFile(root, `functions/ops/${FAULTS}`, SCHEMAS_FILE, true, cache),
    ])
  ).flat();

/** Module that makes and sends spans. */
const SPANS = "span-makers.ts";
/** Module that holds payloads against JSON Schemas. */
const FAULTS = "schema-faults.ts";

const bundleFiles = async (root: string, file: string, name: string, cache: BuildCache | undefined) =>
  (
    await Promise.all([
      bundleFile(root, file, name, true, cache),
      bundleFile(root, `tracing/${SPANS}`, TRACES_FILE, false, cache),
    ])
  ).flat();

/** Packages, and what takes their place in a function. */
export const ALIASES = {
  "@dabh/diagnostics": "./runtime/logging/no-diagnostics.cjs",
  "async/forEach": "./runtime/logging/for-each.cjs",
  logform: "./runtime/logging/no-formats.cjs",
  "logform/json": "./runtime/logging/no-formats.cjs",
  // Node's own streams, of which the package is a copy for other places.
  "readable-stream": "node:stream",
  "readable-stream/lib/_stream_writable.js": "./runtime/logging/writable.cjs",
};

const bundleFile = (root: string, file: string, name: string, needsRequire: boolean, cache: BuildCache | undefined) =>
  build({
    root,
    where: `runtime/${file}`,
    name,
    entry: `export * from "./runtime/${file}";`,
    needsRequire,
    beside: { [SPANS]: TRACES_FILE, [FAULTS]: SCHEMAS_FILE },
    alias: ALIASES,
    ...(cache && { cache }),
  });
