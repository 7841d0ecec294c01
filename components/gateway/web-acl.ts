import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { WEBHOOKS } from "../../model/index.ts";
import * as presets from "../../model/signature-presets.ts";
import { OPS } from "../../protocol/routes.ts";
import type { HubConfig } from "../config/config.ts";
import { RULE_GROUPS, type RuleGroup } from "../config/waf-rules.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { INSPECTED_KB, overLimit } from "./body-limit.ts";
import { STAGE } from "./stage.ts";

type Rule = aws.types.input.wafv2.WebAclRule;
type Statement = aws.types.input.wafv2.WebAclRuleStatement;

interface WebAclArgs {
  readonly config: HubConfig;
  readonly stage: aws.apigateway.Stage;
  /** Headers that prove who a webhook comes from, lower case. */
  readonly signatureHeaders: readonly string[];
}

/** Seconds over which requests of one address are counted. */
const WINDOW = 300;
/** Headers that carry credentials; the log must not show their values. */
const SECRET_HEADERS = ["authorization", "x-api-key", "cookie"];
/** Signature headers of every preset, used or not, so that a flow that adds a webhook does not change the web ACL. */
const PRESET_HEADERS = Object.values(presets).map((preset) => preset({ secret: "" }).header);

/**
 * Inspects each request before the API does: rate per address, length of the body, then AWS's own rules.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html
 */
export function webAcl(name: string, { config, stage, signatureHeaders }: WebAclArgs, options: ChildOptions): void {
  const { bodyKilobytes, count = [], versions = {} } = config.waf;
  const rateLimit = rateLimitOf(config);
  const acl = new aws.wafv2.WebAcl(
    name,
    {
      description: "Front door of the integration hub",
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      rules: [
        // First, so that it also counts requests that the later rules block.
        rule("rate", 0, {
          action: blocked(429, "rate", { "Retry-After": String(WINDOW) }),
          statement: { rateBasedStatement: { limit: rateLimit, aggregateKeyType: "IP", evaluationWindowSec: WINDOW } },
        }),
        rule("body", 1, {
          action: blocked(413, "body"),
          // Operators send thousands of ids, and messages as long as an event may be; API Gateway takes 10 MB.
          statement: { andStatement: { statements: [...overLimit(bodyKilobytes), notBelow(OPS)] } },
        }),
        managed("AWSManagedRulesAmazonIpReputationList", 2, { count }),
        managed("AWSManagedRulesKnownBadInputsRuleSet", 3, { count, version: versions.knownBadInputs, unsigned: true }),
        // Orders may be longer than 8 KB, and machines often send no User-Agent: both are only counted.
        managed("AWSManagedRulesCommonRuleSet", 4, {
          count: ["SizeRestrictions_BODY", "NoUserAgent_HEADER", ...count],
          version: versions.common,
          unsigned: true,
        }),
      ],
      customResponseBodies: [
        problem(
          "rate",
          429,
          "Too Many Requests",
          `More than ${rateLimit} requests came from this address in ${WINDOW / 60} minutes.`,
        ),
        problem("body", 413, "Content Too Large", `The body is longer than ${bodyKilobytes} KB.`),
      ],
      associationConfig: { requestBodies: [{ apiGateway: { defaultSizeInspectionLimit: `KB_${INSPECTED_KB}` } }] },
      visibilityConfig: seen(webAclMetric(name)),
    },
    options,
  );
  new aws.wafv2.WebAclAssociation(`${name}-association`, { resourceArn: stage.arn, webAclArn: acl.arn }, options);
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-log`,
    // The name has to start like this. https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
    { namePrefix: `aws-waf-logs-${pulumi.getProject()}-${pulumi.getStack()}-`, retentionInDays: config.logRetentionDays },
    options,
  );
  const headers = [...new Set([...SECRET_HEADERS, ...PRESET_HEADERS, ...signatureHeaders])].sort();
  new aws.wafv2.WebAclLoggingConfiguration(
    `${name}-logging`,
    {
      resourceArn: acl.arn,
      logDestinationConfigs: [logGroup.arn],
      // What links a line to the others stays: API Gateway's request id (httpRequest.requestId), X-Correlation-ID and X-Amzn-Trace-Id.
      // https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html
      // Some vendors send their token in the query of the handshake.
      redactedFields: [...headers.map((header) => ({ singleHeader: { name: header } })), { queryString: {} }],
    },
    options,
  );
}

/** Name of the metric of a web ACL of this name. */
export const webAclMetric = (name: string) => `${pulumi.getProject()}-${pulumi.getStack()}-${name}`;

// Samples would show whole headers: redaction applies to the log only.
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields-management.html
const seen = (metricName: string) => ({ cloudwatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName });

const rule = (name: string, priority: number, own: Pick<Rule, "statement" | "action" | "overrideAction">): Rule => ({
  name,
  priority,
  visibilityConfig: seen(name),
  ...own,
});

/** Requests with another path; of one such as `/hooks/../orders`, WAF compares what remains of it. */
const notBelow = (folder: string): Statement => ({
  notStatement: {
    statement: {
      regexMatchStatement: {
        fieldToMatch: { uriPath: {} },
        regexString: `^/(${STAGE}/)?${folder}/.`,
        textTransformations: ["URL_DECODE", "NORMALIZE_PATH"].map((type, priority) => ({ priority, type })),
      },
    },
  },
});

/**
 * Requests that carry no signature: texts in webhooks, such as HTML or paths of files, look like attacks, and their signatures prove their
 * origin.
 */
const UNSIGNED = notBelow(WEBHOOKS);

interface ManagedOptions {
  /** Rules that only count; those of other groups have no effect. */
  readonly count: readonly string[];
  /** @default the one that AWS recommends */
  readonly version?: string | undefined;
  /** Whether it inspects only requests without a signature. @default false */
  readonly unsigned?: boolean;
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html */
function managed(name: RuleGroup, priority: number, { count, version, unsigned = false }: ManagedOptions): Rule {
  const counted = RULE_GROUPS[name].filter((one) => count.includes(one));
  return rule(name, priority, {
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name,
        ...(version !== undefined && { version }),
        ...(unsigned && { scopeDownStatement: UNSIGNED }),
        ...(counted.length > 0 && {
          ruleActionOverrides: counted.map((one) => ({ name: one, actionToUse: { count: {} } })),
        }),
      },
    },
  });
}

/** Twice what the consumer with the highest limit may send in the window: callers share the address of a NAT. */
function rateLimitOf({ waf, throttle, consumers }: HubConfig): number {
  const rates = Object.values(consumers).map((consumer) => (consumer.throttle ?? throttle).rate);
  return waf.rateLimit ?? Math.max(throttle.rate, ...rates) * WINDOW * 2;
}

const blocked = (responseCode: number, customResponseBodyKey: string, headers: Readonly<Record<string, string>> = {}) => ({
  block: {
    customResponse: {
      responseCode,
      customResponseBodyKey,
      ...(Object.keys(headers).length > 0 && {
        responseHeaders: Object.entries(headers).map(([name, value]) => ({ name, value })),
      }),
    },
  },
});

/** WAF offers no application/problem+json, no header content-type, and no variables: the request's id is in the header x-amzn-requestid. */
const problem = (key: string, status: number, title: string, detail: string) => ({
  key,
  contentType: "APPLICATION_JSON",
  content: JSON.stringify({ type: "about:blank", title, status, detail }),
});
