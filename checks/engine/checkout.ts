import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
/** Files of the Pulumi program. */
const PARTS = ["index.ts", "Pulumi.yaml", "Pulumi.dev.yaml", "package.json", "tsconfig.json"];
const FOLDERS = ["protocol", "model", "events", "third-parties", "flows", "runtime", "components", "policy"];

/** A copy of the program that can be changed and restored. */
export interface Checkout {
  readonly root: string;
  /** @throws Error when `from` is not in the file exactly once */
  replace(file: string, from: string, to: string): void;
  read(file: string): string;
  write(file: string, text: string): void;
  remove(file: string): void;
  /** Deletes it. */
  drop(): void;
}

export function checkout(): Checkout {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "hub-program-")));
  for (const part of [...PARTS, ...FOLDERS])
    if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(realpathSync(join(ROOT, "node_modules")), join(root, "node_modules"), "dir");
  return {
    root,
    replace(file, from, to) {
      const text = readFileSync(join(root, file), "utf8");
      if (text.split(from).length !== 2) throw new Error(`${file} does not hold "${from}" exactly once. Change the test.`);
      writeFileSync(join(root, file), text.replace(from, to));
    },
    read: (file) => readFileSync(join(root, file), "utf8"),
    write: (file, text) => writeFileSync(join(root, file), text),
    remove: (file) => rmSync(join(root, file)),
    drop: () => rmSync(root, { recursive: true, force: true }),
  };
}
