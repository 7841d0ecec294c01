import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join } from "node:path";

/**
 * Reports each change below a folder, by a watcher for each folder in it. Node's recursive watcher on Linux watches files, and loses one that
 * an editor has replaced by another of the same name. https://github.com/nodejs/node/blob/v24.x/lib/internal/fs/recursive_watch.js
 * @param onChange called with the name of the file, without folders
 */
export function watchTree(folder: string, onChange: (file: string) => void): Disposable {
  const watchers = new Map<string, FSWatcher>();
  const leave = (path: string) => {
    watchers.get(path)?.close();
    watchers.delete(path);
  };
  function enter(path: string): void {
    if (watchers.has(path)) return;
    const watcher = watch(path, (_, file) => {
      if (file === null) return;
      const changed = join(path, file);
      try {
        if (isFolder(changed)) enter(changed);
        else leave(changed);
      } catch {
        // It was removed meanwhile.
        leave(changed);
      }
      onChange(file);
    });
    // The folder is gone.
    watcher.on("error", () => leave(path));
    watchers.set(path, watcher);
    for (const name of readdirSync(path)) if (isFolder(join(path, name))) enter(join(path, name));
  }
  enter(folder);
  return {
    [Symbol.dispose]: () => {
      for (const path of [...watchers.keys()]) leave(path);
    },
  };
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
