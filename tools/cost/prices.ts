/** The day on which the prices were read. */
export const PRICED_ON = "2026-11-28";

/**
 * USD in us-east-1, without free tiers and discounts, as of `PRICED_ON`. Other regions cost up to a third more. Each price stands beside the page that
 * gives it: compare before you rely on it.
 */
export const PRICES = {
  /** A month of AWS's calculators: 730 hours. https://aws.amazon.com/ec2/pricing/on-demand/ */
  hoursAMonth: 730,
  /** https://aws.amazon.com/api-gateway/pricing/ REST API, first 333 million a month; cache by its GB, an hour */
  apiCall: 3.5 / 1e6,
  cacheHour: { 0: 0, 0.5: 0.02, 1.6: 0.038, 6.1: 0.2, 13.5: 0.25, 28.4: 0.5, 58.2: 1, 118: 1.9, 237: 3.8 } as Readonly<
    Record<string, number>
  >,
  /** https://aws.amazon.com/waf/pricing/ */
  wafRequest: 0.6 / 1e6,
  webAclMonth: 5,
  wafRuleMonth: 1,
  /** https://aws.amazon.com/lambda/pricing/ Arm */
  invocation: 0.2 / 1e6,
  gbSecond: 0.0000133334,
  provisionedGbSecond: 0.0000033334,
  /** https://aws.amazon.com/eventbridge/pricing/ custom events of up to 64 KB; archive */
  event: 1 / 1e6,
  archivedGb: 0.1,
  archivedGbMonth: 0.023,
  scheduledCall: 1 / 1e6,
  /** https://aws.amazon.com/sqs/pricing/ standard queues; each up to 64 KB */
  queueRequest: 0.4 / 1e6,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ with point-in-time recovery */
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  storedGbMonth: 0.25 + 0.2,
  /** https://aws.amazon.com/cloudwatch/pricing/ */
  logGb: 0.5,
  logGbMonth: 0.03,
  alarmMetricMonth: 0.1,
  customMetricMonth: 0.3,
  dashboardMonth: 3,
  /** https://aws.amazon.com/xray/pricing/ */
  trace: 5 / 1e6,
  /** https://aws.amazon.com/secrets-manager/pricing/ */
  secretMonth: 0.4,
  /** https://aws.amazon.com/vpc/pricing/ a NAT gateway with its public address */
  natHour: 0.045 + 0.005,
} as const;
