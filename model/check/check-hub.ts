import type { Flow } from "../flow.ts";
import { adaptersOf, isImported } from "../graph.ts";
import { handshakeRoute, routedTriggers } from "../trigger.ts";
import type { Problem } from "./problem.ts";

/**
 * Tells what is wrong between flows of one hub: names, routes, adapters and events that clash.
 * @returns all problems at once; each flow by itself is checkFlow's to check.
 */
export function checkHub(flows: readonly Flow[]): readonly Problem[] {
  return [...sharedNames(flows), ...sharedRoutes(flows), ...sharedAdapters(flows), ...strangers(flows)];
}

function* sharedNames(flows: readonly Flow[]): Iterable<Problem> {
  const seen = new Set<string>();
  for (const { name } of flows) {
    if (seen.has(name))
      yield { code: "NAME", where: `flow ${name}`, fact: "two flows share this name", remedy: "Rename one of them" };
    seen.add(name);
  }
  for (const { name, formerly = [] } of flows) {
    const other = flows.find(
      (one) => one.name !== name && [one.name, ...(one.formerly ?? [])].some((of) => formerly.includes(of)),
    );
    if (other)
      yield {
        code: "NAME",
        where: `flow ${name}`,
        fact: `flow ${other.name} has one of its former names, too`,
        remedy: "Let one flow at most have had a name",
      };
  }
}

function* sharedRoutes(flows: readonly Flow[]): Iterable<Problem> {
  const owners = new Map<string, string>();
  for (const flow of flows) {
    for (const route of routedTriggers(flow.triggers).flatMap(([, trigger]) =>
      [trigger.route, handshakeRoute(trigger) ?? []].flat(),
    )) {
      const owner = owners.get(route);
      if (owner !== undefined && owner !== flow.name) {
        yield {
          code: "ROUTE",
          where: `flow ${flow.name}`,
          fact: `flow ${owner} has ${route} already`,
          remedy: "Give each trigger a route of its own",
        };
      }
      owners.set(route, flow.name);
    }
  }
}

function* sharedAdapters(flows: readonly Flow[]): Iterable<Problem> {
  const owners = new Map<string, { flow: string; description: string }>();
  for (const flow of flows) {
    for (const adapter of adaptersOf(flow)) {
      // Two flows may hold equal copies, when each was made by its own call of a function; that is one third party.
      const description = JSON.stringify([
        adapter.baseUrl,
        adapter.auth,
        adapter.timeout,
        adapter.rateLimit,
        adapter.egress,
        Object.keys(adapter.operations as object),
      ]);
      const owner = owners.get(adapter.name);
      if (owner && owner.description !== description) {
        yield {
          code: "ADAPTER",
          where: `flow ${flow.name}, adapter ${adapter.name}`,
          fact: `flow ${owner.flow} declares another third party of this name`,
          remedy: "Share one declaration in third-parties/, or rename one",
        };
      }
      owners.set(adapter.name, { flow: flow.name, description });
    }
  }
}

function* strangers(flows: readonly Flow[]): Iterable<Problem> {
  const published = new Set(
    flows.flatMap((flow) => [
      ...Object.values(flow.triggers).map(({ emits }) => emits.type),
      ...Object.values(flow.steps).flatMap(({ emits }) => emits.map(({ type }) => type)),
    ]),
  );
  for (const flow of flows) {
    for (const { type } of flow.imports) {
      if (isImported(flow, type) && !published.has(type)) {
        yield {
          code: "UNREACHABLE",
          where: `flow ${flow.name}, import ${type}`,
          fact: "no flow of this hub publishes it",
          remedy: "Add the flow that does, or take the import out",
        };
      }
    }
  }
}
