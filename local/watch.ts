import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { LocalHub } from "./hub.ts";
import { type RecordOptions, startRecorder } from "./record/record.ts";

/** Folders whose files are part of the bundled flows. */
const WATCHED = ["flows", "events", "third-parties", "model", "protocol", "components", "runtime"];
/** Those of `components/index.ts` and of what it imports: the process of the next recording has loaded them. */
const LOADED = new Set(["model", "protocol", "components"]);
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
  const start = () => startRecorder(join(program.root, "components/index.ts"));
  let next = start();
  let isOutdated = false;
  const watchers: FSWatcher[] = WATCHED.filter((folder) => existsSync(join(program.root, folder))).map((folder) =>
    watch(join(program.root, folder), { recursive: true }, (_, file) => {
      if (file !== null && /\.[cm]?ts$/.test(file)) schedule(folder);
    }),
  );

  function schedule(folder: string) {
    isOutdated ||= LOADED.has(folder);
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(reload);
    }, SETTLE_MS);
  }

  async function reload() {
    const begun = Date.now();
    if (isOutdated) {
      next[Symbol.dispose]();
      next = start();
      isOutdated = false;
    }
    using recorder = next;
    try {
      const { put, removed } = await hub.apply(await recorder.record(program));
      if (put.length + removed.length === 0) return;
      const functions = put.filter(({ type }) => type === "aws:lambda/function:Function").map(({ name }) => name);
      const changes = [
        functions.length > 0 && `functions ${functions.join(", ")}`,
        removed.length > 0 && `removed ${removed.map(({ name }) => name).join(", ")}`,
      ].filter(Boolean);
      print(`reloaded in ${Date.now() - begun} ms${changes.length > 0 ? `: ${changes.join("; ")}` : ""}`);
    } catch (error) {
      print(`${error instanceof Error ? error.message : String(error)}\nThe hub keeps running the last good program.`);
    } finally {
      next = start();
    }
  }

  return async () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    await running;
    next[Symbol.dispose]();
  };
}
