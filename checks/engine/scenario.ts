import type { Checkout } from "./checkout.ts";
import type { Engine } from "./engine.ts";
import type { EngineStack, Run } from "./engine-stack.ts";
import type { Report } from "./report.ts";

/** What a scenario works with. */
export interface Scenario {
  readonly report: Report;
  readonly engine: Engine;
  readonly program: Checkout;
}

/** They stay in the account when the stack goes: another stack may live by the account's role for API Gateway's logs. */
const RETAINED = ["aws:apigateway/account:Account", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"];

/** Resources that a provider makes, by URN: neither components nor the providers themselves. */
export const ofProviders = (urns: Iterable<string>) =>
  [...urns].filter((urn) => /[:$]aws:/.test(urn) && !urn.includes("::pulumi:providers:"));

/** @returns a refusal that the run should not have met */
export const refused = ({ refusal }: Run): readonly string[] => (refusal === undefined ? [] : [refusal]);

/** @returns what a destroyed stack has left behind, but for `kept` */
export const leftBehind = (stack: EngineStack, kept: ReadonlySet<string> = new Set()): readonly string[] => [
  ...stack
    .account()
    .all.filter(({ type, urn }) => !RETAINED.includes(type) && !kept.has(urn))
    .map(({ urn }) => `${urn} is left in the account`),
  ...stack.urns().map((urn) => `${urn} is in the state`),
];
