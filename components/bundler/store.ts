import { createHash, randomBytes } from "node:crypto";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file of a bundle: its name and what it holds. */
export interface BundleFile {
  readonly name: string;
  readonly contents: Uint8Array;
}

/** Files of a bundle on disk: name -> absolute path. */
export type StoredFiles = Readonly<Record<string, string>>;

/**
 * Writes a bundle's files to `<folder>/<hash of what they hold>/`, whole or not at all, and only if they are not there yet.
 * @returns where each file is.
 */
export async function store(folder: string, files: readonly BundleFile[]): Promise<StoredFiles> {
  const target = join(folder, hashOf(files));
  if (!(await exists(target))) {
    const draft = join(folder, `.${process.pid}-${randomBytes(6).toString("hex")}`);
    for (const { name, contents } of files) {
      await mkdir(dirname(join(draft, name)), { recursive: true });
      await writeFile(join(draft, name), contents);
    }
    await rename(draft, target).catch(async (error: NodeJS.ErrnoException) => {
      await rm(draft, { recursive: true, force: true });
      // Another process was faster, with the same bytes.
      if (!(await exists(target))) throw error;
    });
  }
  return Object.fromEntries(files.map(({ name }) => [name, join(target, name)]));
}

/** First 16 hex digits of SHA-256 over names and contents. */
function hashOf(files: readonly BundleFile[]): string {
  const hash = createHash("sha256");
  for (const { name, contents } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(`${name}\0${contents.length}\0`).update(contents);
  return hash.digest("hex").slice(0, 16);
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
