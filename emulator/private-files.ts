import { chmodSync, mkdirSync, writeFileSync } from "node:fs";

/** Creates the folder if it is absent; either way only this user may enter it. State holds secrets and callers' data. */
export function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

/** Writes a file that only this user may read, also where it exists with other rights. */
export function writePrivateFile(file: string, content: string | Uint8Array): void {
  writeFileSync(file, content, { mode: 0o600 });
  chmodSync(file, 0o600);
}
