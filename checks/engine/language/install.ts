import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pluginFile } from "../plugin-file.ts";

const NAME = "pulumi-language-nodejs";

/**
 * Installs our language host in a folder, unless Pulumi's is on the PATH or next to the CLI.
 *
 * @param cli the CLI's program
 * @returns true when it was installed
 */
export function installLanguageHost(dir: string, cli: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), dirname(cli)];
  if (folders.some((folder) => existsSync(join(folder, NAME)))) return false;
  pluginFile(dir, NAME, join(import.meta.dirname, "main.ts"));
  return true;
}
