import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Levels } from "./evaluate.ts";

/** @returns each stack that has a file, sorted. */
export const stacksOf = (root: string): readonly string[] =>
  readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();

/** @returns the levels of one stack, from the file that `--policy-pack-config` takes. @throws Error when it is not there */
export const levelsOf = (root: string, stack: string): Levels =>
  JSON.parse(readFileSync(join(root, "policy", "config", `${stack}.json`), "utf8")) as Levels;
