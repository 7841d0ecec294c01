import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { LocalHub } from "./hub.ts";
import { type RecordOptions, record } from "./record/record.ts";

/** Folders whose files are part of the bundled flows. */
const WATCHED = ["flows", "events", "third-parties", "model", "protocol", "components", "runtime"];
/** Editors write a file in several steps. The reload waits for the last of them. */
const SETTLE_MS = 150;

/**
 * Applies changes of the program to the running hub. After an error the hub keeps running the last good program.
 * @param program how the running recording was made
 * @param print called with one line for each reload or error
 * @returns a function that stops watching, and resolves after a running reload
 */
export function watchProgram(hub: LocalHub, program: RecordOptions, print: (message: string) => void): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const watchers: FSWatcher[] = WATCHED.map((folder) => join(program.root, folder))
    .filter((folder) => existsSync(folder))
    .map((folder) => watch(folder, { recursive: true }, (_, file) => file !== null && /\.[cm]?ts$/.test(file) && schedule()));

  function schedule() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(reload);
    }, SETTLE_MS);
  }

  async function reload() {
    const begun = Date.now();
    try {
      const { put, removed } = await hub.apply(await record(program));
      if (put.length + removed.length === 0) return;
      const functions = put.filter(({ type }) => type === "aws:lambda/function:Function").map(({ name }) => name);
      const changes = [
        functions.length > 0 && `functions ${functions.join(", ")}`,
        removed.length > 0 && `removed ${removed.map(({ name }) => name).join(", ")}`,
      ].filter(Boolean);
      print(`reloaded in ${Date.now() - begun} ms${changes.length > 0 ? `: ${changes.join("; ")}` : ""}`);
    } catch (error) {
      print(`${error instanceof Error ? error.message : String(error)}\nThe hub keeps running the last good program.`);
    }
  }

  return async () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    await running;
  };
}
