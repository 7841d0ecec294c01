import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { UserError } from "../user-error.ts";

interface Assets {
  readonly assets: Readonly<Record<string, { readonly path: string } | { readonly text: string } | Assets>>;
}
/** Code as a recording holds it: a folder, or files by name. */
export type Code = { readonly path: string } | Assets;

/**
 * Unpacks a function's code into a folder named by its hash, so that running functions keep theirs while new code is built.
 *
 * @param root folder that relative paths start at
 * @param into folder that holds the unpacked versions
 * @throws UserError when a file is missing, or the code is a zip: only the program that wrote it knows what is in it
 */
export function unpackCode(code: Code, root: string, into: string): { readonly dir: string; readonly hash: string } {
  const files = filesOf(code, root).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash("sha256");
  for (const [name, content] of files) digest.update(`${name}\0${content.length}\0`).update(content);
  const hash = digest.digest("hex").slice(0, 32);
  const dir = join(into, hash);
  if (!existsSync(dir)) {
    // Written aside and renamed, so that a folder with this name is always whole.
    const aside = `${dir}.${process.pid}`;
    for (const [name, content] of files) {
      mkdirSync(dirname(join(aside, name)), { recursive: true });
      writeFileSync(join(aside, name), content);
    }
    renameSync(aside, dir);
  }
  return { dir, hash };
}

/** Removes unpacked versions that no function has any more. */
export function pruneCode(into: string, keep: ReadonlySet<string>): void {
  if (!existsSync(into)) return;
  for (const name of readdirSync(into)) if (!keep.has(name)) rmSync(join(into, name), { recursive: true, force: true });
}

function filesOf(code: Code, root: string): [name: string, content: Buffer][] {
  if ("path" in code) return folder(resolve(root, code.path));
  return Object.entries(code.assets).flatMap(([name, asset]): [string, Buffer][] => {
    if ("text" in asset) return [[name, Buffer.from(asset.text)]];
    if ("assets" in asset) return filesOf(asset, root).map(([inner, content]) => [join(name, inner), content]);
    const path = resolve(root, asset.path);
    return kindOf(path) === "folder"
      ? folder(path).map(([inner, content]) => [join(name, inner), content])
      : [[name, readFileSync(path)]];
  });
}

function folder(path: string): [string, Buffer][] {
  if (kindOf(path) !== "folder")
    throw new UserError(`The code ${path} is not a folder. Give the function an AssetArchive, or a FileArchive of a folder.`);
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(path, file), readFileSync(file)]);
}

function kindOf(path: string): "file" | "folder" {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UserError(`The code ${path} is not there. Build it before the program names it.`);
  return found.isDirectory() ? "folder" : "file";
}
