import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { copyProgram } from "../../tests/e2e/program-copy.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const ADDED = [
  "bench/expansion/child.ts",
  "bench/process-tree.ts",
  "tests/components/hub-config.ts",
  "tests/components/samples/five-steps.ts",
];

/** A copy of the program that makes hubs of many flows, with the installed packages but an empty cache of bundles of its own. */
export function copyForExpansion(): { readonly child: string; readonly forget: () => void; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "hub-bench-expansion-"));
  copyProgram(root);
  for (const file of ADDED) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(ROOT, file), join(root, file));
  }
  const packages = join(root, "node_modules");
  unlinkSync(packages);
  mkdirSync(packages);
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (name !== ".cache") symlinkSync(join(ROOT, "node_modules", name), join(packages, name));
  return {
    child: join(root, "bench/expansion/child.ts"),
    /** Nothing is built any more. */
    forget: () => {
      for (const made of [join(packages, ".cache"), join(root, ".build")]) rmSync(made, { recursive: true, force: true });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
