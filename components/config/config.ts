import * as pulumi from "@pulumi/pulumi";
import { DeclarationError, type Problem } from "../../model/index.ts";
import {
  type ConsumerConfig,
  checkConsumers,
  checkJwt,
  isRecord,
  isThrottle,
  isWhole,
  type JwtConfig,
  sharedClients,
  type ThrottleConfig,
  unless,
} from "./callers.ts";
import { type DomainConfig, type EgressConfig, PERIMETER_CHECKS, type WafConfig } from "./perimeter.ts";

/** Where a third party is, on this stack. */
export interface ThirdPartyConfig {
  readonly baseUrl?: string;
  readonly tokenUrl?: string;
}

/** The stack's own settings, `hub:…` in Pulumi.<stack>.yaml. */
export interface HubConfig {
  /** How long the archive keeps events, so that they can be replayed. 1 to 3650. @default 30 */
  readonly archiveDays: number;
  /** One of the periods that CloudWatch Logs offers. @default 30 */
  readonly logRetentionDays: number;
  /** `debug`, `info`, `warn` or `error`. @default "info" */
  readonly logLevel: string;
  /** Who may call the API, by kebab-case names. @default { default: {} } */
  readonly consumers: Readonly<Record<string, ConsumerConfig>>;
  /** Whose tokens the API takes. @default nobody's, only API keys */
  readonly jwt: JwtConfig | undefined;
  /** Those of the consumers who may use the ops API: dead letters and replays. @default [] */
  readonly operators: readonly string[];
  /** Of the whole API, and of each consumer that has none of its own. @default 100 and 200 */
  readonly throttle: ThrottleConfig;
  /**
   * Size in GB of the gateway's cache, which keeps answers of the status routes for a second and of other GET routes as their flows say:
   * 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118 or 237, paid by the hour; 0 for none.
   * https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html @default 0
   */
  readonly cache: number;
  /** Keeps functions warm of which a flow says so; paid by the hour. @default true */
  readonly provisionedConcurrency: boolean;
  /** The web ACL in front of the API. @default { enabled: true, rateLimit: 10000, bodyKilobytes: 64 } */
  readonly waf: WafConfig;
  /** Where the API is served; its own address is closed then. @default API Gateway's own address */
  readonly domain?: DomainConfig;
  /** From where adapters with `egress: "fixed"` are called. @default none is set, and such an adapter is refused */
  readonly egress?: EgressConfig;
  /** Who hears of alarms: e-mail addresses, https endpoints, ARNs of SNS topics. @default [], so that only the hub's own topic does */
  readonly alarmTargets: readonly string[];
  /** Other addresses for third parties than the flows declare. */
  readonly thirdParties: Readonly<Record<string, ThirdPartyConfig>>;
  /** On every resource that AWS tags, beside `hub:project`, `hub:stack`, `hub:flow` and `hub:owner`. @default none */
  readonly tags: Readonly<Record<string, string>>;
  /**
   * Values of secrets by their declared names, each an object of texts; encrypted in the stack's file and in its state. A secret that
   * is not named is made empty, for its owner to fill. Only `pulumi config set --secret` may set it. @default none
   */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /**
   * Keeps what holds data: Pulumi refuses to delete the table and the secrets, and leaves queues in place that the program no longer
   * has. @default true
   */
  readonly protect: boolean;
  /** Sets the account's CloudWatch role for API Gateway, of which there is one per account and region. @default true */
  readonly accountLogging: boolean;
}

const DEFAULT_CONFIG: HubConfig = {
  archiveDays: 30,
  logRetentionDays: 30,
  logLevel: "info",
  consumers: { default: {} },
  jwt: undefined,
  operators: [],
  throttle: { rate: 100, burst: 200 },
  cache: 0,
  provisionedConcurrency: true,
  waf: { enabled: true, rateLimit: 10_000, bodyKilobytes: 64 },
  alarmTargets: [],
  thirdParties: {},
  tags: {},
  secrets: {},
  protect: true,
  accountLogging: true,
};

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/** https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html#apigw-CreateStage-request-cacheClusterSize */
const CACHE_SIZES = [0, 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237];

type Check = (value: unknown) => string | undefined;
const isHttps = (value: unknown) => typeof value === "string" && /^https:\/\/[^/\s?#@]+(\/[^\s?#]*[^/\s?#])?$/.test(value);
const isTag = (value: unknown, most: number) =>
  typeof value === "string" && value.length >= 1 && value.length <= most && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u.test(value);

/** Each answers what the value should be, or nothing when it is. */
const CHECKS: Readonly<Record<keyof HubConfig, Check>> = {
  archiveDays: (value) => unless(isWhole(value, 1, 3_650), "a whole number from 1 to 3650"),
  logRetentionDays: (value) => unless(LOG_RETENTION.includes(value as number), `one of ${LOG_RETENTION.join(", ")}`),
  logLevel: (value) => unless(["debug", "info", "warn", "error"].includes(value as string), "debug, info, warn or error"),
  consumers: checkConsumers,
  jwt: checkJwt,
  operators: (value) =>
    unless(
      Array.isArray(value) && new Set(value).size === value.length && value.every((name) => typeof name === "string"),
      "a list of different names of consumers",
    ),
  throttle: (value) => unless(isThrottle(value), "{ rate: 1 to 10000, burst: 1 to 5000 }"),
  cache: (value) => unless(CACHE_SIZES.includes(value as number), `one of ${CACHE_SIZES.join(", ")}`),
  ...PERIMETER_CHECKS,
  thirdParties: (value) =>
    unless(
      isRecord(value) &&
        Object.values(value).every(
          (one) =>
            isRecord(one) && Object.entries(one).every(([key, url]) => (key === "baseUrl" || key === "tokenUrl") && isHttps(url)),
        ),
      "adapter names with { baseUrl, tokenUrl }, https URLs without a trailing slash",
    ),
  tags: (value) =>
    unless(
      isRecord(value) &&
        Object.keys(value).length <= 40 &&
        Object.entries(value).every(([key, text]) => !/^(aws|hub):/i.test(key) && isTag(key, 128) && isTag(text, 256)),
      "at most 40 tags: keys without aws: or hub:, letters, digits, spaces and _.:/=+-@",
    ),
  secrets: (value) =>
    unless(
      isRecord(value) &&
        Object.values(value).every(
          (one) => isRecord(one) && Object.keys(one).length > 0 && Object.values(one).every((text) => typeof text === "string"),
        ),
      'secrets\' declared names with objects of texts, such as { "erp/oauth": { "clientId": "…", "clientSecret": "…" } }',
    ),
  provisionedConcurrency: (value) => unless(typeof value === "boolean", "true or false"),
  protect: (value) => unless(typeof value === "boolean", "true or false"),
  accountLogging: (value) => unless(typeof value === "boolean", "true or false"),
};

/** Names of all settings, without `hub:`. */
export const SETTINGS: readonly string[] = Object.keys(CHECKS);

/**
 * Reads and checks the stack's settings.
 * @throws DeclarationError with all problems at once
 */
export function readConfig(): HubConfig {
  const problems: Problem[] = [...unknownKeys(), ...plainSecrets()];
  const given = (SETTINGS as readonly (keyof HubConfig)[]).flatMap((key) => {
    // Not Config#get, which warns of an encrypted setting that is read as text; what holds secrets is made secret where it is used.
    const text = pulumi.runtime.allConfig()[`hub:${key}`];
    if (text === undefined) return [];
    const value = parse(text);
    const expected = CHECKS[key](value);
    if (expected !== undefined)
      problems.push({
        code: "RANGE",
        where: `config hub:${key}`,
        fact: `${key === "secrets" || isEncrypted(`hub:${key}`) ? "the value" : text} is not ${expected}`,
        remedy: `Set it in Pulumi.${pulumi.getStack()}.yaml`,
      });
    return [[key, value] as const];
  });
  const read: HubConfig = { ...DEFAULT_CONFIG, ...Object.fromEntries(given) };
  if (problems.length === 0) problems.push(...strangers(read), ...sharedClients(read.consumers));
  if (problems.length > 0) throw new DeclarationError(problems);
  return read;
}

const strangers = ({ operators, consumers }: HubConfig): Problem[] =>
  operators
    .filter((operator) => !(operator in consumers))
    .map((operator) => ({
      code: "NAME",
      where: "config hub:operators",
      fact: `${operator} is no consumer`,
      remedy: `Use some of ${Object.keys(consumers).join(", ")}, or add it to hub:consumers`,
    }));

/** Pulumi hands over texts: JSON for what is no text in YAML. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The engine says in the environment which settings were encrypted; the SDK keeps that to itself. */
const isEncrypted = (key: string) => (JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]") as string[]).includes(key);

/** A value in plain text would be in version control, and in the stack's state. */
function plainSecrets(): Problem[] {
  if (pulumi.runtime.allConfig()["hub:secrets"] === undefined || isEncrypted("hub:secrets")) return [];
  return [
    {
      code: "SECRET",
      where: "config hub:secrets",
      fact: "it is not encrypted",
      remedy: "Take it out, change those secrets, and set it with `pulumi config set --secret --path`",
    },
  ];
}

function unknownKeys(): Problem[] {
  return Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith("hub:") && !SETTINGS.includes(key.slice(4)))
    .map((key) => ({
      code: "NAME",
      where: `config ${key}`,
      fact: "the hub has no such setting",
      remedy: `Use one of ${SETTINGS.join(", ")}`,
    }));
}
