import { isDeepStrictEqual } from "node:util";
import type { Contract, RouteContract } from "./contract.ts";
import { type Break, misfit } from "./findings.ts";

type Routes = Readonly<Record<string, RouteContract & { readonly flow?: string }>>;

/** Routes that callers know and that are gone, take less, answer more, or ask for other credentials. */
export function* brokenRoutes(released: Contract, current: Contract): Iterable<Break> {
  const routes = routesOf(current);
  for (const [route, old] of Object.entries(routesOf(released))) {
    const now = routes[route];
    const where = `${old.flow === undefined ? "" : `flow ${old.flow}, `}route ${route}`;
    if (now) yield* changes(where, old, now);
    else yield { where, fact: `it is gone; ${callersOf(old)} would get 404`, remedy: "Keep it until no caller uses it" };
  }
}

const routesOf = ({ flows, hub }: Contract): Routes => ({
  ...hub,
  ...Object.fromEntries(
    Object.entries(flows).flatMap(([flow, { routes }]) =>
      Object.entries(routes).map(([route, its]) => [route, { ...its, flow }]),
    ),
  ),
});
const callersOf = ({ kind }: RouteContract) => (kind === "webhook" ? "the third party" : "callers");

function* changes(where: string, old: RouteContract, now: RouteContract): Iterable<Break> {
  const callers = callersOf(old);
  if (old.kind !== now.kind) {
    yield {
      where,
      fact: `it was of the kind ${old.kind} and is of the kind ${now.kind}; ${callers} expect other answers`,
      remedy: "Add another route",
    };
    return;
  }
  for (const name of new Set([...Object.keys(old.settings ?? {}), ...Object.keys(now.settings ?? {})]))
    if (!isKept(name, old, now))
      yield {
        where,
        fact: `its \`${name}\` has changed; ${callers} would be refused or misread`,
        remedy: "Add another route, and remove this one when no caller uses it",
      };
  const scopes = (now.scopes ?? []).filter((scope) => !(old.scopes ?? []).includes(scope));
  if (scopes.length > 0)
    yield {
      where,
      fact: `tokens now need ${scopes.join(", ")}; callers without it would get 403`,
      remedy: "Add another route, or give callers the scope first",
    };
  if (old.trigger !== now.trigger)
    yield {
      where,
      fact: `its trigger ${old.trigger} is named ${now.trigger}; a call that ${callers} repeat would start a second request`,
      remedy: `Keep the name ${old.trigger}`,
    };
  yield* bodies(where, old, now);
}

function isKept(name: string, old: RouteContract, now: RouteContract): boolean {
  const [before, after] = [old.settings?.[name], now.settings?.[name]];
  if (name === "otherwise" && after === "accept") return true;
  if (name === "query") return isDeepStrictEqual(before ?? [], known(after, old));
  return isDeepStrictEqual(before, after);
}

/** Fields of the query that callers knew before, there or in the body: a field that is new may be anywhere. */
function known(query: unknown, { requests }: RouteContract): readonly unknown[] {
  const shape = requests[""]?.shape;
  const fields = shape?.is === "object" ? shape.fields : {};
  return Array.isArray(query) ? query.filter((name) => Object.hasOwn(fields, String(name))) : [];
}

function* bodies(where: string, old: RouteContract, now: RouteContract): Iterable<Break> {
  const callers = callersOf(old);
  for (const [type, schema] of Object.entries(old.requests)) {
    const place = type === "" ? `${where}, request` : `${where}, ${type}`;
    const current = now.requests[type];
    const remedy = "Make the field optional, give it a default, or add another route";
    const found = current
      ? misfit(schema, current, { where: place, by: "it", of: `what ${callers} may send`, remedy })
      : { where: place, fact: `it is no longer declared; ${callers} still send it`, remedy: "Keep it until no caller sends it" };
    if (found) yield found;
  }
  for (const [status, schema] of Object.entries(now.answers ?? {})) {
    const before = old.answers?.[status];
    const remedy = "Keep what callers know, and add fields only";
    const found =
      before &&
      misfit(schema, before, {
        where: `${where}, answer ${status}`,
        by: `a client of the released contract`,
        of: "what it may answer",
        remedy,
      });
    if (found) yield found;
  }
}
