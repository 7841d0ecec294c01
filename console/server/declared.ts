import type { FlowGraph } from "../../model/graph.ts";
import type { FlowTargets } from "../../protocol/dead-letter.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import type { EventSchemas } from "../../protocol/run-again.ts";
import { DOCUMENTS } from "../../protocol/table.ts";
import type { Json, Resource, ShownHub } from "./hub-port.ts";

/** What a route of the gateway takes, as the flow's component describes it. */
export interface DeclaredRoute {
  readonly flow: string;
  readonly trigger: string;
  readonly kind: "api" | "webhook" | "sync";
  readonly route: string;
  readonly events: readonly { readonly name: string; readonly summary?: string; readonly schema: Json }[];
  /** Schemas of query and path parameters, by name; only of synchronous endpoints. */
  readonly parameters?: Readonly<Record<string, Json>>;
  readonly request?: Json;
  readonly bodiless?: boolean;
}

const flowsIn = ({ resources }: Pick<ShownHub, "resources">) => resources.filter(({ type }) => type === COMPONENTS.flow);

export const graphsOf = (hub: Pick<ShownHub, "resources">): readonly FlowGraph[] =>
  flowsIn(hub)
    .map(({ inputs }) => inputs.graph as FlowGraph)
    .sort((a, b) => (a.flow < b.flow ? -1 : 1));

export const routesOf = (hub: Pick<ShownHub, "resources">): readonly DeclaredRoute[] =>
  flowsIn(hub).flatMap(({ inputs }) =>
    (JSON.parse(String(inputs.routes ?? "[]")) as readonly Omit<DeclaredRoute, "flow">[]).map((route) => ({
      ...route,
      flow: (inputs.graph as FlowGraph).flow,
    })),
  );

/** @returns the schemas of each event that the flows publish, by its name */
export const schemasIn = (hub: Pick<ShownHub, "resources">): Readonly<Record<string, EventSchemas>> =>
  Object.assign(
    {},
    ...flowsIn(hub).map(({ inputs }) => JSON.parse(String(inputs.schemas ?? "{}")) as Readonly<Record<string, EventSchemas>>),
  ) as Readonly<Record<string, EventSchemas>>;

export interface DeclaredParty {
  readonly name: string;
  readonly baseUrl: string;
  readonly auth: { readonly kind: string };
  readonly operations: readonly { readonly name: string; readonly method: string; readonly path: string }[];
  readonly rateLimit?: { readonly calls: number; readonly per: string };
  readonly clientCertificate?: string;
}
export const partiesOf = ({ resources }: Pick<ShownHub, "resources">): readonly DeclaredParty[] =>
  resources
    .filter(({ type }) => type === COMPONENTS.thirdParty)
    .map(({ inputs }) => inputs as unknown as DeclaredParty)
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** Names of the fields that the flows mark as personal data. */
export function personalFields({ resources }: Pick<ShownHub, "resources">): ReadonlySet<string> {
  const known = personal.get(resources);
  if (known) return known;
  const items = resources
    .filter(({ type }) => type === "aws:dynamodb/tableItem:TableItem")
    .map(({ inputs }) => JSON.parse(String(inputs.item)) as Readonly<Record<string, { readonly S?: string }>>);
  const names = new Set(
    items.flatMap(({ [DOCUMENTS.targets]: targets }) =>
      targets?.S === undefined ? [] : ((JSON.parse(targets.S) as FlowTargets).personal ?? []),
    ),
  );
  personal.set(resources, names);
  return names;
}
const personal = new WeakMap<readonly Resource[], ReadonlySet<string>>();

/** Resources within a component, however deep. */
export function within(resources: readonly Resource[], urn: string): readonly Resource[] {
  const own = resources.filter(({ parent }) => parent === urn);
  return own.flatMap((resource) => [resource, ...within(resources, resource.urn)]);
}
