import type { HubConfig } from "../../components/index.ts";

/** A stack's settings for tests. */
export const hubConfig = (changes: Partial<HubConfig> = {}): HubConfig => ({
  archiveDays: 7,
  logRetentionDays: 30,
  logLevel: "info",
  logLevels: {},
  traces: { share: 1 },
  consumers: { default: {} },
  operators: [],
  throttle: { rate: 10, burst: 20 },
  cache: 0,
  detailedMetrics: false,
  provisionedConcurrency: true,
  waf: { enabled: true, rateLimit: 1_000, bodyKilobytes: 64 },
  alarmTargets: [],
  thirdParties: {},
  tags: {},
  secrets: {},
  protect: false,
  accountLogging: true,
  ...changes,
});
