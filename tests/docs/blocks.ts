import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");
export const PAGES: readonly string[] = globSync(["*.md", "docs/**/*.md"], { cwd: ROOT }).sort();

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Line of its first line of text, counted from 1. */
  readonly line: number;
  /** What stands behind the fence, such as `ts`; "" where nothing does. */
  readonly language: string;
  readonly text: string;
  /** Why it can't be checked: `<!-- not checked: … -->` in the line before the fence. */
  readonly unchecked?: string;
}

/** A line outside of fenced blocks. */
export interface ProseLine {
  readonly page: string;
  readonly line: string;
  readonly number: number;
}

export const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** @returns the fenced blocks of a page, and the lines outside of them */
export function partsOf(
  page: string,
  text = textOf(page),
): { readonly blocks: readonly Block[]; readonly prose: readonly ProseLine[] } {
  const blocks: Block[] = [];
  const prose: ProseLine[] = [];
  let open: { readonly mark: string; readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const [, mark, language = ""] = /^\s*(```+|~~~+)\s*(\S*)/.exec(line) ?? [];
    if (open && mark === open.mark && language === "") {
      const [, unchecked] = /^<!-- not checked: (.+) -->$/.exec(prose.at(-1)?.line ?? "") ?? [];
      const block = { page, line: open.line, language: open.language, text: open.lines.join("\n") };
      blocks.push(unchecked === undefined ? block : { ...block, unchecked });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (mark !== undefined) open = { mark, language, line: index + 2, lines: [] };
    else prose.push({ page, line, number: index + 1 });
  }
  return { blocks, prose };
}

/** @returns the blocks in these languages, of all pages, that can be checked */
export const blocksIn = (...languages: readonly string[]): readonly Block[] =>
  PAGES.flatMap((page) => partsOf(page).blocks).filter(
    ({ language, unchecked }) => languages.includes(language) && unchecked === undefined,
  );
