import { isRecord, isWhole, unless } from "./callers.ts";

const matches = (value: unknown, pattern: RegExp) => typeof value === "string" && pattern.test(value);

/** The web ACL in front of the API. */
export interface WafConfig {
  readonly enabled: boolean;
  /** Requests of one address in five minutes; 10 to 2000000000. */
  readonly rateLimit: number;
  /** Longest body; 1 to 256. WAF looks into the first 64. */
  readonly bodyKilobytes: number;
}

/** A domain of the hub's own. */
export interface DomainConfig {
  /** Such as `api.example.com`. */
  readonly name: string;
  /** Of ACM, in the stack's region, for that name. */
  readonly certificateArn: string;
  /** Of the Route 53 zone that gets the record. @default somebody makes the record by hand */
  readonly hostedZoneId?: string;
}

/** Where third parties are called from that list their callers' addresses. */
export interface EgressConfig {
  /** How many, 0 to 3; each is a NAT gateway that costs by the hour. 0: this stack's third parties list none. */
  readonly addresses: number;
}

export const PERIMETER_CHECKS = {
  waf: (value) =>
    unless(
      isRecord(value) &&
        Object.keys(value).sort().join() === "bodyKilobytes,enabled,rateLimit" &&
        typeof value.enabled === "boolean" &&
        isWhole(value.rateLimit, 10, 2_000_000_000) &&
        isWhole(value.bodyKilobytes, 1, 256),
      "{ enabled: true or false, rateLimit: 10 to 2000000000, bodyKilobytes: 1 to 256 }",
    ),
  domain: (value) =>
    unless(
      isRecord(value) &&
        Object.keys(value).every((key) => ["name", "certificateArn", "hostedZoneId"].includes(key)) &&
        matches(value.name, /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/) &&
        matches(value.certificateArn, /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/) &&
        (value.hostedZoneId === undefined || matches(value.hostedZoneId, /^Z[A-Z0-9]+$/)),
      '{ name: "api.example.com", certificateArn: "arn:aws:acm:…", hostedZoneId?: "Z…" }',
    ),
  egress: (value) =>
    unless(
      isRecord(value) && Object.keys(value).join() === "addresses" && isWhole(value.addresses, 0, 3),
      "{ addresses: 0 to 3 }",
    ),
  alarmTargets: (value) =>
    unless(
      Array.isArray(value) &&
        new Set(value).size === value.length &&
        value.every((target) => kindOfTarget(target) !== undefined) &&
        value.filter((target) => kindOfTarget(target) === "topic").length <= OTHER_TOPICS,
      `a list of different e-mail addresses, https URLs, and at most ${OTHER_TOPICS} ARNs of SNS topics`,
    ),
} satisfies Readonly<Record<string, (value: unknown) => string | undefined>>;

/** An alarm takes five actions a state, and the hub's own topic is one. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const OTHER_TOPICS = 4;

/** What a target of alarms is; `undefined` for what can't be one. */
export function kindOfTarget(target: unknown): "email" | "https" | "topic" | undefined {
  if (matches(target, /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/)) return "topic";
  if (matches(target, /^https:\/\/[^\s/?#@]+(\/\S*)?$/)) return "https";
  return matches(target, /^[^\s@]+@[^\s@]+\.[^\s@.]+$/) ? "email" : undefined;
}
