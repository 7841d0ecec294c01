import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pluginFile } from "../plugin-file.ts";

const NAME = "pulumi-language-nodejs";

/**
 * Puts our language host into a folder, unless Pulumi's own is on the PATH or beside the CLI.
 *
 * @param cli the CLI's program
 * @returns whether it had to
 */
export function installLanguageHost(dir: string, cli: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), dirname(cli)];
  if (folders.some((folder) => existsSync(join(folder, NAME)))) return false;
  pluginFile(dir, NAME, join(import.meta.dirname, "main.ts"));
  return true;
}
