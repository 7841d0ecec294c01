// npm run docs [-- --check]: writes the pages that the program generates; with --check it only reports which are stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { record } from "../local/record/record.ts";
import { scriptOptions } from "../local/script-options.ts";
import { CATALOGUE } from "./catalogue/files.ts";
import { generatedPages, OPENAPI } from "./generated-pages.ts";
import { lint } from "./openapi/lint.ts";

const ROOT = join(import.meta.dirname, "..");
const { check = false } = scriptOptions("npm run docs", { check: { type: "boolean" } }).values;

try {
  const pages = await generatedPages(await record({ root: ROOT }));
  const stale = Object.entries(pages).filter(([page, text]) => textOf(join(ROOT, page)) !== text);
  const leftOver = filesOf(CATALOGUE).filter((file) => pages[file] === undefined);
  if (!check) {
    for (const [page, text] of stale) write(join(ROOT, page), text);
    for (const file of leftOver) rmSync(join(ROOT, file));
  }
  for (const [page] of stale) console.log(check ? `${page}: it is stale. Run npm run docs.` : `wrote ${page}`);
  for (const file of leftOver) console.log(check ? `${file}: nothing generates it. Run npm run docs.` : `deleted ${file}`);
  const faults = await lint(pages[OPENAPI] ?? "");
  for (const fault of faults)
    console.log(`${OPENAPI}: Redocly reports ${fault}. Fix tools/openapi/, or the flow that it comes from.`);
  process.exitCode = (check && stale.length + leftOver.length > 0) || faults.length > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // not written yet
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Paths from the root, with slashes. */
function filesOf(folder: string): readonly string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}
