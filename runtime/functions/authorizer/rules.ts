import type { CallerAuth } from "../../../model/caller-auth.ts";
import { DOCUMENTS, routeKey } from "../../../protocol/table.ts";
import type { Clock, Table } from "../../ports.ts";

/** Authentication that a route requires; `any`: a key or a token. */
export type Rule = (CallerAuth | { readonly kind: "any" }) & {
  /** First name of the route's flow, where it refuses requests while it is behind. */
  readonly admission?: string;
};

/** A changed rule takes effect within this. */
const LIFE_MS = 60_000;
/** Routes of the hub: status and ops. Their functions check for operators. */
const HUB_ROUTES = /^\/(requests|ops)(\/|$)/;

/**
 * Rules of routes. The deployment writes one item per route of a flow, so that a new flow does not change the authorizer. A route
 * without an item admits no caller.
 */
export function routeRules({ table, clock }: { readonly table: Table; readonly clock: Clock }) {
  const known = new Map<string, { readonly at: number; readonly rule: Rule }>();
  return async (method: string, resource: string): Promise<Rule | undefined> => {
    if (HUB_ROUTES.test(resource)) return { kind: "any" };
    const route = `${method} ${resource}`;
    const kept = known.get(route);
    if (kept && clock.now() - kept.at <= LIFE_MS) return kept.rule;
    const item = await table.get(routeKey(route));
    const text = item?.[DOCUMENTS.auth];
    const rule = typeof text === "string" ? ruleFrom(text) : undefined;
    if (rule) known.set(route, { at: clock.now(), rule });
    return rule;
  };
}

/** @returns `undefined` for an unknown rule, which admits no caller */
function ruleFrom(text: string): Rule | undefined {
  const { kind, scopes, admission } = JSON.parse(text) as Partial<CallerAuth> & {
    readonly scopes?: unknown;
    readonly admission?: unknown;
  };
  const bound = typeof admission === "string" ? { admission } : {};
  if (kind === "api-key") return { kind, ...bound };
  return kind === "jwt" && Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string")
    ? { kind, scopes, ...bound }
    : undefined;
}
