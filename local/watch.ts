import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { LocalHub } from "./hub.ts";
import { record } from "./record/record.ts";

/** Folders whose files a flow may be made of, and the program's own file. */
const WATCHED = ["flows", "events", "third-parties", "model", "components", "runtime"];
/** Editors write a file in several steps; one look after the last is enough. */
const SETTLE_MS = 150;

/**
 * Takes changes of the program over into the running hub. What is broken is told, and the hub runs on as it was.
 * @param tell gets one line for each change that was taken over or refused
 * @returns what ends it; resolves when no change is being taken over
 */
export function watchProgram(hub: LocalHub, root: string, stack: string, tell: (message: string) => void): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const watchers: FSWatcher[] = WATCHED.map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .map((folder) => watch(folder, { recursive: true }, (_, file) => file !== null && /\.[cm]?ts$/.test(file) && look()));

  function look() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(takeOver);
    }, SETTLE_MS);
  }

  async function takeOver() {
    const begun = Date.now();
    try {
      const { put, removed } = await hub.apply(await record({ root, stack }));
      if (put.length + removed.length === 0) return;
      const functions = put.filter(({ type }) => type === "aws:lambda/function:Function").map(({ name }) => name);
      const what = [
        functions.length > 0 && `functions ${functions.join(", ")}`,
        removed.length > 0 && `removed ${removed.map(({ name }) => name).join(", ")}`,
      ].filter(Boolean);
      tell(`reloaded in ${Date.now() - begun} ms${what.length > 0 ? `: ${what.join("; ")}` : ""}`);
    } catch (error) {
      tell(`${error instanceof Error ? error.message : String(error)}\nThe hub runs on as it was.`);
    }
  }

  return async () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    await running;
  };
}
