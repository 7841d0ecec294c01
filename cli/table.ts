import { cut } from "./terminal.ts";

const GAP = 2;
/** A column that is cut keeps this many characters. */
const LEAST = 8;

/**
 * Formats rows in columns as wide as their longest cell, two spaces apart.
 * @param width characters that a line may have: the widest columns are cut. @default no limit
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string {
  const widths = fitted(
    head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0))),
    width,
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cut(cell, widths[i] ?? 0).padEnd(widths[i] ?? 0))
        .join(" ".repeat(GAP))
        .trimEnd(),
    )
    .join("\n");
}

/** @returns an ISO 8601 time without its milliseconds */
export const toSeconds = (time: string): string => time.replace(/\.\d+Z$/, "Z");

function fitted(widths: readonly number[], width: number): readonly number[] {
  const result = [...widths];
  const total = () => result.reduce((sum, one) => sum + one, GAP * (result.length - 1));
  while (total() > width) {
    const widest = result.indexOf(Math.max(...result));
    const size = result[widest] ?? 0;
    if (size <= LEAST) break;
    result[widest] = size - 1;
  }
  return result;
}
