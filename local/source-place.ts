import { readFileSync } from "node:fs";
import type { SourcePlace } from "../console/shared/catalogue.ts";

/**
 * Where a flow is declared, or a step of it, as far as its file shows it.
 * @param file of the flow's module
 * @returns `undefined` for a file that can't be read; line 1 where the declaration is not in it by its name
 */
export function sourcePlace(file: string, flow: string, step?: string): SourcePlace | undefined {
  let lines: readonly string[];
  try {
    lines = readFileSync(file, "utf8").split("\n");
  } catch {
    return undefined;
  }
  const name = (text: string) => text.replaceAll(/[^\w-]/g, ".");
  const patterns =
    step === undefined
      ? [new RegExp(`\\bflow\\(\\s*["'\`]${name(flow)}["'\`]`), /\bflow\(/]
      : [new RegExp(`\\bconst ${name(step)}\\b`), new RegExp(`^\\s*["']?${name(step)}["']?(?:: |,$)`)];
  const found = patterns.map((pattern) => lines.findIndex((line) => pattern.test(line))).find((line) => line >= 0);
  return { file, line: (found ?? 0) + 1 };
}
