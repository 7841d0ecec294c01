import { at, type Props, referring, resourceRule, stackRule } from "../rule.ts";

const ACL = "aws:wafv2/webAcl:WebAcl";
const LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";

/** Headers that carry credentials. */
const SECRET_HEADERS = ["authorization", "cookie", "x-api-key"];
const GROUPS = ["AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesAmazonIpReputationList"];

const listOf = (props: Props, key: string) => (Array.isArray(props[key]) ? (props[key] as readonly Props[]) : []);
const byPriority = (props: Props) => [...listOf(props, "rules")].sort((a, b) => Number(a.priority) - Number(b.priority));
const blocks = (rule: Props) => at(rule, "action", "block") !== undefined;
const isGroup = (rule: Props) => at(rule, "statement", "managedRuleGroupStatement") !== undefined;

/** Statements of a rule, including nested ones. */
function within(value: unknown): readonly Props[] {
  if (typeof value !== "object" || value === null) return [];
  return [...(Array.isArray(value) ? [] : [value as Props]), ...Object.values(value).flatMap(within)];
}
const limitsBodies = (rule: Props) =>
  blocks(rule) &&
  within(rule.statement).some(
    (one) => at(one, "sizeConstraintStatement", "fieldToMatch", "body", "oversizeHandling") === "MATCH",
  );

export const waf = [
  resourceRule({
    name: "waf-rate-limit",
    description: "A web ACL blocks an address that exceeds a rate of requests.",
    fact: "The requests of one address are not limited",
    remedy: "Add a rateBasedStatement whose action is block",
    types: [ACL],
    broken: (props) =>
      !byPriority(props).some((rule) => blocks(rule) && at(rule, "statement", "rateBasedStatement", "limit") !== undefined),
  }),
  resourceRule({
    name: "waf-body-limit",
    description: "A web ACL blocks bodies longer than it can inspect, before its rule groups.",
    fact: "The end of a long body is not inspected",
    remedy: "Add a sizeConstraintStatement on the body with oversizeHandling MATCH that blocks, before the rule groups",
    types: [ACL],
    broken: (props) => {
      const rules = byPriority(props);
      const limit = rules.findIndex(limitsBodies);
      const group = rules.findIndex(isGroup);
      return limit === -1 || (group !== -1 && group < limit);
    },
  }),
  resourceRule({
    name: "waf-managed-rules",
    description: "A web ACL enforces AWS's rules on common attacks, known bad inputs and address reputation.",
    fact: "A rule group of AWS is not enforced",
    remedy: "Add it as a managedRuleGroupStatement with overrideAction none",
    types: [ACL],
    broken: (props) =>
      GROUPS.find(
        (group) =>
          !byPriority(props).some(
            (rule) =>
              at(rule, "statement", "managedRuleGroupStatement", "name") === group &&
              at(rule, "overrideAction", "none") !== undefined,
          ),
      ),
  }),
  resourceRule({
    name: "waf-no-samples",
    description: "A web ACL keeps no samples of requests, because they show headers that the log redacts.",
    fact: "Samples show headers that carry credentials",
    remedy: "Set visibilityConfig.sampledRequestsEnabled to false for the web ACL and each rule",
    types: [ACL],
    broken: (props) =>
      [props, ...byPriority(props)].some((one) => at(one, "visibilityConfig", "sampledRequestsEnabled") !== false),
  }),
  stackRule({
    name: "waf-logged",
    description: "A web ACL logs requests.",
    fact: "Blocked requests are not logged",
    remedy: "Add a WebAclLoggingConfiguration for its ARN",
    type: ACL,
    broken: (acl, stack) => referring(stack, LOGGING, "resourceArn", acl).length === 0,
  }),
  resourceRule({
    name: "waf-log-redacted",
    description: "A web ACL's log redacts headers that carry credentials.",
    fact: "The log shows a header that carries credentials",
    remedy: "Name it in redactedFields",
    types: [LOGGING],
    broken: (props) => {
      const redacted = listOf(props, "redactedFields").map((field) => String(at(field, "singleHeader", "name")).toLowerCase());
      return SECRET_HEADERS.find((header) => !redacted.includes(header));
    },
  }),
];
