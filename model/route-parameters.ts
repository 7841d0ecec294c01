import type * as z from "zod";
import { partsOf, pathNames } from "../protocol/routes.ts";
import type { Flow } from "./flow.ts";
import { queryTypesOf } from "./json-schema.ts";
import type { SyncTrigger } from "./sync.ts";
import type { ApiTrigger } from "./trigger.ts";

/** Where the fields of a request come from: parameters with JSON Schema's type of each; `body`: whether other fields come from a body. */
export interface RouteParameters {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: boolean;
}

/** @returns the schema of what a request holds, path and query included */
export const requestSchemaOf = (trigger: ApiTrigger | SyncTrigger): z.ZodType =>
  trigger.kind === "api" ? trigger.emits.schema : trigger.request;

/**
 * The path holds the fields that it names. The query holds those that `query` lists or, of a GET, all others. The body holds the rest; a
 * route whose schema has no rest takes none.
 */
export function routeParameters(trigger: ApiTrigger | SyncTrigger): RouteParameters {
  const { method, path } = partsOf(trigger.route);
  const types = queryTypesOf(requestSchemaOf(trigger) as z.ZodObject);
  const inPath = pathNames(path);
  const others = Object.keys(types).filter((name) => !inPath.includes(name));
  const inQuery: readonly string[] = method === "GET" ? others : (trigger.query ?? []);
  const typed = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, types[name]]));
  const onlyParameters = inPath.length + inQuery.length > 0 && others.every((name) => inQuery.includes(name));
  return { path: typed(inPath), query: typed(inQuery), body: method !== "GET" && !onlyParameters };
}

/** @returns where the fields of each synchronous endpoint's request come from, by trigger. The functions get it: they have no JSON Schema */
export const endpointParameters = ({ triggers }: Pick<Flow, "triggers">): Readonly<Record<string, RouteParameters>> =>
  Object.fromEntries(
    Object.entries(triggers).flatMap(([name, trigger]) => (trigger.kind === "sync" ? [[name, routeParameters(trigger)]] : [])),
  );
