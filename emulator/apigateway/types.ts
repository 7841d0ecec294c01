import type { Clock } from "../clock.ts";

/** A REST API with all that belongs to it, as recorded. */
export interface RestApiDefinition {
  /** Id of the REST API, such as `a1b2c3d4e5`. */
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  /** OpenAPI 3 with `x-amazon-apigateway-*` extensions, as text or parsed. */
  readonly body: string | object;
  readonly stage: Stage;
  readonly apiKeys: readonly ApiKey[];
  /** Those that name this API and stage. */
  readonly usagePlans: readonly UsagePlan[];
}

interface Stage {
  readonly name: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Format of the access log, with `$context` variables; no access log when absent. */
  readonly accessLogFormat?: string;
  /** The stage has a cache, which methods use as their settings say. @default false */
  readonly cacheCluster?: boolean;
  /** First match wins by how specific it is: `orders/POST`, then `*` + `/*`. */
  readonly methodSettings?: readonly MethodSettings[];
}
export interface MethodSettings extends Throttle {
  /** `*` + `/*`, or path without its first slash and method, such as `orders/POST`; a slash may be written `~1`. */
  readonly methodPath: string;
  readonly cache?: CacheSettings;
}
export interface CacheSettings {
  readonly enabled: boolean;
  /** 0 to 3600; 0 keeps nothing. @default 300 */
  readonly ttlSeconds?: number;
  /** Whether only authorized callers may have an entry replaced. @default true */
  readonly requiresAuthorization?: boolean;
  /** What becomes of one who asks for it all the same. @default "SUCCEED_WITH_RESPONSE_HEADER" */
  readonly unauthorized?: "FAIL_WITH_403" | "SUCCEED_WITH_RESPONSE_HEADER" | "SUCCEED_WITHOUT_RESPONSE_HEADER";
}
export interface Throttle {
  /** Requests a second, in the long run. */
  readonly rateLimit?: number;
  /** Size of the bucket: requests at once. */
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
  /** Counted from midnight UTC, Monday, or the first of the month; kept in memory only. */
  readonly quota?: { readonly limit: number; readonly period: "DAY" | "WEEK" | "MONTH" };
}

/** A call of an AWS API by an integration of type `aws`. */
export interface AwsCall {
  /** Service of the integration's URI, such as `events`. */
  readonly service: string;
  /** Of `action/PutEvents` in the URI, or after the dot of a mapped `X-Amz-Target`. */
  readonly action: string | undefined;
  /** Of `path/…` in the URI; `/` for an action. */
  readonly path: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** What the request template made. */
  readonly body: string;
}

export interface RestApiPorts {
  /**
   * Calls an AWS API as the role; an AWS error is an answer too (its status and its JSON body).
   * @throws when the call can't be made at all: the caller gets 500, or 504
   */
  invokeAws(
    call: AwsCall,
    roleArn: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }>;
  /**
   * Invokes a function synchronously, as `apigateway.amazonaws.com` for this source ARN.
   * @throws when the gateway may not invoke it, or it does not exist: the caller gets 500
   */
  invokeLambda(
    functionArn: string,
    payload: string,
    sourceArn: string,
    signal: AbortSignal,
  ): Promise<{ readonly payload: string; readonly functionError?: string }>;
  readonly clock: Clock;
  /** What integrations time out by: functions run no faster, however fast the hub's clock does. @default `clock` */
  readonly wallClock?: Clock;
  /** What goes wrong inside, which callers are not told. */
  log(message: string): void;
  accessLog?(line: string): void;
}

export interface GatewayRequest {
  readonly method: string;
  /** Path without query string, as sent (percent-encoded). */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** In order, names as sent, one entry a line. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly sourceIp: string;
}
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}
