import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { writePrivateFile } from "../private-files.ts";
import { UserError } from "../user-error.ts";

interface Assets {
  readonly assets: Readonly<Record<string, { readonly path: string } | { readonly text: string } | Assets>>;
}
/** A function's code as a recording contains it: a folder, or files by name. */
export type Code = { readonly path: string } | Assets;

/**
 * Unpacks a function's code into a folder named by the code's hash, so that running functions keep their version. Its source maps lead to the
 * files in `root`: a trace shows a path that exists, and a debugger stops there.
 *
 * @param root base of relative paths, and of the sources in source maps
 * @param into folder of the unpacked versions
 * @returns the code's folder, and its hash (32 hexadecimal digits)
 * @throws UserError when a file is missing, or the code is a zip file
 */
export function unpackCode(code: Code, root: string, into: string): { readonly dir: string; readonly hash: string } {
  const files = filesOf(code, root)
    .map(([name, content]): [string, Buffer] => [name, /\.[cm]?js\.map$/.test(name) ? rooted(content, root) : content])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash("sha256");
  for (const [name, content] of files) digest.update(`${name}\0${content.length}\0`).update(content);
  const hash = digest.digest("hex").slice(0, 32);
  const dir = join(into, hash);
  if (!existsSync(dir)) {
    // Written to a temporary folder and renamed, so that a folder of this name is always complete.
    const temporary = `${dir}.${process.pid}`;
    for (const [name, content] of files) {
      mkdirSync(dirname(join(temporary, name)), { recursive: true, mode: 0o700 });
      writePrivateFile(join(temporary, name), content);
    }
    renameSync(temporary, dir);
  }
  return { dir, hash };
}

/** @returns the source map with a base for its relative sources. https://tc39.es/ecma426/#json-sourceRoot */
function rooted(content: Buffer, root: string): Buffer {
  const map = JSON.parse(content.toString()) as object;
  return Buffer.from(JSON.stringify({ ...map, sourceRoot: `${pathToFileURL(resolve(root)).href}/` }));
}

const COMPILED = ".compiled";
/** Some 100 MB of what Node compiled: more is removed, which Node itself never does. */
const MANY_FILES = 500;
/**
 * Where Node keeps what it compiled of the versions in one folder, for the next worker that loads one. They share it, so that no version's first
 * worker compiles what all workers load.
 */
export const compiledDir = (codeDir: string): string => join(dirname(codeDir), COMPILED);

/** Removes the unpacked versions whose hash is not in `keep`, and what Node compiled when it is too much. */
export function pruneCode(into: string, keep: ReadonlySet<string>): void {
  if (!existsSync(into)) return;
  const isKept = (name: string) =>
    name === COMPILED ? readdirSync(join(into, name), { recursive: true }).length <= MANY_FILES : keep.has(name);
  for (const name of readdirSync(into)) if (!isKept(name)) rmSync(join(into, name), { recursive: true, force: true });
}

function filesOf(code: Code, root: string): [name: string, content: Buffer][] {
  if ("path" in code) return filesIn(resolve(root, code.path));
  return Object.entries(code.assets).flatMap(([name, asset]): [string, Buffer][] => {
    if ("text" in asset) return [[name, Buffer.from(asset.text)]];
    if ("assets" in asset) return filesOf(asset, root).map(([inner, content]) => [join(name, inner), content]);
    const path = resolve(root, asset.path);
    return kindOf(path) === "folder"
      ? filesIn(path).map(([inner, content]) => [join(name, inner), content])
      : [[name, readFileSync(path)]];
  });
}

function filesIn(path: string): [string, Buffer][] {
  if (kindOf(path) !== "folder")
    throw new UserError(`The code ${path} is not a folder. Give the function an AssetArchive, or a FileArchive of a folder.`);
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(path, file), readFileSync(file)]);
}

function kindOf(path: string): "file" | "folder" {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new UserError(`The code ${path} does not exist. Build it before running the program.`);
  return stats.isDirectory() ? "folder" : "file";
}
