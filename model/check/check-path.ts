import type * as z from "zod";
import { partsOf, pathNames } from "../../protocol/routes.ts";
import { requestSchemaOf, routeParameters } from "../route-parameters.ts";
import type { SyncTrigger } from "../sync.ts";
import type { ApiTrigger, RoutedTrigger } from "../trigger.ts";
import { checkSchema } from "./check-values.ts";
import { type Problem, problem } from "./problem.ts";

/** Characters of a path part, and of a parameter's name. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html */
const PATH = /^(GET|POST|PUT|PATCH|DELETE) (\/([A-Za-z0-9._-]+|\{[A-Za-z0-9_-]+\}))+$/;
/** API Gateway's mapping expressions take no other names. */
const QUERY_NAME = /^[A-Za-z0-9_.-]{1,128}$/;
/** JSON types that a parameter can carry. */
const SCALARS: readonly unknown[] = ["string", "number", "integer", "boolean"];

interface Placed {
  readonly where: string;
  readonly trigger: RoutedTrigger;
}

/** The form of a trigger's route. */
export function* checkPath({ where, trigger: { kind, route } }: Placed): Iterable<Problem> {
  const names = pathNames(route);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (/\{[^{}]*\+\}/.test(route))
    yield problem("ROUTE", where, `"${route}" takes the rest of a path`, "Name each part, like {id}");
  else if (!PATH.test(route))
    yield problem(
      "ROUTE",
      where,
      `"${route}" is not a method and a path of letters, digits, ".", "_" and "-"`,
      'Write it like "POST /orders" or "GET /orders/{id}"; a parameter is a whole part of the path',
    );
  else if (kind === "webhook" && names.length > 0)
    yield problem("ROUTE", where, `"${route}" has a parameter, and a webhook is one URL`, "Write a fixed path for each");
  if (twice !== undefined) yield problem("ROUTE", where, `the path has {${twice}} twice`, "Name each parameter once");
}

/** Parameters of path and query: each is a field of the schema that a text can carry. */
export function* checkParameters({ where, trigger }: Placed): Iterable<Problem> {
  if (trigger.kind === "webhook") return;
  const { method, path } = partsOf(trigger.route);
  const inPath = pathNames(path);
  const { query = [] } = trigger;
  if (trigger.kind === "sync" && method === "GET" && query.length > 0)
    yield problem("ROUTE", `${where}, query`, "a GET takes all its fields from path and query", "Leave query out");
  if (method !== "GET" && inPath.length + query.length === 0) return;
  // checkEvents and checkSync report the schema itself.
  if ([...checkSchema({ where, value: requestSchemaOf(trigger) })].length > 0) return;
  const both = query.find((name) => inPath.includes(name));
  if (both !== undefined)
    yield problem("ROUTE", `${where}, query`, `${both} is a parameter of the path already`, "Leave it out of query");
  const parameters = routeParameters(trigger);
  for (const [kind, types] of [["path", parameters.path] as const, ["query", parameters.query] as const]) {
    for (const [name, type] of Object.entries(types)) yield* checkParameter(where, trigger, { kind, name, type });
  }
}

interface Parameter {
  readonly kind: "path" | "query";
  readonly name: string;
  readonly type: unknown;
}

function* checkParameter(where: string, trigger: ApiTrigger | SyncTrigger, { kind, name, type }: Parameter): Iterable<Problem> {
  const owner = trigger.kind === "api" ? trigger.emits.type : "request";
  const place = trigger.kind === "api" ? where : `${where}, request`;
  const { shape } = requestSchemaOf(trigger) as z.ZodObject;
  if (!Object.hasOwn(shape, name))
    yield problem(
      "ROUTE",
      where,
      `the ${kind} names ${name}, which ${owner} does not declare`,
      `Add it to the schema of ${owner}`,
    );
  else if (!SCALARS.includes(type))
    yield problem(
      "SCHEMA",
      place,
      `the ${kind} parameter ${name} is not a string, number or boolean`,
      kind === "path" ? "Make it one of these" : "Make it one of these, or use POST",
    );
  if (kind === "query" && !QUERY_NAME.test(name))
    yield problem(
      "ROUTE",
      place,
      `"${name}" is not the name of a query parameter that API Gateway takes`,
      'Use letters, digits, ".", "_" and "-"',
    );
}

/** A route and where it is declared. */
export interface Owned {
  readonly flow: string;
  readonly route: string;
  readonly where: string;
}

/**
 * Parameters at one place of the tree of paths that have different names, which API Gateway refuses: `/orders/{id}` and `/orders/{orderId}/lines`
 * ("A sibling of this resource already has a variable path part").
 * @param among reports those within one flow, or those of two flows
 */
export function* checkSiblings(routes: readonly Owned[], among: "one" | "two"): Iterable<Problem> {
  const known = new Map<string, { readonly name: string; readonly owner: Owned }>();
  for (const owner of routes) {
    const parts = partsOf(owner.route).path.split("/");
    for (const [at, part] of parts.entries()) {
      const [name] = pathNames(part);
      if (name === undefined) continue;
      const parent = parts.slice(0, at).join("/");
      const first = known.get(parent);
      if (first === undefined) known.set(parent, { name, owner });
      else if (first.name !== name && (first.owner.flow === owner.flow) === (among === "one"))
        yield problem(
          "ROUTE",
          owner.where,
          `${parent}/{${name}} is ${parent}/{${first.name}} of ${first.owner.where}, and API Gateway takes one name for a place`,
          "Give both the same name",
        );
    }
  }
}
