import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Puts `pulumi-resource-aws` into a folder. An engine prefers a plugin that it finds on its PATH, whatever the version.
 * sdk/go/common/workspace/plugins.go of Pulumi 3.270, getPluginInfoAndPath
 */
export function installStandIn(dir: string): string {
  const file = join(dir, "pulumi-resource-aws");
  const main = join(import.meta.dirname, "main.ts");
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}
