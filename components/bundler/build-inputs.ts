import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Metafile } from "esbuild";
import { BUILTIN } from "./builtins.ts";
import { ENTRY } from "./guard.ts";

/**
 * What the output of a build depends on: question about the file system -> answer. A question is one of
 * - `file <path>`: SHA-256 of the content, or `absent`;
 * - `names <path>`: SHA-256 of the names in a folder, or `absent`;
 * - `package <name> <path>`: where Node's algorithm finds the package from that folder, or `absent`.
 * Paths are relative to the root of the build, so that a copy of the repository asks the same.
 */
export type Inputs = Readonly<Record<string, string>>;

/**
 * Everything that decides what esbuild made: each source, each `package.json` that esbuild may have read beside or above a source (present or
 * not), where each package was found, and the names in a folder where an import does not spell its file out.
 * @param inputs of the metafile
 * @param beganAt when esbuild began to read, or before, ms since the epoch
 * @returns undefined where an input is no file, so that nothing is known about when it changes, and where one may have changed since: what
 *   is read now is not what was built
 */
export function inputsOf(root: string, inputs: Metafile["inputs"], beganAt: number): Inputs | undefined {
  const all: (readonly [question: string, answer: string])[] = [];
  for (const [file, input] of Object.entries(inputs)) {
    if (file.startsWith(`${BUILTIN}:`)) continue; // no file: the version of Node decides it
    if (!known.has(input)) known.set(input, answersAbout(root, file, input, beganAt));
    const answers = known.get(input);
    if (!answers) return undefined;
    all.push(...answers);
  }
  return Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
}

type Input = Metafile["inputs"][string];
/** What one build read for several outputs is asked about once. */
const known = new WeakMap<Input, readonly (readonly [question: string, answer: string])[] | undefined>();

function answersAbout(root: string, file: string, { imports }: Input, beganAt: number) {
  const questions = new Set<string>();
  const isEntry = file.startsWith(ENTRY);
  if (!isEntry) {
    const stats = statSync(join(root, file), { throwIfNoEntry: false });
    if (!stats?.isFile() || stats.ctimeMs >= beganAt + 1) return undefined;
    questions.add(`file ${file}`);
    for (const folder of foldersAbove(root, dirname(file))) questions.add(`file ${posix(join(folder, "package.json"))}`);
  }
  const folder = isEntry ? "." : posix(dirname(file));
  for (const { path, original = path, external } of imports) {
    if (/^[./]/.test(original)) {
      const spelled = posix(relative(root, resolve(root, folder, original)));
      if (external || spelled === path) continue;
      questions
        .add(`names ${posix(dirname(spelled))}`)
        .add(`names ${spelled}`)
        .add(`names ${posix(dirname(path))}`);
    } else if (!isBuiltin(original) && !original.startsWith("#")) questions.add(`package ${packageOf(original)} ${folder}`);
  }
  return [...questions].map((question) => [question, answerTo(root, question)] as const);
}

/** @returns whether each answer is still the same */
export const areUnchanged = (root: string, inputs: Inputs): boolean =>
  Object.entries(inputs).every(([question, answer]) => answerTo(root, question) === answer);

function answerTo(root: string, question: string): string {
  const [kind, rest] = cut(question);
  try {
    if (kind === "file") return contentHash(join(root, rest));
    if (kind === "names") return hashOf(readdirSync(join(root, rest)).sort().join("\0"));
    const [name, folder] = cut(rest);
    return placeOf(root, resolve(root, folder), name);
  } catch {
    return "absent";
  }
}

/** The first word, and the rest: a path may hold spaces. */
const cut = (text: string) => [text.slice(0, text.indexOf(" ")), text.slice(text.indexOf(" ") + 1)] as const;

const hashOf = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

/** Path -> state of the file when it was read, and the hash: flows share most of their sources. */
const hashes = new Map<string, readonly [state: string, hash: string]>();
function contentHash(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const state = [ino, size, mtimeNs, ctimeNs].join();
  const known = hashes.get(path);
  if (known?.[0] === state) return known[1];
  const hash = hashOf(readFileSync(path));
  // A file that has just been written may change again without a new time stamp.
  if (Date.now() - Number(mtimeNs / 1_000_000n) > 1_000) hashes.set(path, [state, hash]);
  return hash;
}

/** https://nodejs.org/api/modules.html#loading-from-node_modules-folders */
function placeOf(root: string, from: string, name: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (statSync(place, { throwIfNoEntry: false })) return posix(relative(root, realpathSync(place)));
    if (dirname(folder) === folder) return "absent";
  }
}

/** The folder and those above it, up to the root of the build or to the package's own folder. */
function* foldersAbove(root: string, start: string): Iterable<string> {
  for (let folder = start; ; folder = dirname(folder)) {
    yield folder;
    const isPackage = /(^|\/)node_modules\/(@[^/]+\/)?[^/@][^/]*$/.test(posix(folder));
    if (isPackage || folder === "." || resolve(root, folder) === resolve(root, folder, "..")) return;
  }
}

const packageOf = (specifier: string) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
const posix = (path: string) => path.split(sep).join("/");
