import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Creates a virtual environment of Python, once per user and content of the file.
 * @param name of its folder
 * @param requirements path of the file that pins what it holds
 * @returns its folder, or the reason why there is none
 */
export function pythonEnvironment(name: string, requirements: string): { readonly dir: string } | { readonly missing: string } {
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "integration-hub");
  const dir = join(cache, `${name}-${hash}`);
  const stamp = join(dir, "complete");
  if (existsSync(stamp)) return { dir };
  if (spawnSync("python3", ["-c", "import sys, venv, ensurepip; assert sys.version_info >= (3, 10)"]).status !== 0)
    return { missing: "there is no python3 of version 3.10 or newer with venv. Install one" };
  console.log(`installing what ${requirements} pins (once; about a minute) …`);
  mkdirSync(cache, { recursive: true });
  rmSync(dir, { recursive: true, force: true });
  const made = spawnSync("python3", ["-m", "venv", dir], { encoding: "utf8" });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  const installed = made.status === 0 ? spawnSync(join(dir, "bin/python"), pip, { encoding: "utf8" }) : made;
  if (installed.status !== 0) {
    rmSync(dir, { recursive: true, force: true });
    return { missing: `pip can't install it: ${installed.stderr.trim().split("\n").at(-1)}. Give it access to PyPI` };
  }
  // Written last, so that an interrupted installation is repeated.
  writeFileSync(stamp, "");
  return { dir };
}
