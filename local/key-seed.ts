import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { privateFolder, writePrivateFile } from "../emulator/private-files.ts";

/**
 * What the API keys of the hub on this machine are made of: drawn at the first start and kept in the data folder, so that no other machine or
 * page knows the keys, and a restart keeps them.
 */
export function keySeed(data: string): string {
  const file = join(data, "key-seed");
  if (!existsSync(file)) {
    privateFolder(data);
    writePrivateFile(file, randomBytes(32).toString("hex"));
  }
  return readFileSync(file, "utf8");
}
