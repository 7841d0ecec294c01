import { fileURLToPath } from "node:url";
import { isFlowName } from "../../model/index.ts";
import { NewFileError, writeFiles } from "./write-files.ts";

const TEMPLATES = fileURLToPath(new URL("templates", import.meta.url));
const TRIGGERS = ["api", "webhook", "schedule", "poll", "sync"] as const;

/**
 * `npm run hub -- flow new <name>`: writes a flow with one trigger of this kind, and its test, which passes.
 * @param name kebab-case, at most 24 characters
 * @param trigger @default "api"
 * @param root of the repository
 * @returns what to print
 * @throws NewFileError
 */
export async function newFlow(name: string, trigger = "api", root: string): Promise<string> {
  if (!isFlowName(name))
    throw new NewFileError(`"${name}" can't name a flow. Use kebab-case of at most 24 characters, such as order-export.`);
  if (!(TRIGGERS as readonly string[]).includes(trigger))
    throw new NewFileError(`"${trigger}" is no trigger. Use ${TRIGGERS.join(", ")}.`);
  const files = [
    { from: `flows/${trigger}.ts`, to: `flows/${name}.ts` },
    { from: `tests/flows/${trigger}.test.ts`, to: `tests/flows/${name}.test.ts` },
  ];
  await writeFiles(TEMPLATES, root, files, { placeholder: "flow-name", name });
  return [
    `wrote ${files.map(({ to }) => to).join(" and ")}`,
    `test it:  npm test -- tests/flows/${name}.test.ts`,
    "run it:   npm start",
  ].join("\n");
}
