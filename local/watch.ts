import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import type { LocalHub } from "./hub.ts";
import type { Recorder, RecordOptions } from "./record/record.ts";
import { watchTree } from "./watch-tree.ts";

/** Folders whose files are part of the bundled flows. */
const WATCHED = ["flows", "events", "third-parties", "model", "protocol", "components", "runtime"];
/** Code of the hub, which the recorder loads once. */
const LOADED_ONCE = new Set(["model", "protocol", "components", "runtime"]);
/** Editors write a file in several steps, within a few milliseconds. The reload waits for the last of them. */
const SETTLE_MS = 50;

/** What an editor keeps beside a file. */
const isDraft = (file: string) => /^\.|~$/.test(file);

/**
 * Applies changes of the program to the running hub. After an error the hub keeps running the last good program.
 * @param recorder that made the running recording
 * @param program how the running recording was made
 * @param print called with one line for each reload or error
 * @returns a function that stops watching, and resolves after a running reload
 */
export function watchProgram(
  hub: LocalHub,
  recorder: Recorder,
  program: RecordOptions,
  print: (message: string) => void,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isOutdated = false;
  const report = (part: string) => (file: string) => {
    if (!isDraft(file)) schedule(part);
  };
  const trees = WATCHED.filter((folder) => existsSync(join(program.root, folder))).map((folder) =>
    watchTree(join(program.root, folder), report(folder)),
  );
  const settings = ["index.ts", "Pulumi.yaml", `Pulumi.${program.stack ?? "dev"}.yaml`];
  const beside = watch(program.root, (_, file) => {
    if (file !== null && settings.includes(file)) schedule(file);
  });

  function schedule(folder: string) {
    isOutdated ||= LOADED_ONCE.has(folder);
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(reload);
    }, SETTLE_MS);
  }

  async function reload() {
    const begun = Date.now();
    if (isOutdated) {
      recorder.restart();
      isOutdated = false;
    }
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
    }
  }

  return async () => {
    clearTimeout(timer);
    beside.close();
    for (const tree of trees) tree[Symbol.dispose]();
    await running;
  };
}
