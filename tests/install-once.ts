import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Installs what a package of its own pins, such as bench/, once for each of its lockfiles. @throws Error when npm fails */
export function installOnce(folder: string): void {
  const lockfile = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const stamp = join(folder, "node_modules", ".hub-install");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lockfile) return;
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, stdio: ["ignore", 2, 2] });
  if (npm.status !== 0)
    throw new Error(
      `npm could not install ${join(folder, "package-lock.json")}. Correct what it reports above, then run this again.`,
    );
  writeFileSync(stamp, lockfile);
}
