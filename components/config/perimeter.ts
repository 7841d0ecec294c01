import * as z from "zod";
import { LARGEST_BODY_KB } from "../../protocol/limits.ts";
import { areDifferent, optional, text, whole } from "./fields.ts";
import { RULE_GROUPS } from "./waf-rules.ts";

const version = text(/^Version_\d{1,3}\.\d{1,3}$/, "a static version such as Version_1.19", "A static version of the group.");
const AWS_CHOICE = "the version that AWS recommends at the time";

export const waf = z
  .strictObject({
    enabled: z.boolean().meta({ description: "Creates the web ACL." }),
    rateLimit: optional(
      whole(10, 2_000_000_000, "Requests of one address in five minutes."),
      "twice what the consumer with the highest throttle may send",
    ),
    bodyKilobytes: whole(1, LARGEST_BODY_KB, "Longest body in KB. WAF inspects the first 64."),
    count: optional(
      z
        .array(z.enum(Object.values(RULE_GROUPS).flat()))
        .refine(areDifferent)
        .meta({
          form: "a list of different rules of the AWS groups",
          description: "Rules of the AWS groups that only count, such as `CrossSiteScripting_BODY`.",
        }),
      "`SizeRestrictions_BODY` and `NoUserAgent_HEADER`, which always do",
    ),
    versions: optional(
      z.strictObject({ common: optional(version, AWS_CHOICE), knownBadInputs: optional(version, AWS_CHOICE) }).meta({
        description: "Versions of the AWS groups `AWSManagedRulesCommonRuleSet` and `AWSManagedRulesKnownBadInputsRuleSet`.",
      }),
      "those that AWS recommends at the time",
    ),
  })
  .default({ enabled: true, bodyKilobytes: 64 })
  .meta({ description: "The web ACL in front of the API." });

export const domain = z
  .strictObject({
    name: text(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, "a domain such as api.example.com", "The domain."),
    certificateArn: text(
      /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
      "the ARN of an ACM certificate",
      "Certificate for the domain, in the stack's region.",
    ),
    hostedZoneId: optional(
      text(/^Z[A-Z0-9]+$/, "the id of a Route 53 zone, Z…", "Route 53 zone that gets the DNS record."),
      "none: you create the record",
    ),
  })
  .meta({ description: "Domain of the API; API Gateway's own address is closed." });

export type DomainConfig = z.output<typeof domain>;

export const egress = z
  .strictObject({
    addresses: whole(0, 3, "Number of fixed addresses. Each is a NAT gateway, billed by the hour."),
    zones: optional(
      z
        .array(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "an availability zone such as us-east-1b"))
        .min(2)
        .max(3)
        .refine(areDifferent)
        .meta({
          form: "a list of two or three different availability zones",
          description: "Zones of the network, one for each address and two at least: Lambda refuses some zones.",
        }),
      "the first ones of the region",
    ),
  })
  .meta({ description: 'Network of adapters with `egress: "fixed"`.' });

/** An alarm takes five actions a state, and the hub's own topic is one. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const OTHER_TOPICS = 4;

const TARGETS = {
  topic: /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
  https: /^https:\/\/[^\s/?#@]+(\/\S*)?$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@.]+$/,
};

/** @returns the kind of an alarm target, `undefined` for a text that is no target */
export const kindOfTarget = (target: string) => (["topic", "https", "email"] as const).find((kind) => TARGETS[kind].test(target));

const alarmTarget = z
  .string()
  .refine((target) => kindOfTarget(target) !== undefined)
  .meta({ form: "an e-mail address, an https URL or the ARN of an SNS topic" });

export const alarmTargets = z
  .array(alarmTarget)
  .refine(areDifferent)
  .refine((targets) => targets.filter((target) => kindOfTarget(target) === "topic").length <= OTHER_TOPICS)
  .default([])
  .meta({
    form: `a list of different targets with at most ${OTHER_TOPICS} ARNs of SNS topics`,
    description: "Receivers of alarms, beside the hub's own topic.",
  });
