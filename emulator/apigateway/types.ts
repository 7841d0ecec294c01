import type { Clock } from "../clock.ts";
import type { Measurement } from "../cloudwatch/metrics.ts";

/** A recorded REST API with its stage, API keys and usage plans. */
export interface RestApiDefinition {
  /** Id of the REST API, such as `a1b2c3d4e5`. */
  readonly id: string;
  /** Name of the REST API, by which its metrics are known. */
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  /** OpenAPI 3 with `x-amazon-apigateway-*` extensions, as text or parsed. */
  readonly body: string | object;
  readonly stage: Stage;
  readonly apiKeys: readonly ApiKey[];
  /** The usage plans of this API and stage. */
  readonly usagePlans: readonly UsagePlan[];
}

interface Stage {
  readonly name: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Format of the access log, with `$context` variables. @default no access log */
  readonly accessLogFormat?: string;
  /** Whether the stage has a cache, which method settings enable. @default false */
  readonly cacheCluster?: boolean;
  /** The more specific settings apply: `orders/POST` before `*` + `/*`. */
  readonly methodSettings?: readonly MethodSettings[];
}
export interface MethodSettings extends Throttle {
  /** `*` + `/*`, or the path without its first slash and the method, such as `orders/POST`; a slash may be written `~1`. */
  readonly methodPath: string;
  readonly cache?: CacheSettings;
}
export interface CacheSettings {
  readonly enabled: boolean;
  /** 0 to 3600; 0 disables caching. @default 300 */
  readonly ttlSeconds?: number;
  /** Whether only authorized callers may invalidate an entry. @default true */
  readonly requiresAuthorization?: boolean;
  /** Handling of an unauthorized invalidation. @default "SUCCEED_WITH_RESPONSE_HEADER" */
  readonly unauthorized?: "FAIL_WITH_403" | "SUCCEED_WITH_RESPONSE_HEADER" | "SUCCEED_WITHOUT_RESPONSE_HEADER";
}
export interface Throttle {
  /** Steady-state requests per second. @default the account's limit */
  readonly rateLimit?: number;
  /** Size of the token bucket: maximum burst of requests. @default the account's limit */
  readonly burstLimit?: number;
}
interface ApiKey {
  readonly id: string;
  readonly value: string;
  /** @default true */
  readonly enabled?: boolean;
}
export interface UsagePlan {
  readonly id: string;
  readonly apiKeyIds: readonly string[];
  readonly throttle?: Throttle;
  /** A period starts at midnight UTC, on Sunday, or on the first of the month (QuotaSettings: "an offset of 0 starts on Sunday"). Counts are in memory only. */
  readonly quota?: { readonly limit: number; readonly period: "DAY" | "WEEK" | "MONTH" };
}

/** A call of an AWS API by an integration of type `aws`. https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html */
export interface AwsCall {
  /** Service of the integration's URI, such as `events`. */
  readonly service: string;
  /** The action of `action/PutEvents` in the URI, or the part after the dot of a mapped `X-Amz-Target`. */
  readonly action: string | undefined;
  /** The path of `path/…` in the URI; `/` for an action. */
  readonly path: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Output of the request template. */
  readonly body: string;
}

export interface RestApiPorts {
  /**
   * Calls an AWS API as the role. An AWS error is returned as a response, with its status and JSON body.
   * @throws when the call itself fails; the caller gets 500, or 504 on timeout
   */
  invokeAws(
    call: AwsCall,
    roleArn: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }>;
  /**
   * Invokes a function synchronously, as `apigateway.amazonaws.com` for this source ARN.
   * @throws when the gateway may not invoke the function, or it does not exist; the caller gets 500
   */
  invokeLambda(
    functionArn: string,
    payload: string,
    sourceArn: string,
    signal: AbortSignal,
  ): Promise<{ readonly payload: string; readonly functionError?: string }>;
  readonly clock: Clock;
  /** Clock for integration timeouts: functions do not run faster when `clock` does. @default `clock` */
  readonly wallClock?: Clock;
  /** Logs the cause of a 5xx response, which the caller does not see. */
  log(message: string): void;
  /** Takes method, path and the faulty places of a body that the model refuses: the answer names no places. */
  explain?(refusal: string): void;
  accessLog?(line: string): void;
  /** Takes the values of API Gateway's metrics. */
  measure?(measurements: readonly Measurement[]): void;
}

export interface GatewayRequest {
  readonly method: string;
  /** Path without query string, as sent (percent-encoded). */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Names and values as sent, in order, one entry per header line. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly sourceIp: string;
}
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}
