import type { GatewayRequest, GatewayResponse } from "../apigateway/types.ts";
import type { Clock } from "../clock.ts";
import { UserError } from "../user-error.ts";
import { type Matcher, matcherOf } from "./matcher.ts";
import type { Action, WebAclDefinition } from "./types.ts";

/** What became of a request at the web ACL; the answer where it was blocked. */
export interface Verdict {
  /** As `$context.wafResponseCode` tells it. */
  readonly code: "WAF_ALLOW" | "WAF_BLOCK";
  readonly answer?: GatewayResponse;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  APPLICATION_JSON: "application/json",
  TEXT_HTML: "text/html",
  TEXT_PLAIN: "text/plain",
};
/** KB, unless the web ACL says more. */
const INSPECTED_KB = 16;
const ALLOWED: Verdict = { code: "WAF_ALLOW" };

/** A web ACL: the hub's own rules, in their order. Counts start anew with each change of it. */
export class Firewall {
  readonly #definition: WebAclDefinition;
  readonly #rules: readonly { readonly action: Action; readonly matches: Matcher }[];

  /** @throws UserError for a rule that is not simulated */
  constructor(definition: WebAclDefinition, clock: Clock) {
    this.#definition = definition;
    const inspected = inspectedBytes(definition);
    this.#rules = [...(definition.rules ?? [])]
      .sort((a, b) => a.priority - b.priority)
      .flatMap(({ name, action, statement }) => {
        const matches = matcherOf(statement, inspected, clock);
        if (!matches) return [];
        if (!action) throw new UserError(`Rule ${name} of the web ACL ${definition.name} has no action. Give it one.`);
        return [{ action, matches }];
      });
  }

  /** What the first rule that matches and doesn't only count says, else the default. */
  judge(request: GatewayRequest): Verdict {
    for (const { action, matches } of this.#rules) {
      if (!matches(request) || action.count) continue;
      return this.#verdict(action);
    }
    return this.#verdict(this.#definition.defaultAction);
  }

  #verdict({ block }: Action): Verdict {
    if (!block) return ALLOWED;
    const { responseCode = 403, customResponseBodyKey, responseHeaders = [] } = block.customResponse ?? {};
    const own = this.#definition.customResponseBodies?.find(({ key }) => key === customResponseBodyKey);
    const { content, contentType } = own ?? { content: '{"message":"Forbidden"}', contentType: "APPLICATION_JSON" };
    return {
      code: "WAF_BLOCK",
      answer: {
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

function inspectedBytes({ associationConfig }: WebAclDefinition): number {
  const [limit] = (associationConfig?.requestBodies ?? []).flatMap(({ apiGateway }) => apiGateway ?? []);
  const [, kilobytes] = /^KB_(16|32|48|64)$/.exec(limit?.defaultSizeInspectionLimit ?? `KB_${INSPECTED_KB}`) ?? [];
  return Number(kilobytes) * 1_024;
}
