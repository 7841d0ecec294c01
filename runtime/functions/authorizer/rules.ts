import type { CallerAuth } from "../../../model/caller-auth.ts";
import { DOCUMENTS, routeKey } from "../../../protocol/table.ts";
import type { Clock, Table } from "../../ports.ts";

/** What a route asks of its caller; `any`: a key or a token, whichever. */
export type Rule = CallerAuth | { readonly kind: "any" };

/** A rule that a deployment has changed holds within this. */
const LIFE_MS = 60_000;
/** The hub's own: status and ops. What an operator may do, the function behind them decides. */
const OWN = /^\/(requests|ops)(\/|$)/;

/**
 * Rules of routes. The deployment writes one item for each route of a flow, so that a new flow changes nothing of the authorizer's;
 * a route without one is nobody's.
 */
export function routeRules({ table, clock }: { readonly table: Table; readonly clock: Clock }) {
  const known = new Map<string, { readonly at: number; readonly rule: Rule }>();
  return async (method: string, resource: string): Promise<Rule | undefined> => {
    if (OWN.test(resource)) return { kind: "any" };
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

/** @returns `undefined` for what can't be understood: nobody gets in by that */
function ruleFrom(text: string): Rule | undefined {
  const found = JSON.parse(text) as Partial<CallerAuth> & { readonly scopes?: unknown };
  if (found.kind === "api-key") return { kind: "api-key" };
  const { scopes } = found;
  return found.kind === "jwt" && Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string")
    ? { kind: "jwt", scopes }
    : undefined;
}
