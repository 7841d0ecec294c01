import type { IncomingHttpHeaders } from "node:http";
import { type Backoff, waitOf } from "../backoff.ts";
import type { Clock } from "../ports.ts";
import { signedHeaders } from "../sigv4.ts";
import { USER_AGENT } from "../third-party/send.ts";
import { keysOf, regionOf, type Variables } from "./lambda-environment.ts";
import { type Answer, post } from "./post.ts";
import { recordCall } from "./record-calls.ts";
import { systemClock } from "./system-clock.ts";

/**
 * Calls AWS services that speak AWS JSON: a POST, a target, a signature. The AWS SDK does the same in some thirty layers that a function
 * pays for at each call and each cold start (docs/decisions/065-aws-client.md).
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */

interface Service {
  /** In the name of the endpoint, and in signatures. */
  readonly name: string;
  /** Before the name of each operation. */
  readonly target: string;
  /** Of AWS JSON. */
  readonly version: "1.0" | "1.1";
  /** As the SDKs name it: `AWS_ENDPOINT_URL_<id>` replaces its address. https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html */
  readonly id: string;
  /** In traces. */
  readonly title: string;
}
export const SERVICES = {
  dynamodb: { name: "dynamodb", target: "DynamoDB_20120810", version: "1.0", id: "DYNAMODB", title: "DynamoDB" },
  eventbridge: { name: "events", target: "AWSEvents", version: "1.1", id: "EVENTBRIDGE", title: "EventBridge" },
  secretsManager: {
    name: "secretsmanager",
    target: "secretsmanager",
    version: "1.1",
    id: "SECRETS_MANAGER",
    title: "SecretsManager",
  },
  sqs: { name: "sqs", target: "AmazonSQS", version: "1.0", id: "SQS", title: "SQS" },
} as const satisfies Readonly<Record<string, Service>>;

/** Operations of a service that are used, by name. */
type Operations = Readonly<Record<string, { readonly input: object; readonly output: object }>>;

/** Calls an operation. @throws AwsError with the service's code as its name, and what Node's HTTP client throws */
export type AwsClient<O extends Operations> = <N extends keyof O & string>(
  name: N,
  input: O[N]["input"],
) => Promise<O[N]["output"]>;

/** A service refused a call. */
export class AwsError extends Error {
  /** Code of the service, such as `ConditionalCheckFailedException`. */
  override readonly name: string;
  readonly status: number;
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = code;
    this.status = status;
  }
}

const MOST_ATTEMPTS = 3;
/** As the SDKs' standard mode waits. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const BACKOFF: Backoff = { jitter: "full", base: 100, cap: 20_000 };
const BACKOFF_THROTTLED: Backoff = { ...BACKOFF, base: 500 };

/**
 * @param env region, address and keys, as Lambda sets them; read at each call, since keys change
 * @param outside.random 0 up to 1
 */
export function awsClient<O extends Operations>(
  service: Service,
  env: Variables = process.env,
  { clock, random }: { readonly clock: Clock; readonly random: () => number } = { clock: systemClock, random: Math.random },
): AwsClient<O> {
  let url: URL | undefined;
  async function once(operation: string, body: string): Promise<Answer> {
    url ??= new URL(endpointOf(service, env));
    const headers = {
      "content-type": `application/x-amz-json-${service.version}`,
      "x-amz-target": `${service.target}.${operation}`,
      "content-length": String(Buffer.byteLength(body)),
      "user-agent": USER_AGENT,
    };
    const scope = { service: service.name, region: regionOf(env) };
    return post(url, signedHeaders({ method: "POST", url, headers, body }, keysOf(env), scope, clock.now()), body);
  }
  async function tried(operation: string, input: object): Promise<never> {
    const body = JSON.stringify(input);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { status, headers, text } = await once(operation, body);
        if (status < 300) return (text === "" ? {} : JSON.parse(text)) as never;
        throw refused(status, headers, text);
      } catch (error) {
        const backoff = backoffOf(error);
        if (!backoff || attempt >= MOST_ATTEMPTS) throw error;
        await clock.sleep(waitOf(backoff, attempt, random()));
      }
    }
  }
  return (operation, input) => recordCall(`${service.title}.${operation}`, () => tried(operation, input));
}

/** https://docs.aws.amazon.com/general/latest/gr/rande.html @throws Error where no region is set */
export function endpointOf({ name, id }: Service, env: Variables): string {
  const region = regionOf(env);
  const [, suffix = "amazonaws.com"] = SUFFIXES.find(([start]) => region.startsWith(start)) ?? [];
  return env[`AWS_ENDPOINT_URL_${id}`] ?? env.AWS_ENDPOINT_URL ?? `https://${name}.${region}.${suffix}/`;
}

/** Of the partitions whose endpoints end otherwise. https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json */
const SUFFIXES = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
] as const;

/** The code is the shape's name without its namespace and its link. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization */
function refused(status: number, headers: IncomingHttpHeaders, text: string): AwsError {
  let body: Readonly<Record<string, unknown>> = {};
  try {
    body = JSON.parse(text) as typeof body;
  } catch {
    // Not the service answered, but something before it.
  }
  const shape = String(headers["x-amzn-errortype"] ?? body.__type ?? body.code ?? `Status${status}`);
  const [code = ""] = (shape.split("#").at(-1) ?? "").split(/[:,]/);
  return new AwsError(code, String(body.message ?? body.Message ?? `status ${status}`), status);
}

/** @returns how long to wait before the call is made again; `undefined` where that can't help. As the SDK decides: see BACKOFF. */
function backoffOf(error: unknown): Backoff | undefined {
  const { name, code = "", status = 0 } = error as { readonly name: string; readonly code?: string; readonly status?: number };
  if (status === 429 || THROTTLED.has(name)) return BACKOFF_THROTTLED;
  return BROKEN.has(status) || BROKEN.has(name) || BROKEN.has(code) ? BACKOFF : undefined;
}

const THROTTLED: ReadonlySet<string> = new Set([
  "BandwidthLimitExceeded",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
]);
/** Statuses, codes of services and codes of Node. */
const BROKEN: ReadonlySet<string | number> = new Set([
  ...[500, 502, 503, 504],
  ...["TimeoutError", "RequestTimeout", "RequestTimeoutException"],
  ...["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"],
]);
