import { HANDLER_FILE, RUNTIME_FILE } from "../../protocol/handlers.ts";
import { build } from "./build.ts";
import type { BuildCache } from "./build-cache.ts";
import type { BundleFile } from "./store.ts";

/** The code that the functions of all flows share: `runtime.mjs`, from runtime/index.ts. */
export const bundleRuntime = (root: string, cache?: BuildCache): Promise<readonly BundleFile[]> =>
  bundleFile(root, "index.ts", RUNTIME_FILE, cache);

/** The code of the hub's own functions: `index.mjs` with their handlers, from runtime/hub.ts. */
export const bundleHub = (root: string, cache?: BuildCache): Promise<readonly BundleFile[]> =>
  bundleFile(root, "hub.ts", HANDLER_FILE, cache);

const bundleFile = (root: string, file: string, name: string, cache: BuildCache | undefined) =>
  build({
    root,
    where: `runtime/${file}`,
    name,
    entry: `export * from "./runtime/${file}";`,
    needsRequire: true,
    alias: {
      "@aws-sdk/credential-provider-node": "./runtime/aws/environment-credentials.ts",
      "@dabh/diagnostics": "./runtime/logging/no-diagnostics.cjs",
      // Node's own streams, of which the package is a copy for other places.
      "readable-stream": "node:stream",
      "readable-stream/lib/_stream_writable.js": "./runtime/logging/writable.cjs",
    },
    ...(cache && { cache }),
  });
