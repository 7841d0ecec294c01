import type { GatewayRequest, GatewayResponse } from "../apigateway/types.ts";
import type { Clock } from "../clock.ts";
import { UserError } from "../user-error.ts";
import { type Matcher, matcherOf } from "./matcher.ts";
import type { Action, Rule, WebAclDefinition } from "./types.ts";

/** Result of the web ACL's evaluation of a request; with the response if the request is blocked. */
export interface Verdict {
  /** Value of `$context.wafResponseCode`. */
  readonly code: "WAF_ALLOW" | "WAF_BLOCK";
  readonly response?: GatewayResponse;
  /** The rule that blocks it has no response of its own, so the API's gateway response WAF_FILTERED takes its place. */
  readonly filtered?: true;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  APPLICATION_JSON: "application/json",
  TEXT_HTML: "text/html",
  TEXT_PLAIN: "text/plain",
};
/** Default inspection limit for bodies, in KB. */
const DEFAULT_INSPECTION_LIMIT_KB = 16;
const ALLOWED: Verdict = { code: "WAF_ALLOW" };

/** A web ACL. Evaluates its rules by priority; AWS's managed rule groups as far as managed-rules.ts goes. A changed web ACL restarts its rate counts. */
export class Firewall {
  readonly #definition: WebAclDefinition;
  readonly #rules: readonly { readonly action: Action; readonly matches: Matcher }[];

  /** @throws UserError for a rule that is not simulated */
  constructor(definition: WebAclDefinition, clock: Clock) {
    this.#definition = definition;
    const limit = inspectionLimit(definition);
    this.#rules = [...(definition.rules ?? [])]
      .sort((a, b) => a.priority - b.priority)
      .map(({ name, action, overrideAction, statement }) => {
        const matches = matcherOf(statement, limit, clock);
        const used = statement.managedRuleGroupStatement ? overrideAction && groupAction(overrideAction) : action;
        if (!used) throw new UserError(`Rule ${name} of the web ACL ${definition.name} has no action. Give it one.`);
        return { action: used, matches };
      });
  }

  /** Applies the first matching rule whose action is not Count, or the default action. */
  evaluate(request: GatewayRequest): Verdict {
    for (const { action, matches } of this.#rules) {
      if (!matches(request) || action.count) continue;
      return this.#verdict(action);
    }
    return this.#verdict(this.#definition.defaultAction);
  }

  #verdict({ block }: Action): Verdict {
    if (!block) return ALLOWED;
    const { responseCode = 403, customResponseBodyKey, responseHeaders = [] } = block.customResponse ?? {};
    const customBody = this.#definition.customResponseBodies?.find(({ key }) => key === customResponseBodyKey);
    const { content, contentType } = customBody ?? { content: '{"message":"Forbidden"}', contentType: "APPLICATION_JSON" };
    return {
      code: "WAF_BLOCK",
      ...(!block.customResponse && { filtered: true as const }),
      response: {
        status: responseCode,
        headers: {
          "Content-Type": CONTENT_TYPES[contentType] ?? contentType,
          ...Object.fromEntries(responseHeaders.map(({ name, value }) => [name, value])),
        },
        body: Buffer.from(content),
      },
    };
  }
}

/** The rules of a group block, unless all are to count. */
const groupAction = ({ count }: NonNullable<Rule["overrideAction"]>): Action => (count ? { count } : { block: {} });

function inspectionLimit({ associationConfig }: WebAclDefinition): number {
  const [limit] = (associationConfig?.requestBodies ?? []).flatMap(({ apiGateway }) => apiGateway ?? []);
  const [, kilobytes] = /^KB_(16|32|48|64)$/.exec(limit?.defaultSizeInspectionLimit ?? `KB_${DEFAULT_INSPECTION_LIMIT_KB}`) ?? [];
  return Number(kilobytes) * 1_024;
}
