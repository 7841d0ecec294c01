import * as aws from "@pulumi/aws";
import { expect } from "chai";
import fc from "fast-check";
import { before, describe, it } from "mocha";
import { RULE_GROUPS } from "../../../components/config/waf-rules.ts";
import { overLimit, upTo } from "../../../components/gateway/body-limit.ts";
import { webAcl } from "../../../components/gateway/web-acl.ts";
import { IntegrationHub } from "../../../components/index.ts";
import type { GatewayRequest } from "../../../emulator/apigateway/types.ts";
import { realClock } from "../../../emulator/clock.ts";
import { Firewall } from "../../../emulator/waf/firewall.ts";
import { SIMULATED_RULES } from "../../../emulator/waf/managed-rules.ts";
import { matcherOf } from "../../../emulator/waf/matcher.ts";
import type { Statement, WebAclDefinition } from "../../../emulator/waf/types.ts";
import * as presets from "../../../model/signature-presets.ts";
import { arnOf, type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import shop from "../samples/shop.ts";

const NAME = "hub-gateway-waf";
const program =
  (waf = hubConfig().waf) =>
  () =>
    new IntegrationHub("hub", hubConfig({ waf }), { flows: [shop] });

describe("web ACL", () => {
  let deployed: Deployment<IntegrationHub>;
  before(async () => {
    deployed = await deploy(program());
  });
  const inputs = (type: string, name: string) => deployed.of(type, name).inputs;
  const rules = () => inputs("WebAcl", NAME).rules as Record<string, unknown>[];

  it("stands before the stage", () => {
    expect(inputs("WebAclAssociation", `${NAME}-association`)).to.deep.equal({
      resourceArn: arnOf("apigateway", "hub-gateway-stage"),
      webAclArn: arnOf("wafv2", NAME),
    });
  });

  it("counts the requests of each address first, then measures the body, then asks AWS's rules", () => {
    expect(rules().map(({ name, priority }) => [name, priority])).to.deep.equal([
      ["rate", 0],
      ["body", 1],
      ["AWSManagedRulesAmazonIpReputationList", 2],
      ["AWSManagedRulesKnownBadInputsRuleSet", 3],
      ["AWSManagedRulesCommonRuleSet", 4],
    ]);
    expect(rules()[0]).to.deep.include({
      statement: { rateBasedStatement: { limit: 1_000, aggregateKeyType: "IP", evaluationWindowSec: 300 } },
    });
  });

  /** Requests to webhooks are out of scope. */
  const scopeDownStatement = {
    notStatement: {
      statement: {
        regexMatchStatement: {
          fieldToMatch: { uriPath: {} },
          regexString: "^/(v1/)?hooks/.",
          textTransformations: [
            { priority: 0, type: "URL_DECODE" },
            { priority: 1, type: "NORMALIZE_PATH" },
          ],
        },
      },
    },
  };

  it("lets AWS's rules on long bodies and absent user agents count only, and leaves webhooks to their signatures", () => {
    expect(rules()[3]).to.deep.include({
      statement: {
        managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesKnownBadInputsRuleSet", scopeDownStatement },
      },
    });
    expect(rules()[4]).to.deep.include({
      overrideAction: { none: {} },
      statement: {
        managedRuleGroupStatement: {
          vendorName: "AWS",
          name: "AWSManagedRulesCommonRuleSet",
          scopeDownStatement,
          ruleActionOverrides: ["NoUserAgent_HEADER", "SizeRestrictions_BODY"].map((name) => ({
            name,
            actionToUse: { count: {} },
          })),
        },
      },
    });
  });

  it("lets the stack's rules count, each in its group, and uses the versions that the stack names", async () => {
    const waf = {
      ...hubConfig().waf,
      count: ["CrossSiteScripting_BODY", "Log4JRCE_BODY", "AWSManagedIPDDoSList"] as const,
      versions: { common: "Version_1.19" },
    };
    const { of } = await deploy(program({ ...waf, count: [...waf.count] }));
    const { rules = [] } = of("WebAcl", NAME).inputs as unknown as WebAclDefinition;
    const groups = rules
      .flatMap(({ statement }) => statement.managedRuleGroupStatement ?? [])
      .map(({ version, ruleActionOverrides = [] }) => [version, ruleActionOverrides.map(({ name }) => name)]);
    expect(groups).to.deep.equal([
      [undefined, ["AWSManagedIPDDoSList"]],
      [undefined, ["Log4JRCE_BODY"]],
      ["Version_1.19", ["NoUserAgent_HEADER", "SizeRestrictions_BODY", "CrossSiteScripting_BODY"]],
    ]);
  });

  it("limits an address to twice what the consumer with the highest throttle may send, unless the stack says otherwise", async () => {
    for (const [consumers, limit] of [
      [{ default: {} }, 10 * 300 * 2],
      [{ default: {}, fast: { throttle: { rate: 50, burst: 1 } } }, 50 * 300 * 2],
      [{ slow: { throttle: { rate: 1, burst: 1 } } }, 10 * 300 * 2],
    ] as const) {
      const config = hubConfig({ consumers, waf: { enabled: true, bodyKilobytes: 64 } });
      const { of } = await deploy(() => {
        const stage = new aws.apigateway.Stage("stage", { restApi: "api", deployment: "deployment", stageName: "v1" });
        webAcl("acl", { config, stage, signatureHeaders: [] }, { parent: stage });
      });
      expect((of("WebAcl", "acl").inputs.rules as object[])[0]).to.have.nested.property(
        "statement.rateBasedStatement.limit",
        limit,
      );
    }
  });

  const verdictOf = (path: string, body: string, { of } = deployed) => {
    const definition = { ...(of("WebAcl", NAME).inputs as unknown as WebAclDefinition), name: NAME };
    return new Firewall(definition, realClock()).evaluate({
      method: "POST",
      path,
      query: "",
      headers: [["User-Agent", "curl/8"]],
      body: Buffer.from(body),
      sourceIp: "127.0.0.1",
    });
  };

  describe("with the examples of AWS's documentation", () => {
    const ATTACKS: readonly (readonly [string, string])[] = [
      ["a script", '{"text":"<script>alert(1)</script>"}'],
      ["a path of files", '{"text":"../../etc/passwd"}'],
      ["a URL with an address", '{"text":"http://10.0.0.1/logo.png"}'],
      ["metadata", '{"text":"see 169.254.169.254"}'],
      ["a lookup", '{"text":"$'.concat('{jndi:ldap://example.com/a}"}')],
    ];
    for (const [what, body] of ATTACKS)
      it(`${what} in a body is blocked, and taken in the body of a webhook`, () => {
        for (const path of [
          "/orders",
          "/v1/orders",
          "/hooks",
          "/hooks/../orders",
          "/v1/hooks/%2e%2e/orders",
          "/v1/hooks/..%2forders",
        ])
          expect(verdictOf(path, body), path).to.deep.include({ code: "WAF_BLOCK", filtered: true });
        for (const path of ["/hooks/stripe", "/v1/hooks/stripe"]) expect(verdictOf(path, body).code, path).to.equal("WAF_ALLOW");
      });

    it("each rule that blocks here is one that a stack may let count", () =>
      expect(Object.values(RULE_GROUPS).flat()).to.include.members([...SIMULATED_RULES]));

    it("a rule that the stack lets count blocks nothing", async () => {
      const counting = await deploy(program({ ...hubConfig().waf, count: ["CrossSiteScripting_BODY"] }));
      const codes = ATTACKS.slice(0, 2).map(([, body]) => verdictOf("/orders", body, counting).code);
      expect(codes).to.deep.equal(["WAF_ALLOW", "WAF_BLOCK"]);
    });
  });

  it("limits no body of an operator's call, which may hold thousands of ids or a whole message", () => {
    const long = JSON.stringify({ requestIds: Array.from({ length: 10_000 }, (_, n) => `0190a0f0-0000-7000-8000-${n}`) });
    for (const path of ["/ops/jobs", "/v1/ops/jobs", "/v1/ops/dead-letters/d-1/edit"])
      expect(verdictOf(path, long).code, path).to.equal("WAF_ALLOW");
    for (const path of ["/orders", "/v1/orders", "/ops", "/hooks/stripe", "/ops/../orders", "/v1/ops/%2e%2e/orders"])
      expect(verdictOf(path, long), path).to.deep.include({ code: "WAF_BLOCK" });
  });

  it("looks into 64 KB of a body and answers a longer one by 413, problem details", () => {
    const { associationConfig, customResponseBodies } = inputs("WebAcl", NAME) as {
      associationConfig: unknown;
      customResponseBodies: { key: string; content: string }[];
    };
    expect(associationConfig).to.deep.equal({
      requestBodies: [{ apiGateway: { defaultSizeInspectionLimit: "KB_64" } }],
    });
    expect(rules()[1]).to.deep.include({
      action: { block: { customResponse: { responseCode: 413, customResponseBodyKey: "body" } } },
    });
    expect(customResponseBodies.map(({ key, content }) => [key, JSON.parse(content)])).to.deep.equal([
      [
        "rate",
        {
          type: "about:blank",
          title: "Too Many Requests",
          status: 429,
          detail: "More than 1000 requests came from this address in 5 minutes.",
        },
      ],
      ["body", { type: "about:blank", title: "Content Too Large", status: 413, detail: "The body is longer than 64 KB." }],
    ]);
  });

  it("logs to a group with the name prefix that WAF requires, and redacts credentials", () => {
    expect(inputs("LogGroup", `${NAME}-log`)).to.deep.equal({ namePrefix: "aws-waf-logs-hub-dev-", retentionInDays: 30 });
    const { redactedFields, ...logging } = inputs("WebAclLoggingConfiguration", `${NAME}-logging`) as {
      redactedFields: { singleHeader?: { name: string }; queryString?: object }[];
    };
    expect(logging).to.deep.equal({
      resourceArn: arnOf("wafv2", NAME),
      logDestinationConfigs: [arnOf("cloudwatch", `${NAME}-log`)],
    });
    const signatureHeaders = Object.values(presets).map((preset) => preset({ secret: "s" }).header);
    expect(redactedFields.map(({ singleHeader }) => singleHeader?.name ?? "the query")).to.deep.equal([
      ...[...new Set(["authorization", "cookie", "x-api-key", ...signatureHeaders])].sort(),
      "the query",
    ]);
  });

  it("redacts a header that a flow's sender signs by, whatever its name", async () => {
    const { of } = await deploy(() => {
      const stage = new aws.apigateway.Stage("stage", { restApi: "api", deployment: "deployment", stageName: "v1" });
      webAcl("acl", { config: hubConfig(), stage, signatureHeaders: ["x-parcels"] }, { parent: stage });
    });
    expect(of("WebAclLoggingConfiguration", "acl-logging").inputs.redactedFields).to.deep.include({
      singleHeader: { name: "x-parcels" },
    });
  });

  it("is not made where the stack has none", async () => {
    const { resources } = await deploy(program({ enabled: false, rateLimit: 10, bodyKilobytes: 1 }));
    expect(resources.filter(({ type }) => type.startsWith("aws:wafv2/"))).to.deep.equal([]);
  });

  describe("the limit of a body", () => {
    const isOver = (kilobytes: number, bytes: number, stated?: string) => {
      const statements = overLimit(kilobytes) as readonly Statement[];
      const over = matcherOf({ andStatement: { statements } }, 65_536, realClock());
      const request: GatewayRequest = {
        method: "POST",
        path: "/",
        query: "",
        headers: stated === undefined ? [] : [["Content-Length", stated]],
        body: Buffer.alloc(bytes),
        sourceIp: "127.0.0.1",
      };
      return over(request);
    };

    it("is exact up to 64 KB, whatever the caller states", () => {
      for (const kilobytes of [1, 64]) {
        expect(isOver(kilobytes, kilobytes * 1_024)).to.equal(false);
        expect(isOver(kilobytes, kilobytes * 1_024 + 1, "0")).to.equal(true);
      }
    });

    it("is what Content-Length says beyond 64 KB, and a longer body has to say it", () => {
      expect(isOver(256, 65_536)).to.equal(false);
      expect(isOver(256, 262_144, "262144")).to.equal(false);
      expect(isOver(256, 262_145, "262145")).to.equal(true);
      expect(isOver(256, 65_537)).to.equal(true);
      expect(isOver(256, 65_537, "chunked")).to.equal(true);
    });

    it("makes a pattern of the whole numbers up to any one", () => {
      fc.assert(
        fc.property(fc.nat(300_000), fc.nat(400_000), (most, number) => {
          expect(new RegExp(`^(${upTo(most)})$`).test(String(number)), `${number} of ${most}`).to.equal(number <= most);
        }),
      );
    });
  });
});
