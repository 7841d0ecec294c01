import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Aws, AwsError, awsCli } from "../../../tools/preflight/aws-cli.ts";
import { preflight, problemsIn, reportOf } from "../../../tools/preflight/run.ts";
import type { Stack } from "../../../tools/preflight/stack.ts";

type Answers = Readonly<Record<string, unknown>>;

/** An account in which nothing stops a deployment, but for what `changes` say; an `Error` is a refusal. */
const account =
  (changes: Answers = {}): Aws =>
  async (service, command, ...args) => {
    const answers: Answers = {
      "sts get-caller-identity": { Account: "123456789012", Arn: "arn:aws:sts::123456789012:assumed-role/deploy/me" },
      "lambda get-account-settings": { AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 1_000 } },
      "service-quotas get-service-quota": { Quota: { Value: 300 } },
      "iam get-account-summary": { SummaryMap: { Roles: 20, RolesQuota: 1_000 } },
      "iam get-role": { Role: {} },
      "ec2 describe-availability-zones": {
        AvailabilityZones: ["use1-az3", "use1-az2", "use1-az4"].map((ZoneId, i) => ({
          ZoneId,
          ZoneName: `us-east-1${"abc"[i]}`,
          State: "available",
        })),
      },
      "logs describe-resource-policies": { resourcePolicies: [] },
      "logs describe-log-groups": { logGroups: [] },
      "secretsmanager describe-secret": new AwsError("ResourceNotFoundException", "no such secret"),
      "xray get-trace-segment-destination": { Destination: "XRay", Status: "ACTIVE" },
      ...changes,
    };
    const answer = answers[`${service} ${command} ${args.at(-1) ?? ""}`] ?? answers[`${service} ${command}`];
    if (answer === undefined) throw new Error(`unexpected call: ${service} ${command}`);
    if (answer instanceof Error) throw answer;
    return answer;
  };

const resource = (type: string, props: Readonly<Record<string, unknown>> = {}) => ({ type, name: "one", props });
const WAF_LOG = resource("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration");
const stackOf = (more: Partial<Stack> = {}): Stack => ({ project: "hub", stack: "prod", resources: [], settings: {}, ...more });

async function found(changes: Answers, more: Partial<Stack> = {}): Promise<readonly string[]> {
  const checked = await preflight(account(changes), stackOf(more));
  return checked.flatMap(({ check, findings }) =>
    findings.flatMap(({ state, fact, remedy }) => (state === "ok" ? [] : [`${state} ${check.name}: ${fact}. ${remedy}`])),
  );
}

describe("npm run preflight", () => {
  it("finds nothing in an account that fits", async () => {
    const checked = await preflight(account(), stackOf({ resources: [WAF_LOG] }));
    expect(checked.flatMap(({ findings }) => findings).every(({ state }) => state === "ok")).to.equal(true);
    expect(problemsIn(checked)).to.equal(0);
    expect(reportOf("prod", checked))
      .to.include("prod: nothing that is known stops the deployment")
      .and.include("account 123456789012");
  });

  it("names the concurrency of a new account, with and without provisioned concurrency", async () => {
    const fresh = {
      "lambda get-account-settings": { AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } },
    };
    const [small] = await found(fresh);
    expect(small).to.include("problem concurrency: the account has 10 concurrent executions").and.include("Service Quotas");
    const warm = resource("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig", {
      provisionedConcurrentExecutions: 2,
    });
    const [provisioned] = await found(fresh, { resources: [warm] });
    expect(provisioned).to.include("provisions 2 of 10").and.include("hub:provisionedConcurrency to false");
  });

  it("compares the stack with the account's own quotas, not with AWS's defaults", async () => {
    const rules = Array.from({ length: 310 }, () => resource("aws:cloudwatch/eventRule:EventRule", { eventBusName: "bus" }));
    expect((await found({}, { resources: rules }))[0]).to.include(
      "rules of an event bus: the stack has 310, and the account may have 300",
    );
    expect(await found({ "service-quotas get-service-quota": { Quota: { Value: 1_000 } } }, { resources: rules })).to.deep.equal(
      [],
    );
    const roles = Array.from({ length: 30 }, () => resource("aws:iam/role:Role"));
    const full = { "iam get-account-summary": { SummaryMap: { Roles: 990, RolesQuota: 1_000 } } };
    expect((await found(full, { resources: roles }))[0]).to.include("990 of 1000 roles");
  });

  it("names zones that Lambda refuses, and those to take instead", async () => {
    const [refused] = await found({}, { settings: { egress: { addresses: 2 } } });
    expect(refused).to.include("in us-east-1a").and.include("Set hub:egress.zones to [us-east-1b, us-east-1c]");
    expect(await found({}, { settings: { egress: { addresses: 2, zones: ["us-east-1b", "us-east-1c"] } } })).to.deep.equal([]);
    const [unknown] = await found({}, { settings: { egress: { addresses: 2, zones: ["us-east-1b", "us-east-1z"] } } });
    expect(unknown).to.include("in us-east-1z");
  });

  it("finds names that are taken, and knows its own", async () => {
    const resources = [
      resource("aws:secretsmanager/secret:Secret", { name: "hub/prod/erp" }),
      resource("aws:cloudwatch/logGroup:LogGroup", { name: "/hub/prod/orders/book" }),
      resource("aws:cloudwatch/logGroup:LogGroup", { namePrefix: "aws-waf-logs-hub" }),
    ];
    expect(await found({}, { resources })).to.deep.equal([]);
    const deleted = { "secretsmanager describe-secret": { DeletedDate: "2026-11-20T00:00:00Z" } };
    expect((await found(deleted, { resources }))[0])
      .to.include("scheduled for deletion")
      .and.include("restore-secret --secret-id hub/prod/erp");
    const logGroups = [
      { logGroupName: "/hub/prod/orders/book", arn: "arn:aws:logs:us-east-1:1:log-group:/hub/prod/orders/book:*" },
    ];
    const taken = { "logs describe-log-groups": { logGroups }, "logs list-tags-for-resource": { tags: {} } };
    expect((await found(taken, { resources }))[0]).to.include("the log group /hub/prod/orders/book exists");
    const Tags = [
      { Key: "hub:project", Value: "hub" },
      { Key: "hub:stack", Value: "prod" },
    ];
    const own = {
      "logs describe-log-groups": { logGroups },
      "logs list-tags-for-resource": { tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])) },
      "secretsmanager describe-secret": { Tags },
    };
    expect(await found(own, { resources })).to.deep.equal([]);
    const [other] = await found({ ...own, "secretsmanager describe-secret": { Tags: Tags.slice(0, 1) } }, { resources });
    expect(other).to.include("the secret hub/prod/erp exists, and is not this stack's");
  });

  it("counts the region's log policies, of which AWS's own has room", async () => {
    const policies = (names: readonly string[]) => ({
      "logs describe-resource-policies": { resourcePolicies: names.map((policyName) => ({ policyName })) },
    });
    const ten = Array.from({ length: 10 }, (_, i) => `p-${i}`);
    expect((await found(policies(ten), { resources: [WAF_LOG] }))[0]).to.include("has 10 of 10 resource policies");
    expect(await found(policies([...ten.slice(1), "AWSLogDeliveryWrite20150319"]), { resources: [WAF_LOG] })).to.deep.equal([]);
    expect(await found(policies(ten))).to.deep.equal([]);
  });

  describe("the rule groups of the web ACL", () => {
    const name = "AWSManagedRulesCommonRuleSet";
    const acl = (group: object) =>
      resource("aws:wafv2/webAcl:WebAcl", {
        rules: [
          { name: "rate", statement: { rateBasedStatement: {} } },
          { statement: { managedRuleGroupStatement: { name, ...group } } },
        ],
      });
    const counting = (...rules: readonly string[]) => ({ ruleActionOverrides: rules.map((one) => ({ name: one })) });
    const of = (...rules: readonly string[]) => ({
      "wafv2 describe-managed-rule-group": { Rules: rules.map((Name) => ({ Name })) },
      "wafv2 list-available-managed-rule-group-versions": {
        CurrentDefaultVersion: "Version_1.19",
        Versions: ["Version_1.20", "Version_1.19", "Version_1.18"].map((Name) => ({ Name })),
      },
    });
    const two = of("NoUserAgent_HEADER", "SizeRestrictions_BODY");

    it("have the rules that the stack lets count, in the version that it names", async () => {
      const resources = [acl({ version: "Version_1.19", ...counting("SizeRestrictions_BODY") })];
      const calls: string[] = [];
      const aws: Aws = async (...call) => {
        calls.push(call.join(" "));
        return account(two)(...call);
      };
      expect(problemsIn(await preflight(aws, stackOf({ resources })))).to.equal(0);
      expect(calls).to.include(
        `wafv2 describe-managed-rule-group --vendor-name AWS --scope REGIONAL --name ${name} --version-name Version_1.19`,
      );
      expect(await found(two, { resources })).to.deep.equal([]);
    });

    it("lack a rule, whose name WAF would ignore", async () => {
      const resources = [acl({ version: "Version_1.18", ...counting("NoUserAgent_HEADER", "GenericLFI_COOKIE") })];
      expect(await found(two, { resources })).to.deep.equal([
        `note web ACL: ${name} has no rule GenericLFI_COOKIE: WAF ignores that it only counts. ` +
          "Remove it from hub:waf.count, or use one of NoUserAgent_HEADER, SizeRestrictions_BODY",
      ]);
    });

    it("are noted without a version, with the one to pin; lists of addresses have none", async () => {
      expect(await found(two, { resources: [acl({})] })).to.deep.equal([
        `note web ACL: AWS changes the rules of ${name} when it recommends another version. ` +
          "To decide when, set hub:waf.versions.common to Version_1.19",
      ]);
      const addresses = acl({ name: "AWSManagedRulesAmazonIpReputationList", ...counting("AWSManagedIPDDoSList") });
      expect(await found(of("AWSManagedIPDDoSList"), { resources: [addresses] })).to.deep.equal([]);
    });

    it("stop a deployment by a version that no web ACL may take any more", async () => {
      expect(await found(two, { resources: [acl({ version: "Version_1.2" })] })).to.deep.equal([
        `problem web ACL: ${name} has no Version_1.2, or it expires. Set hub:waf.versions.common to Version_1.19, or remove it`,
      ]);
    });

    it("are unknown where AWS does not let the check ask", async () => {
      const denied = {
        ...two,
        "wafv2 describe-managed-rule-group": new AwsError("AccessDeniedException", "not authorized: wafv2"),
      };
      const [line] = await found(denied, { resources: [acl({ version: "Version_1.19" })] });
      expect(line).to.include("unknown web ACL: not authorized: wafv2").and.include("API_DescribeManagedRuleGroup");
    });
  });

  it("notes Transaction Search, missing service-linked roles and the root user, which stop nothing", async () => {
    const notes = await found(
      {
        "xray get-trace-segment-destination": { Destination: "CloudWatchLogs", Status: "ACTIVE" },
        "iam get-role": new AwsError("NoSuchEntity", "no such role"),
        "sts get-caller-identity": { Account: "123456789012", Arn: "arn:aws:iam::123456789012:root" },
      },
      { resources: [WAF_LOG] },
    );
    expect(notes.map((line) => line.split(":")[0])).to.deep.equal([
      "note identity",
      "note Transaction Search",
      "note service-linked roles",
    ]);
    expect(notes[2]).to.include("create-service-linked-role --aws-service-name wafv2.amazonaws.com");
  });

  it("says which check AWS did not let ask, and makes the others", async () => {
    const denied = { "xray get-trace-segment-destination": new AwsError("AccessDeniedException", "not authorized: xray") };
    const lines = await found(denied);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include("unknown Transaction Search: not authorized: xray").and.include("API_GetTraceSegmentDestination");
  });

  it("calls AWS by the CLI: its JSON, its codes, and that it is missing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "preflight-"));
    const program = join(folder, "aws");
    const cli = (script: string) => {
      writeFileSync(program, `#!/bin/sh\n${script}\n`);
      chmodSync(program, 0o755);
      return awsCli("eu-west-1", program);
    };
    const failed = async (aws: Aws) => {
      try {
        return await aws("iam", "get-role");
      } catch (error) {
        return error as AwsError;
      }
    };
    try {
      expect(await cli(`echo "{\\"args\\": \\"$*\\"}"`)("sts", "get-caller-identity")).to.deep.equal({
        args: "sts get-caller-identity --region eu-west-1 --output json --no-cli-pager",
      });
      const refusal = "An error occurred (NoSuchEntity) when calling the GetRole operation: no role";
      expect(await failed(cli(`echo '${refusal}' >&2; exit 254`))).to.include({ code: "NoSuchEntity", message: refusal });
      expect(await failed(cli("echo no json"))).to.include({ code: "", message: "aws iam get-role printed no JSON" });
      expect((await failed(awsCli("eu-west-1", join(folder, "none")))) as AwsError)
        .to.have.property("message")
        .that.includes("the AWS CLI can't be started");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
