import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { isAdapterName } from "../../model/index.ts";
import { camel, NewFileError, writeFiles } from "../new-flow/write-files.ts";

const TEMPLATES = fileURLToPath(new URL("templates", import.meta.url));
const FILES = ["third-parties/adapter-name.ts", "tests/third-parties/adapter-name.test.ts"] as const;

/**
 * `npm run hub -- adapter new <name>`: writes an adapter with two operations, and its test, which passes.
 * @param name kebab-case, at most 30 characters
 * @param root of the repository
 * @returns what to print
 * @throws NewFileError
 */
export async function newAdapter(name: string, root: string): Promise<string> {
  if (!isAdapterName(name))
    throw new NewFileError(`"${name}" can't name an adapter. Use kebab-case of at most 30 characters, such as price-list.`);
  if (await isTaken(camel(name)))
    throw new NewFileError(
      `"${name}" can't name an adapter: TypeScript or the written files use the word. Name it like ${name}-api.`,
    );
  const files = FILES.map((from) => ({ from, to: from.replace("adapter-name", name) }));
  await writeFiles(TEMPLATES, root, files, { placeholder: "adapter-name", name });
  return [
    `wrote ${files.map(({ to }) => to).join(" and ")}`,
    `test it:  npm test -- ${files[1]?.to}`,
    `use it:   uses: { ${camel(name)} } of a step; npm start simulates the third party`,
  ].join("\n");
}

/** Whether a constant of this name would not compile in a module, beside what the templates declare and import. */
async function isTaken(constant: string): Promise<boolean> {
  try {
    new Script(`"use strict"; async () => { const ${constant} = 0; }`);
  } catch {
    return true;
  }
  const texts = await Promise.all(FILES.map((file) => readFile(join(TEMPLATES, file), "utf8")));
  return texts.some((text) => new RegExp(`^(?:import|const) .*\\b${constant}\\b`, "m").test(text));
}
