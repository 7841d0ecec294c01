import type { Checkout } from "./checkout.ts";
import type { Engine } from "./engine.ts";
import type { EngineStack, Run } from "./engine-stack.ts";
import type { Report } from "./report.ts";

/** Arguments of a scenario. */
export interface Scenario {
  readonly report: Report;
  readonly engine: Engine;
  readonly program: Checkout;
}

/** Resources that survive the stack: another stack may need the account's role for API Gateway's logs. */
const RETAINED = ["aws:apigateway/account:Account", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"];

/** URNs of resources of providers, without components and the providers themselves. */
export const ofProviders = (urns: Iterable<string>) =>
  [...urns].filter((urn) => /[:$](aws|random):/.test(urn) && !urn.includes("::pulumi:providers:"));

/** @returns an unexpected error of the run */
export const refused = ({ refusal }: Run): readonly string[] => (refusal === undefined ? [] : [refusal]);

/** @returns leftovers of a destroyed stack, except `kept` */
export const leftBehind = (stack: EngineStack, kept: ReadonlySet<string> = new Set()): readonly string[] => [
  ...stack
    .account()
    .all.filter(({ type, urn }) => !RETAINED.includes(type) && !kept.has(urn))
    .map(({ urn }) => `${urn} is left in the account`),
  ...stack.urns().map((urn) => `${urn} is in the state`),
];
