import { randomBytes, randomUUID } from "node:crypto";
import type { Match } from "./match-route.ts";
import type { GatewayRequest, RestApiDefinition } from "./types.ts";
import { inputHost, type RequestParams, utilHost } from "./vtl/hosts.ts";
import { type Scope, toMap } from "./vtl/template.ts";
import { OverrideMap, toText, type VtlMap, type VtlValue } from "./vtl/values.ts";

/** A request in the gateway: its ids, its parameters, and its `$context` variables. */
export class Exchange {
  readonly requestId = randomUUID();
  readonly extendedRequestId = `${randomBytes(11).toString("base64url")}=`;
  readonly request: GatewayRequest;
  /** The caller's headers, and those that API Gateway adds. */
  readonly headers: GatewayRequest["headers"];
  readonly startedAt: number;
  readonly #definition: RestApiDefinition;
  readonly context: VtlMap;
  match: Match | undefined;
  /** Milliseconds; `undefined` until an integration was called. */
  integrationLatency: number | undefined;

  constructor(definition: RestApiDefinition, request: GatewayRequest, startedAt: number) {
    this.#definition = definition;
    this.request = request;
    this.startedAt = startedAt;
    const { id, accountId, stage, region } = definition;
    this.headers = withForwarding(request, newTrace(startedAt));
    // AWS would not route a request with an invalid host, so templates never see one.
    const host =
      [this.header("host") ?? ""].find((name) => /^[\w.:[\]-]+$/.test(name)) ?? `${id}.execute-api.${region}.amazonaws.com`;
    this.context = toMap({
      accountId,
      apiId: id,
      domainName: host,
      domainPrefix: host.split(".")[0],
      deploymentId: id,
      extendedRequestId: this.extendedRequestId,
      httpMethod: request.method,
      identity: { sourceIp: request.sourceIp, userAgent: this.header("user-agent") },
      protocol: "HTTP/1.1",
      requestId: this.requestId,
      requestTime: requestTime(startedAt),
      requestTimeEpoch: startedAt,
      stage: stage.name,
      xrayTraceId: /Root=([^;]+)/.exec(this.header("x-amzn-trace-id") ?? "")?.[1],
    });
    this.context.set("requestOverride", new OverrideMap("$context.requestOverride", ["header", "querystring", "path"]));
    this.context.set("responseOverride", new OverrideMap("$context.responseOverride", ["header"]));
  }

  /** Sets the matched method, for `$context` and parameters. */
  setMatch(match: Match): void {
    this.match = match;
    const { resource, verb } = match.method;
    // As on AWS, the path includes the stage if the caller's path does, and excludes it under a custom domain.
    this.context.set("path", this.request.path);
    this.context.set("resourcePath", resource);
    this.context.set("resourceId", Buffer.from(`${verb}${resource}`).toString("hex").slice(0, 6));
  }

  /** Sets the caller's API key. */
  setApiKey(apiKeyId: string, apiKey: string | undefined): void {
    const identity = this.context.get("identity") as VtlMap;
    identity.set("apiKeyId", apiKeyId).set("apiKey", apiKey);
  }

  /** Sets the authorizer's context. */
  setAuthorizer(context: Readonly<Record<string, string>>): void {
    this.context.set("authorizer", toMap(context));
  }

  /** Sets the integration's status and its latency in milliseconds, for metrics and the access log. */
  setIntegration(status: number, latency: number): void {
    this.integrationLatency = latency;
    this.context.set("integrationStatus", status).set("integrationLatency", latency);
    this.context.set("integration", toMap({ status, latency }));
  }

  /** Last value of a header. @param name in lower case; matches any case */
  header(name: string): string | undefined {
    return this.headers.findLast(([key]) => key.toLowerCase() === name)?.[1];
  }

  /** Content type in lower case without its parameters; `application/json` when the caller names none. */
  get contentType(): string {
    return (this.header("content-type") ?? "application/json").split(";")[0]?.trim().toLowerCase() || "application/json";
  }

  get params(): RequestParams {
    return {
      path: toMap(this.match?.pathParameters ?? {}),
      querystring: new Map<string, VtlValue>(new URLSearchParams(this.request.query)),
      header: new Map<string, VtlValue>(this.headers),
    };
  }

  /** The variables of a template that maps this body. */
  scope(body: string): Scope {
    return {
      input: inputHost(body, this.params),
      util: utilHost,
      context: this.context,
      stageVariables: toMap(this.#definition.stage.variables ?? {}),
      method: new Map([["request", new Map<string, VtlValue>(Object.entries(this.params))]]),
    };
  }

  /**
   * Evaluates a mapping expression such as `method.request.header.X-Id`, `'a constant'`, `context.requestId` or `stageVariables.x`.
   * @returns undefined when the value is absent
   */
  mapped(expression: string): string | undefined {
    const [, constant] = /^'([\s\S]*)'$/.exec(expression) ?? [];
    if (constant !== undefined) return constant;
    const [, place, name] = /^method\.request\.(path|querystring|header)\.(.+)$/.exec(expression) ?? [];
    if (place === "header") return this.header((name as string).toLowerCase());
    if (place !== undefined) return textOrUndefined(this.params[place as "path" | "querystring"].get(name as string));
    if (expression === "method.request.body") return this.request.body.toString();
    const [, root, path] = /^(context|stageVariables)\.(.+)$/.exec(expression) ?? [];
    if (root === "stageVariables") return this.#definition.stage.variables?.[path as string];
    return root === "context" ? this.variable(path as string) : undefined;
  }

  /** Value of a `$context` variable. @param path such as `identity.sourceIp` */
  variable(path: string): string | undefined {
    let value: VtlValue = this.context;
    for (const key of path.split(".")) value = value instanceof Map ? value.get(key) : undefined;
    return textOrUndefined(value);
  }
}

/** As API Gateway does, adds the caller's address to X-Forwarded-For, and a trace id if the request has none. */
function withForwarding({ headers, sourceIp }: GatewayRequest, fresh: string): GatewayRequest["headers"] {
  const given = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const before = given.get("x-forwarded-for");
  const trace = /(?:^|;)\s*Root=1-[0-9a-f]{8}-[0-9a-f]{24}(?:;|$)/i.test(given.get("x-amzn-trace-id") ?? "");
  const kept = headers.filter(([name]) => !/^x-forwarded-for$/i.test(name) && (trace || !/^x-amzn-trace-id$/i.test(name)));
  return [
    ...kept,
    ["X-Forwarded-For", before === undefined ? sourceIp : `${before}, ${sourceIp}`],
    ...(trace ? [] : [["X-Amzn-Trace-Id", fresh] as const]),
  ];
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function newTrace(now: number): string {
  const seconds = Math.floor(now / 1_000);
  return `Root=1-${seconds.toString(16).padStart(8, "0")}-${randomBytes(12).toString("hex")}`;
}

const textOrUndefined = (value: VtlValue) => (value === undefined || value === null ? undefined : toText(value));

/** Common Log Format, such as `24/Nov/2026:01:12:03 +0000`. */
function requestTime(at: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(at).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

/**
 * Replaces `$context.x`, `$stageVariables.x` and `$method.request.…` in gateway responses and access logs, which do not use Velocity.
 * Values are escaped for a JSON string, except `$context.error.messageString`, which includes its quotes.
 * @param absent replacement for a variable without a value
 */
export function substitute(text: string, exchange: Exchange, absent: string): string {
  const reference = /\$(context|stageVariables|method\.request)((?:\.[A-Za-z0-9_-]+)+)/g;
  return text.replace(reference, (_, root: string, path: string) => {
    const value = exchange.mapped(`${root}${path}`);
    if (value === undefined) return absent;
    return path === ".error.messageString" ? value : JSON.stringify(value).slice(1, -1);
  });
}
