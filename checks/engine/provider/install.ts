import { join } from "node:path";
import { pluginFile } from "../plugin-file.ts";

/** docker and docker-build are awsx's own: nothing of theirs is made, but an engine wants each plugin that the packages name. */
const PACKAGES = ["aws", "awsx", "docker", "docker-build"];

/**
 * Puts `pulumi-resource-aws` and the like into a folder: one program plays them all. An engine prefers a plugin that it finds on its PATH, whatever
 * the version.
 * sdk/go/common/workspace/plugins.go of Pulumi 3.274, getPluginInfoAndPath
 */
export const installStandIn = (dir: string): readonly string[] =>
  PACKAGES.map((name) => pluginFile(dir, `pulumi-resource-${name}`, join(import.meta.dirname, "main.ts")));
