import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkHub, DeclarationError, type Flow, type Problem } from "../../model/index.ts";
import { BundleError } from "../bundler/bundle-error.ts";
import { flowCode } from "../bundler/code.ts";
import type { HubConfig } from "../config/config.ts";
import { entryOf } from "../core/flow-entry.ts";
import { flowProblems } from "./flow-problems.ts";
import { resourceNameProblems } from "./resource-names.ts";

/**
 * Loads each flow file of a folder, sorted by name, checks all flows and bundles their code, so that one broken flow stops the deployment
 * of the hub.
 * @throws DeclarationError with all problems of all flows at once; BundleError likewise, when the flows are sound but can't be bundled
 */
export async function loadFlows(folder: string, config: HubConfig): Promise<readonly Flow[]> {
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
  problems.push(...flowProblems(flows, config), ...checkHub(flows), ...resourceNameProblems(flows.map(entryOf)));
  if (problems.length > 0) throw new DeclarationError(problems);
  await makeCode(flows);
  return flows;
}

async function makeCode(flows: readonly Flow[]): Promise<void> {
  const outcomes = await Promise.allSettled(flows.map((flow) => flowCode({ flow, source: flow })));
  const errors: unknown[] = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  const other = errors.find((error) => !(error instanceof BundleError));
  if (other !== undefined) throw other;
  const problems = errors.flatMap((error) => (error instanceof BundleError ? error.problems : []));
  // A problem of the shared runtime comes once with each flow.
  if (problems.length > 0)
    throw new BundleError([...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]);
}

const isFlow = (value: unknown): value is Flow =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "flow";
