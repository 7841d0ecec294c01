import { requestMetrics } from "../cloudwatch/service-metrics.ts";
import type { Verdict } from "../waf/firewall.ts";
import { Authorizers } from "./authorizers.ts";
import { assertContentType, callIntegration } from "./aws-integration.ts";
import { GatewayError, internalError } from "./errors.ts";
import { Exchange, substitute } from "./exchange.ts";
import { gatewayResponse } from "./gateway-response.ts";
import { functionOf } from "./integration-call.ts";
import { matchRoute } from "./match-route.ts";
import { type Method, type OpenApi, readOpenApi } from "./open-api.ts";
import { callProxy } from "./proxy-integration.ts";
import { ResponseCache } from "./response-cache.ts";
import { Throttling } from "./throttle.ts";
import type { GatewayRequest, GatewayResponse, RestApiDefinition, RestApiPorts } from "./types.ts";

/** Maximum size of a request's body in bytes. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export const MAX_BODY = 10 * 1_024 * 1_024;

/**
 * A REST API of API Gateway, defined by its OpenAPI body: routes, authorizers, API keys and usage plans, throttling, validation by models,
 * integrations with mapping templates, gateway responses, access log.
 */
export class RestApi {
  readonly #definition: RestApiDefinition;
  readonly #ports: RestApiPorts;
  readonly #api: OpenApi;
  readonly #throttling: Throttling;
  readonly #cache: ResponseCache;
  readonly #authorizers: Authorizers;

  /** @throws DefinitionError for a body that AWS refuses or the emulator does not support; VtlError for a template that can't be parsed */
  constructor(definition: RestApiDefinition, ports: RestApiPorts) {
    this.#definition = definition;
    this.#ports = ports;
    this.#api = readOpenApi(definition.body);
    this.#throttling = new Throttling(definition, ports.clock);
    this.#cache = new ResponseCache(definition, ports.clock);
    this.#authorizers = new Authorizers(definition, ports);
  }

  /** ARNs of the functions that authorize callers. */
  get authorizers(): readonly string[] {
    const arns = this.#api.methods.map(({ authorizer }) => authorizer && functionOf(authorizer.uri));
    return [...new Set(arns.filter((arn) => arn !== undefined))];
  }

  /**
   * Responds to a request; never throws.
   * @param verdict result of the web ACL. @default no web ACL
   */
  async handle(request: GatewayRequest, verdict?: Verdict): Promise<GatewayResponse> {
    const { clock, wallClock = clock } = this.#ports;
    const began = wallClock.now();
    const exchange = new Exchange(this.#definition, request, this.#ports.clock.now());
    exchange.context.set("wafResponseCode", verdict?.code);
    let response: GatewayResponse;
    try {
      if (verdict?.filtered) throw new GatewayError("WAF_FILTERED", "Forbidden");
      response = verdict?.response ?? (await this.#respond(exchange));
    } catch (error) {
      const failure = error instanceof GatewayError ? error : internalError(error);
      if (failure.status >= 500) this.#ports.log(`${exchange.requestId} ${request.method} ${request.path}: ${reason(failure)}`);
      if (failure.places.length > 0) this.#ports.explain?.(`${request.method} ${request.path}: ${failure.places.join("; ")}`);
      response = gatewayResponse(failure, exchange, this.#api);
    }
    const ids = { "x-amzn-RequestId": exchange.requestId, "x-amz-apigw-id": exchange.extendedRequestId };
    const completed = { ...response, headers: { ...ids, ...response.headers } };
    const latency = wallClock.now() - began;
    this.#logAccess(exchange, completed, latency);
    const { name: apiName, stage } = this.#definition;
    const { integrationLatency } = exchange;
    this.#ports.measure?.(requestMetrics({ apiName, stage: stage.name, status: completed.status, latency, integrationLatency }));
    return completed;
  }

  /** In the order of API Gateway: route, authorizer, key, throttling, size, content type, validation, cache, integration. */
  async #respond(exchange: Exchange): Promise<GatewayResponse> {
    const { request } = exchange;
    const match = matchRoute(this.#api.methods, request.method, request.path, this.#definition.stage.name);
    if (!match) throw new GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token");
    const { method } = match;
    exchange.setMatch(match);
    const usageKey = method.authorizer && (await this.#authorizers.authorize(method.authorizer, exchange));
    if (method.apiKeyRequired) {
      const key = this.#api.keySource === "AUTHORIZER" ? usageKey : exchange.header("x-api-key");
      exchange.setApiKey(this.#throttling.admitKey(key), key);
    }
    this.#throttling.admitMethod(method);
    if (request.body.length > MAX_BODY) {
      throw new GatewayError("REQUEST_TOO_LARGE", `HTTP content length exceeded ${MAX_BODY} bytes.`);
    }
    if (method.integration.type !== "aws_proxy") assertContentType(method.integration, exchange);
    validate(method, exchange);
    return this.#cache.respond(method, exchange, () => this.#integrate(method, exchange));
  }

  #integrate(method: Method, exchange: Exchange): Promise<GatewayResponse> {
    const sourceArn = this.#sourceArn(method);
    return method.integration.type === "aws_proxy"
      ? callProxy(method, exchange, this.#ports, sourceArn, this.#definition, this.#api.binaryMediaTypes)
      : callIntegration(method, exchange, this.#ports, sourceArn);
  }

  #sourceArn({ verb, resource }: Method): string {
    const { region, accountId, id, stage } = this.#definition;
    const verbs = verb === "ANY" ? "*" : verb;
    return `arn:aws:execute-api:${region}:${accountId}:${id}/${stage.name}/${verbs}${resource.replace(/\{[^}]+\}/g, "*")}`;
  }

  #logAccess(exchange: Exchange, { status, body }: GatewayResponse, latency: number): void {
    const format = this.#definition.stage.accessLogFormat;
    if (!format) return;
    exchange.context.set("status", status).set("responseLength", body.length);
    exchange.context.set("responseLatency", latency);
    this.#ports.accessLog?.(substitute(format, exchange, "-"));
  }
}

/** @throws GatewayError 400 */
function validate({ requiredParameters, validators }: Method, exchange: Exchange): void {
  const missing = requiredParameters.filter((parameter) => !exchange.mapped(`method.request.${parameter.in}.${parameter.name}`));
  if (missing.length > 0) {
    throw new GatewayError(
      "BAD_REQUEST_PARAMETERS",
      `Missing required request parameters: [${missing.map(({ name }) => name).join(", ")}]`,
    );
  }
  // A body whose content type has no model is not validated; passthroughBehavior NEVER refuses it.
  const fault = validators.get(exchange.contentType)?.(exchange.request.body.toString());
  if (fault !== undefined)
    throw new GatewayError("BAD_REQUEST_BODY", "Invalid request body", { validation: fault.validation, places: fault.places });
}

const reason = ({ message, cause }: GatewayError) =>
  `${message}${cause === undefined ? "" : `: ${cause instanceof Error ? cause.message : String(cause)}`}`;
