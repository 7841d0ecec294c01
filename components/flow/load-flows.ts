import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { adaptersOf, checkFlow, checkHub, DeclarationError, type Flow, type Problem } from "../../model/index.ts";
import { BundleError } from "../bundler/bundle-error.ts";
import { flowCode } from "../bundler/code.ts";
import { withoutIssuer } from "../config/callers.ts";
import type { HubConfig } from "../config/config.ts";

/**
 * Loads each flow file of a folder, sorted by name, checks them all, and makes their code, so that nothing is deployed of a hub in
 * which one flow is broken.
 * @throws DeclarationError with all problems of all flows at once; BundleError likewise, when they are sound but can't become code
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
  problems.push(...flows.flatMap((flow) => checkFlow(flow)), ...checkHub(flows), ...unknownReferences(flows, config));
  problems.push(...flows.flatMap((flow) => withoutIssuer(flow, config.jwt)));
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

/** Settings that no flow uses. A misspelt name would leave the declared address in place, or the secret empty. */
function unknownReferences(flows: readonly Flow[], { thirdParties, secrets }: HubConfig): readonly Problem[] {
  const used = new Set(flows.flatMap((flow) => adaptersOf(flow).map(({ name }) => name)));
  const declared = new Set(flows.flatMap(secretsOf));
  const tell = (setting: string, given: object, known: ReadonlySet<string>, code: Problem["code"], what: string): Problem[] =>
    Object.keys(given)
      .filter((name) => !known.has(name))
      .map((name) => ({
        code,
        where: `config hub:${setting}, ${name}`,
        fact: `no flow uses a ${what} of this name`,
        remedy: `Use one of ${[...known].sort().join(", ")}`,
      }));
  return [
    ...tell("thirdParties", thirdParties, used, "ADAPTER", "third party"),
    ...tell("secrets", secrets, declared, "SECRET", "secret"),
  ];
}

/** Names of the secrets that a flow declares. */
function secretsOf(flow: Flow): readonly string[] {
  return [
    ...adaptersOf(flow).flatMap(({ auth }) => (auth.kind === "none" ? [] : [auth.secret])),
    ...Object.values(flow.triggers).flatMap((trigger) => (trigger.kind === "webhook" ? [trigger.verify.secret] : [])),
  ];
}
