import { join } from "node:path";
import { writePrivateFile } from "../emulator/private-files.ts";
import type { LocalHub } from "./hub.ts";

/** `npm run hub` reads the address and the keys from this file. @param data folder of the hub's state */
export function writeRunningFile(
  { url, tracesUrl, consoleUrl, sandboxUrl, recording: { outputs } }: LocalHub,
  data: string,
): void {
  const { apiKeys, operators, flows } = outputs;
  writePrivateFile(
    join(data, "running.json"),
    JSON.stringify({ apiUrl: url, tracesUrl, consoleUrl, sandboxUrl, apiKeys, operators, flows }),
  );
}
