// npm run docs [-- --check]: writes the pages that the program generates; with --check it only reports which are stale.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { record } from "../local/record/record.ts";
import { generatedPages, OPENAPI } from "./generated-pages.ts";
import { lint } from "./openapi/lint.ts";

const ROOT = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");

try {
  const pages = await generatedPages(await record({ root: ROOT }));
  const stale = Object.entries(pages).filter(([page, text]) => textOf(join(ROOT, page)) !== text);
  for (const [page, text] of check ? [] : stale) writeFileSync(join(ROOT, page), text);
  for (const [page] of stale) console.log(check ? `${page}: it is stale. Run npm run docs.` : `wrote ${page}`);
  const faults = await lint(pages[OPENAPI] ?? "");
  for (const fault of faults)
    console.log(`${OPENAPI}: Redocly reports ${fault}. Fix tools/openapi/, or the flow that it comes from.`);
  process.exitCode = (check && stale.length > 0) || faults.length > 0 ? 1 : 0;
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
