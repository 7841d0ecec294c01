import { registerHooks } from "node:module";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders whose modules a process loads once: code of the hub, and packages. */
const LOADED_ONCE = new Set(["components", "console", "emulator", "local", "model", "node_modules", "protocol", "runtime"]);

let current = { root: "", number: 0 };
let isHooked = false;

/**
 * Lets this process import a program's own modules again, as they are now. Node keeps a module by its address, so each run gives them
 * another one. https://nodejs.org/api/module.html#synchronous-customization-hooks
 * @param root of the program of this run
 * @param number of the run
 */
export function importAfresh(root: string, number: number): void {
  current = { root, number };
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      return isOwn(current.root, found.url) ? { ...found, url: ofRun(found.url) } : found;
    },
  });
}

function isOwn(root: string, url: string): boolean {
  if (!url.startsWith("file:")) return false;
  const [folder = ""] = relative(root, fileURLToPath(url)).split(sep);
  return folder !== ".." && !LOADED_ONCE.has(folder);
}

function ofRun(address: string): string {
  const url = new URL(address);
  url.searchParams.set("run", String(current.number));
  return url.href;
}
