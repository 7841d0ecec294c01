import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { scriptOptions } from "../../local/script-options.ts";
import type { Levels } from "./evaluate.ts";

/** @returns the stacks with a Pulumi.<stack>.yaml, sorted */
export const stacksOf = (root: string): readonly string[] =>
  readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();

/** @returns the levels of one stack, from policy/config/. @throws Error when the file is missing or holds no JSON */
export function levelsOf(root: string, stack: string): Levels {
  const file = `policy/config/${stack}.json`;
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")) as Levels;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file} can't be read (${code ?? "it is no JSON"}). Copy that of a stack that is deployed in the same way.`);
  }
}

/** @param script such as `npm run policy` @returns the stacks that its arguments name, `dev prod` or `--stack dev --stack prod`. @default all */
export function stacksNamed(script: string, root: string): readonly string[] {
  const { values, positionals } = scriptOptions(script, { stack: { type: "string", multiple: true } }, "stack");
  const named = [...(values.stack ?? []), ...positionals];
  return named.length > 0 ? named : stacksOf(root);
}
