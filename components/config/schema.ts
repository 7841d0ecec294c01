import * as z from "zod";
import { LOG_LEVELS } from "../../protocol/logs.ts";
import { callers, checkCallers, consumers, jwt, operators, throttle } from "./callers.ts";
import { concurrency, warmThroughput } from "./capacity.ts";
import { isFilled, optional, text, whole } from "./fields.ts";
import { alarmTargets, domain, egress, waf } from "./perimeter.ts";
import { traces } from "./traces.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html#apigw-CreateStage-request-cacheClusterSize */
const CACHE_SIZES = [0, 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237] as const;

const baseUrl = (description: string) =>
  text(/^https:\/\/[^/\s?#@]+(\/[^\s?#]*[^/\s?#])?$/, "an https URL without a query and a trailing slash", description);

const thirdParty = z.strictObject({
  baseUrl: optional(baseUrl("Base URL on this stack."), "the adapter's"),
  tokenUrl: optional(baseUrl("Token URL on this stack."), "the adapter's"),
});
/** Addresses of a third party on this stack. */
export type ThirdPartyConfig = z.output<typeof thirdParty>;

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
const tag = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u);

/**
 * The settings of a stack, `hub:…` in Pulumi.<stack>.yaml. Types, defaults, messages and the table of docs/settings.md come from here.
 */
export const settings = z
  .strictObject({
    archiveDays: whole(1, 3_650, "Days for which the archive keeps events, so that they can be replayed.").default(30),
    logRetentionDays: z
      .literal(LOG_RETENTION)
      .default(30)
      .meta({ description: "Days for which every log group keeps its lines: a period that CloudWatch Logs offers." }),
    logLevel: z.enum(LOG_LEVELS).default("info").meta({ description: "Log level of every function." }),
    logLevels: z.record(z.string(), z.enum(LOG_LEVELS)).default({}).meta({
      form: 'an object such as { "order-to-erp": "debug" }',
      description: "Log levels of the functions of single flows, by the flow's name, in place of `hub:logLevel`.",
    }),
    traces,
    consumers,
    operators,
    jwt: optional(jwt, "none: only API keys"),
    throttle: throttle("Limit of the whole API, and of each consumer without one of its own.").default({ rate: 100, burst: 200 }),
    cache: z
      .literal(CACHE_SIZES)
      .default(0)
      .meta({ description: "Size of the gateway's cache in GB, billed by the hour; 0: no cache." }),
    detailedMetrics: z
      .boolean()
      .default(false)
      .meta({ description: "CloudWatch metrics of each method beside the API's; billed by method as custom metrics." }),
    provisionedConcurrency: z
      .boolean()
      .default(true)
      .meta({ description: "Keeps functions warm where their flows ask for it; billed by the hour." }),
    concurrency: optional(concurrency, "nothing is reserved, of an account with 1,000"),
    warmThroughput: optional(warmThroughput, "DynamoDB's: 12,000 reads and 4,000 writes a second, growing with use"),
    waf,
    domain: optional(domain, "API Gateway's address"),
    alarmTargets,
    egress: optional(egress, "none: such an adapter is refused"),
    thirdParties: z
      .record(z.string(), thirdParty)
      .default({})
      .meta({ description: "Other addresses of third parties than their adapters declare." }),
    tags: z
      .record(
        tag(128)
          .regex(/^(?!(aws|hub):)/i)
          .meta({ form: "a key of 1 to 128 letters, digits, spaces and _.:/=+-@ that does not begin with aws: or hub:" }),
        tag(256).meta({ form: "1 to 256 letters, digits, spaces and _.:/=+-@" }),
      )
      .refine((tags) => Object.keys(tags).length <= 40)
      .default({})
      .meta({
        form: "an object of at most 40 tags",
        description: "Tags of every resource, beside `hub:project`, `hub:stack`, `hub:flow` and `hub:owner`.",
      }),
    secrets: z
      .record(z.string(), z.record(z.string(), z.string()).refine(isFilled).meta({ form: "an object of texts" }))
      .default({})
      .meta({
        form: 'an object such as { "erp/oauth": { "clientId": "…", "clientSecret": "…" } }',
        description: "Values of secrets, encrypted: `pulumi config set --secret`. A secret without a value is created empty.",
      }),
    protect: z
      .boolean()
      .default(true)
      .meta({ description: "Refuses to delete the table and the secrets, and retains queues that the program no longer has." }),
    accountLogging: z
      .boolean()
      .default(true)
      .meta({ description: "Sets API Gateway's logging role, of which an account has one per region." }),
  })
  .superRefine(checkCallers, { when: ({ value }) => callers.safeParse(value).success });

export type HubConfig = z.output<typeof settings>;
