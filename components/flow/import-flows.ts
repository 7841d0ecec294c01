import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Flow, Problem } from "../../model/index.ts";

/** @returns the flows of a folder, sorted by file, unchecked; and the files that export none */
export async function importFlows(
  folder: string,
): Promise<{ readonly flows: readonly Flow[]; readonly problems: readonly Problem[] }> {
  const files = readdirSync(folder).filter((file) => /^[^._].*\.ts$/.test(file) && !/\.(test|types)\.ts$/.test(file));
  const flows: Flow[] = [];
  const problems: Problem[] = [];
  for (const file of files.sort()) {
    const { default: flow } = (await import(pathToFileURL(join(folder, file)).href)) as { default?: unknown };
    if (isFlow(flow)) flows.push(flow);
    else
      problems.push({
        code: "SOURCE",
        where: `flows/${file}`,
        fact: "its default export is no flow",
        remedy: "Write `export default flow(…)`, or move the file out of flows/",
      });
  }
  return { flows, problems };
}

const isFlow = (value: unknown): value is Flow =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "flow";
