import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isFlowName } from "../../model/index.ts";

const TEMPLATES = fileURLToPath(new URL("templates", import.meta.url));
const TRIGGERS = ["api", "webhook", "schedule", "sync"] as const;
/** What the templates are called, in the forms of a file and of an event. */
const KEBAB = "flow-name";
const PASCAL = "FlowName";
const CAMEL = "flowName";

/** A name, trigger or file that can't be used: for the user, without a stack. */
export class NewFlowError extends Error {
  override readonly name = "NewFlowError";
}

/**
 * `npm run hub -- flow new <name>`: writes a flow with one trigger of this kind, and its test, which passes.
 * @param name kebab-case, at most 24 characters
 * @param trigger @default "api"
 * @param root of the repository
 * @returns what to print
 * @throws NewFlowError
 */
export async function newFlow(name: string, trigger = "api", root: string): Promise<string> {
  if (!isFlowName(name))
    throw new NewFlowError(`"${name}" can't name a flow. Use kebab-case of at most 24 characters, such as order-export.`);
  if (!(TRIGGERS as readonly string[]).includes(trigger))
    throw new NewFlowError(`"${trigger}" is no trigger. Use ${TRIGGERS.join(", ")}.`);
  const files = [
    { from: `flows/${trigger}.ts`, to: `flows/${name}.ts` },
    { from: `tests/flows/${trigger}.test.ts`, to: `tests/flows/${name}.test.ts` },
  ];
  const taken = files.find(({ to }) => existsSync(join(root, to)));
  if (taken) throw new NewFlowError(`${taken.to} exists. Remove it, or choose another name.`);
  for (const { from, to } of files) {
    const text = named(await readFile(join(TEMPLATES, from), "utf8"), name, trigger);
    await mkdir(dirname(join(root, to)), { recursive: true });
    await writeFile(join(root, to), text, { flag: "wx" });
  }
  return [
    `wrote ${files.map(({ to }) => to).join(" and ")}`,
    `test it:  npm test -- tests/flows/${name}.test.ts`,
    "run it:   npm start",
  ].join("\n");
}

const pascal = (name: string) => name.replace(/(^|-)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());

/** The templates are code of this repository, so that its checks hold for them: only names and the depth of imports differ. */
function named(text: string, name: string, trigger: string): string {
  const camel = pascal(name).replace(/^./, (letter) => letter.toLowerCase());
  return text
    .replaceAll(`/flows/${trigger}.ts`, `/flows/${name}.ts`)
    .replaceAll(/"(?:\.\.\/)+(model|testing)\/index\.ts"/g, (_, folder: string) =>
      folder === "model" ? '"../model/index.ts"' : '"../../testing/index.ts"',
    )
    .replaceAll(PASCAL, pascal(name))
    .replaceAll(CAMEL, camel)
    .replaceAll(KEBAB, name);
}
