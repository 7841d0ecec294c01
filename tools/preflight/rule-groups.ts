import type { Aws } from "./aws-cli.ts";
import { type Finding, note, ok, problem } from "./finding.ts";
import type { Stack } from "./stack.ts";

/** A statement of a web ACL that asks a rule group of AWS. */
interface Group {
  readonly name: string;
  /** @default the one that AWS recommends at the time */
  readonly version?: string;
  readonly ruleActionOverrides?: readonly { readonly name: string }[];
}

/** Settings of the groups that have versions; the lists of addresses have none. */
const SETTINGS: Readonly<Record<string, string>> = {
  AWSManagedRulesCommonRuleSet: "hub:waf.versions.common",
  AWSManagedRulesKnownBadInputsRuleSet: "hub:waf.versions.knownBadInputs",
};

/**
 * Asks AWS for the rules and versions of the groups, which only an account shows. WAF ignores an override of a rule that a managed group does
 * not have, and does not list a version that is scheduled to expire, which no web ACL may take any more.
 * https://docs.aws.amazon.com/waf/latest/APIReference/API_RuleActionOverride.html
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-managed-rule-groups-versioning-lifecycle.html
 */
export async function ruleGroups(aws: Aws, { resources }: Stack): Promise<readonly Finding[]> {
  const groups = resources.flatMap(({ type, props }) => (type === "aws:wafv2/webAcl:WebAcl" ? groupsIn(props.rules) : []));
  const findings = (await Promise.all(groups.map((group) => findingsOf(aws, group)))).flat();
  if (findings.length > 0) return findings;
  return [ok(groups.length === 0 ? "the stack asks no rule group of AWS" : `AWS has the rules and versions of ${groups.length}`)];
}

function groupsIn(rules: unknown): readonly Group[] {
  const all = (rules ?? []) as readonly { readonly statement?: { readonly managedRuleGroupStatement?: Group } }[];
  return all.flatMap(({ statement }) => statement?.managedRuleGroupStatement ?? []);
}

async function findingsOf(aws: Aws, { name, version, ruleActionOverrides = [] }: Group): Promise<readonly Finding[]> {
  const setting = SETTINGS[name];
  const group = ["--vendor-name", "AWS", "--scope", "REGIONAL", "--name", name];
  const findings: Finding[] = [];
  if (setting !== undefined) {
    const { CurrentDefaultVersion, Versions } = (await aws("wafv2", "list-available-managed-rule-group-versions", ...group)) as {
      readonly CurrentDefaultVersion: string;
      readonly Versions: readonly { readonly Name: string }[];
    };
    if (version === undefined)
      findings.push(
        note(
          `AWS changes the rules of ${name} when it recommends another version`,
          `To decide when, set ${setting} to ${CurrentDefaultVersion}`,
        ),
      );
    else if (!Versions.some(({ Name }) => Name === version))
      return [problem(`${name} has no ${version}, or it expires`, `Set ${setting} to ${CurrentDefaultVersion}, or remove it`)];
  }
  const ofVersion = version === undefined ? [] : ["--version-name", version];
  const { Rules } = (await aws("wafv2", "describe-managed-rule-group", ...group, ...ofVersion)) as {
    readonly Rules: readonly { readonly Name: string }[];
  };
  const rules = Rules.map(({ Name }) => Name);
  const unknown = ruleActionOverrides.flatMap((one) => (rules.includes(one.name) ? [] : [one.name]));
  if (unknown.length > 0)
    findings.push(
      note(
        `${name} has no rule ${unknown.join(", ")}: WAF ignores that it only counts`,
        `Remove it from hub:waf.count, or use one of ${rules.join(", ")}`,
      ),
    );
  return findings;
}
