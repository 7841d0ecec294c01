import { join } from "node:path";
import { pluginFile } from "../plugin-file.ts";

/** docker and docker-build are dependencies of awsx. No resource uses them, but the engine requires each plugin that a package names. */
const PACKAGES = ["aws", "awsx", "random", "docker", "docker-build"];

/**
 * Installs `pulumi-resource-aws` and others in a folder; one program serves them all. The engine prefers a plugin on its PATH, whatever the
 * version.
 * sdk/go/common/workspace/plugins.go of Pulumi 3.274, getPluginInfoAndPath
 */
export const installStandIn = (dir: string): readonly string[] =>
  PACKAGES.map((name) => pluginFile(dir, `pulumi-resource-${name}`, join(import.meta.dirname, "main.ts")));
