import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A name, trigger or file that can't be used: for the user, without a stack. */
export class NewFileError extends Error {
  override readonly name = "NewFileError";
}

/** A file to write, by paths from the folder of the templates and from the root of the repository. */
interface NewFile {
  readonly from: string;
  readonly to: string;
}

export interface Names {
  /** What the templates are called, in kebab-case. */
  readonly placeholder: string;
  /** What the written files are called, in kebab-case. */
  readonly name: string;
}

/**
 * Writes files from templates, which are code of this repository, so that its checks hold for them: only names and the depth of imports
 * differ.
 * @param templates their folder
 * @param root of the repository
 * @throws NewFileError when one of the files exists; none is written then
 */
export async function writeFiles(templates: string, root: string, files: readonly NewFile[], names: Names): Promise<void> {
  const taken = files.find(({ to }) => existsSync(join(root, to)));
  if (taken) throw new NewFileError(`${taken.to} exists. Remove it, or choose another name.`);
  for (const { from, to } of files) {
    const text = files.reduce(
      (replaced, other) => replaced.replaceAll(`/${other.from}"`, `/${other.to}"`),
      named(await readFile(join(templates, from), "utf8"), to, names),
    );
    await mkdir(dirname(join(root, to)), { recursive: true });
    await writeFile(join(root, to), text, { flag: "wx" });
  }
}

const pascal = (name: string) => name.replace(/(^|-)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
/** @returns `orderExport` of `order-export` */
export const camel = (name: string): string => pascal(name).replace(/^./, (letter) => letter.toLowerCase());

function named(text: string, to: string, { placeholder, name }: Names): string {
  const up = "../".repeat(to.split("/").length - 1);
  return text
    .replaceAll(/"(?:\.\.\/)+(model|testing)\/index\.ts"/g, (_, folder: string) => `"${up}${folder}/index.ts"`)
    .replaceAll(pascal(placeholder), pascal(name))
    .replaceAll(camel(placeholder), camel(name))
    .replaceAll(placeholder, name);
}
