import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Puts `pulumi-resource-aws` and `pulumi-resource-awsx` into a folder: one program plays both. An engine prefers a plugin that it finds on its PATH, whatever the version.
 * sdk/go/common/workspace/plugins.go of Pulumi 3.270, getPluginInfoAndPath
 */
export function installStandIn(dir: string): readonly string[] {
  const main = join(import.meta.dirname, "main.ts");
  return ["aws", "awsx"].map((name) => {
    const file = join(dir, `pulumi-resource-${name}`);
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  });
}
