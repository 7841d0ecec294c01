import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes a script by which the engine finds a program of this repository on its PATH. @returns the file */
export function pluginFile(dir: string, name: string, main: string): string {
  const file = join(dir, name);
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}
