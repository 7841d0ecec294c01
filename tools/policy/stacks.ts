import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Levels } from "./evaluate.ts";

/** @returns the stacks with a Pulumi.<stack>.yaml, sorted */
export const stacksOf = (root: string): readonly string[] =>
  readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();

/** @returns the levels of one stack, from policy/config/. @throws Error when the file is missing */
export const levelsOf = (root: string, stack: string): Levels =>
  JSON.parse(readFileSync(join(root, "policy", "config", `${stack}.json`), "utf8")) as Levels;

/** @returns the stacks that the arguments name, `dev prod` or `--stack dev --stack prod`. @default all */
export function stacksNamed(args: readonly string[], root: string): readonly string[] {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { stack: { type: "string", multiple: true } },
    allowPositionals: true,
  });
  const named = [...(values.stack ?? []), ...positionals];
  return named.length > 0 ? named : stacksOf(root);
}
