import { HANDLER_FILE, RUNTIME_FILE } from "../../protocol/handlers.ts";
import { type BundleFile, build } from "./build.ts";

/** The code that the functions of all flows share: `runtime.mjs`, from runtime/index.ts. */
export const bundleRuntime = (root: string): Promise<readonly BundleFile[]> => bundleFile(root, "index.ts", RUNTIME_FILE);

/** The code of the hub's own functions: `index.mjs` with their handlers, from runtime/hub.ts. */
export const bundleHub = (root: string): Promise<readonly BundleFile[]> => bundleFile(root, "hub.ts", HANDLER_FILE);

const bundleFile = (root: string, file: string, name: string) =>
  build({ root, where: `runtime/${file}`, name, entry: `export * from "./runtime/${file}";`, needsRequire: true });
