import { checkHub, DeclarationError, type Flow } from "../../model/index.ts";
import { BundleError } from "../bundler/bundle-error.ts";
import { flowCode } from "../bundler/code.ts";
import type { HubConfig } from "../config/config.ts";
import { entryOf } from "../core/flow-entry.ts";
import { flowProblems } from "./flow-problems.ts";
import { importFlows } from "./import-flows.ts";
import { resourceNameProblems } from "./resource-names.ts";

/**
 * Loads each flow file of a folder, sorted by name, checks all flows and bundles their code, so that one broken flow stops the deployment
 * of the hub.
 * @throws DeclarationError with all problems of all flows at once; BundleError likewise, when the flows are sound but can't be bundled
 */
export async function loadFlows(folder: string, config: HubConfig): Promise<readonly Flow[]> {
  const { flows, problems } = await importFlows(folder);
  const all = [...problems, ...flowProblems(flows, config), ...checkHub(flows), ...resourceNameProblems(flows.map(entryOf))];
  if (all.length > 0) throw new DeclarationError(all);
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
