// Runs in a process of its own: imports one bundle after the other, each from a folder that holds nothing else.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { HANDLER_FILE } from "../../protocol/handlers.ts";

/** What went wrong; absent where the bundle was loaded. */
export interface LoadFailure {
  readonly message: string;
  /** By the source map, with the paths of the sources. */
  readonly stack: string;
}
export interface LoadResult {
  readonly failure?: LoadFailure;
}

process.on("message", async (folder: string) => {
  process.chdir(folder);
  process.send?.(await load(pathToFileURL(join(folder, HANDLER_FILE)).href));
});
process.on("disconnect", () => process.exit(0));
/** Holds the folders. The process that started this one may have ended. */
const [, , all = ""] = process.argv;
process.on("exit", () => rmSync(all, { recursive: true, force: true }));

async function load(url: string): Promise<LoadResult> {
  try {
    await import(url);
    return {};
  } catch (error) {
    return {
      failure:
        error instanceof Error ? { message: error.message, stack: error.stack ?? "" } : { message: String(error), stack: "" },
    };
  }
}
