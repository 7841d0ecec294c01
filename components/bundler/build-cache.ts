import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { areUnchanged, type Inputs } from "./build-inputs.ts";
import type { BundleFile } from "./store.ts";

/** Outputs that are kept for the same request: a developer goes back and forth between a few. */
const KEPT = 4;
/** Bytes of all outputs. The least recently used are removed first. */
const MAX_BYTES = 256 * 1024 * 1024;

interface Manifest {
  readonly inputs: Inputs;
  /** Name -> SHA-256 of its content. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Outputs of esbuild on disk, at `<folder>/<request>/<inputs>/`, for any number of processes at once: an entry is written whole or not at
 * all, and its content is checked when it is read. Whatever goes wrong with the disk, the bundle is built.
 */
export class BuildCache {
  readonly #folder: string;
  #pruned = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param request everything that decides the output but the file system
   * @param root what paths of inputs are relative to
   * @returns what the request made of inputs that are still the same
   */
  find(request: string, root: string): readonly BundleFile[] | undefined {
    const folder = join(this.#folder, hashOf(request));
    for (const name of namesIn(folder)) {
      const found = read(join(folder, name), root);
      if (found) return found;
    }
    return undefined;
  }

  put(request: string, inputs: Inputs, files: readonly BundleFile[]): void {
    const folder = join(this.#folder, hashOf(request));
    const draft = join(this.#folder, `.${process.pid}-${randomBytes(6).toString("hex")}`);
    try {
      mkdirSync(draft, { recursive: true });
      for (const { name, contents } of files) writeFileSync(join(draft, name), contents);
      const manifest: Manifest = {
        inputs,
        files: Object.fromEntries(files.map(({ name, contents }) => [name, hashOf(contents)])),
      };
      writeFileSync(join(draft, MANIFEST), JSON.stringify(manifest));
      mkdirSync(folder, { recursive: true });
      renameSync(draft, join(folder, hashOf(JSON.stringify(inputs))));
      this.#prune(folder);
    } catch {
      // The disk is full or read-only, or another process was faster.
      rmSync(draft, { recursive: true, force: true });
    }
  }

  #prune(folder: string): void {
    for (const { path } of entriesIn(folder).slice(KEPT)) rmSync(path, { recursive: true, force: true });
    if (this.#pruned) return;
    this.#pruned = true;
    let bytes = 0;
    const all = namesIn(this.#folder).flatMap((name) => entriesIn(join(this.#folder, name)));
    for (const { path } of all.sort((a, b) => b.used - a.used)) {
      bytes += sizeOf(path);
      if (bytes > MAX_BYTES) rmSync(path, { recursive: true, force: true });
    }
  }
}

const MANIFEST = "manifest.json";

function read(entry: string, root: string): readonly BundleFile[] | undefined {
  try {
    const { inputs, files } = JSON.parse(readFileSync(join(entry, MANIFEST), "utf8")) as Manifest;
    if (!areUnchanged(root, inputs)) return undefined;
    const found = Object.entries(files).map(([name, hash]) => {
      const contents = readFileSync(join(entry, name));
      if (hashOf(contents) !== hash) throw new Error(`${entry} is damaged`);
      return { name, contents };
    });
    const now = new Date();
    utimesSync(join(entry, MANIFEST), now, now);
    return found;
  } catch {
    return undefined;
  }
}

/** The entries of a request, the last used first. */
function entriesIn(folder: string) {
  return namesIn(folder)
    .flatMap((name) => {
      const path = join(folder, name);
      const manifest = statSync(join(path, MANIFEST), { throwIfNoEntry: false });
      return manifest ? [{ path, used: manifest.mtimeMs }] : [];
    })
    .sort((a, b) => b.used - a.used);
}

const sizeOf = (folder: string) =>
  namesIn(folder).reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}

const hashOf = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex").slice(0, 32);
