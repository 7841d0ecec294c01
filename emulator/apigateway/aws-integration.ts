import { validateHeaderName, validateHeaderValue } from "node:http";
import { GatewayError, internalError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { functionOf, parseUri, withinTimeout } from "./integration-call.ts";
import type { Integration, IntegrationResponse, Method } from "./open-api.ts";
import type { AwsCall, GatewayResponse, RestApiPorts } from "./types.ts";
import { jsonPath } from "./vtl/json-path.ts";
import { parseJson, toJson, toText, type VtlMap, type VtlValue } from "./vtl/values.ts";
import { BodyNotJsonError } from "./vtl/vtl-error.ts";

/** An integration's response before mapping. */
interface RawResponse {
  readonly status: number;
  readonly body: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The value that `selectionPattern` matches: the status, or the error message of a function (`""` if it succeeded). */
  readonly outcome: string;
}

/**
 * Calls an integration of type `aws` or `mock`: request template, call, selection of the integration response, response template.
 * @throws GatewayError when the call fails or the response can't be mapped
 */
export async function callIntegration(
  method: Method,
  exchange: Exchange,
  ports: RestApiPorts,
  sourceArn: string,
): Promise<GatewayResponse> {
  const { integration } = method;
  const body = requestBody(integration, exchange);
  const { wallClock = ports.clock } = ports;
  const since = wallClock.now();
  const raw = integration.type === "mock" ? mock(body) : await callAws(integration, body, exchange, ports, sourceArn);
  exchange.setIntegration(raw.status, wallClock.now() - since);
  const response = select(integration.responses, raw.outcome);
  if (!response) throw internalError(`no integration response matches "${raw.outcome}", and there is no default`);
  return mapResponse(response, raw, exchange);
}

/** @throws GatewayError 415 when no template has the content type and passthrough is not allowed */
export function assertContentType({ requestTemplates, passthrough }: Integration, exchange: Exchange): void {
  if (requestTemplates.has(exchange.contentType)) return;
  if (passthrough === "NEVER" || (passthrough === "WHEN_NO_TEMPLATES" && requestTemplates.size > 0)) {
    throw new GatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type");
  }
}

function requestBody(integration: Integration, exchange: Exchange): string {
  const body = exchange.request.body.toString();
  const template = integration.requestTemplates.get(exchange.contentType);
  try {
    return template ? template.render(exchange.scope(body)) : body;
  } catch (error) {
    if (error instanceof BodyNotJsonError) throw new GatewayError("BAD_REQUEST_BODY", error.message, { cause: error });
    throw internalError(error);
  }
}

function mock(body: string): RawResponse {
  try {
    const { statusCode } = JSON.parse(body) as { statusCode?: unknown };
    if (Number.isInteger(Number(statusCode)))
      return { status: Number(statusCode), body: "", headers: {}, outcome: String(statusCode) };
  } catch (error) {
    throw internalError(error);
  }
  throw internalError(`the request template of a mock integration must return {"statusCode": 200}, but returned ${body}`);
}

async function callAws(
  integration: Integration,
  body: string,
  exchange: Exchange,
  ports: RestApiPorts,
  sourceArn: string,
): Promise<RawResponse> {
  const uri = parseUri(integration.uri);
  try {
    return await withinTimeout(ports.wallClock ?? ports.clock, integration.timeoutMs, async (signal) => {
      const arn = functionOf(integration.uri);
      if (arn !== undefined) {
        const { payload, functionError } = await ports.invokeLambda(arn, body, sourceArn, signal);
        return { status: 200, body: payload, headers: {}, outcome: functionError === undefined ? "" : errorMessage(payload) };
      }
      if (!integration.credentials)
        throw internalError(`${integration.uri} is called without credentials; give the integration a role`);
      const call = awsCall(integration, uri, body, exchange);
      const { status, body: responseBody, headers = {} } = await ports.invokeAws(call, integration.credentials, signal);
      return { status, body: responseBody, headers, outcome: String(status) };
    });
  } catch (error) {
    throw error instanceof GatewayError ? error : internalError(error);
  }
}

function awsCall(integration: Integration, uri: ReturnType<typeof parseUri>, body: string, exchange: Exchange): AwsCall {
  const mapped: Record<"header" | "querystring" | "path", Record<string, string>> = { header: {}, querystring: {}, path: {} };
  for (const [target, expression] of Object.entries(integration.requestParameters)) {
    const [, place, name] = /^integration\.request\.(header|querystring|path)\.(.+)$/.exec(target) ?? [];
    if (!place) throw internalError(`"${target}" is not a parameter of an integration request`);
    const value = exchange.mapped(expression);
    if (value !== undefined) mapped[place as "header"][name as string] = value;
  }
  const overrides = exchange.context.get("requestOverride") as VtlMap;
  for (const place of ["header", "querystring", "path"] as const) {
    const values = overrides.get(place);
    if (values instanceof Map) for (const [name, value] of values) mapped[place][name] = toText(value);
  }
  const headers = Object.fromEntries(Object.entries(mapped.header).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    service: uri.service,
    action: uri.action ?? headers["x-amz-target"]?.split(".").at(-1),
    path: uri.path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(mapped.path[name] ?? "")),
    method: integration.httpMethod,
    headers,
    query: mapped.querystring,
    body,
  };
}

/** The text that `selectionPattern` matches for a function's error: its `errorMessage`, or the whole payload if it has none. */
function errorMessage(payload: string): string {
  try {
    return String((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage ?? payload);
  } catch {
    return payload;
  }
}

const select = (responses: readonly IntegrationResponse[], outcome: string) =>
  responses.find(({ selection }) => selection !== "default" && outcome !== "" && selection.test(outcome)) ??
  responses.find(({ selection }) => selection === "default");

function mapResponse(response: IntegrationResponse, raw: RawResponse, exchange: Exchange): GatewayResponse {
  const { responseTemplates } = response;
  const accepted = exchange.header("accept")?.split(/[,;]/)[0]?.trim().toLowerCase() ?? "";
  const contentType = [accepted, "application/json", ...responseTemplates.keys()].find((type) => responseTemplates.has(type));
  const headers: Record<string, string> = { "Content-Type": contentType ?? raw.headers["content-type"] ?? "application/json" };
  let body = raw.body;
  try {
    const template = contentType === undefined ? undefined : responseTemplates.get(contentType);
    if (template) body = template.render(exchange.scope(raw.body));
    for (const [target, expression] of Object.entries(response.responseParameters)) {
      const value = responseValue(expression, raw, exchange);
      if (value !== undefined) setHeader(headers, target.slice("method.response.header.".length), value);
    }
  } catch (error) {
    throw internalError(error);
  }
  const override = exchange.context.get("responseOverride") as VtlMap;
  const overridden = override.get("header");
  if (overridden instanceof Map) for (const [name, value] of overridden) setHeader(headers, name, toText(value));
  assertHeaders(headers);
  return { status: statusOf(override.get("status") ?? response.statusCode), headers, body: Buffer.from(body) };
}

/** @throws GatewayError 500 for an override that is not a status code of HTTP */
function statusOf(value: VtlValue): number {
  const status = toText(value);
  if (!/^[1-5]\d\d$/.test(status)) throw internalError(`"${status}" is not a status code. Override the status with 100 to 599.`);
  return Number(status);
}

function responseValue(expression: string, raw: RawResponse, exchange: Exchange): string | undefined {
  const [, header] = /^integration\.response\.header\.(.+)$/.exec(expression) ?? [];
  if (header !== undefined) return raw.headers[header.toLowerCase()];
  const [whole, path] = /^integration\.response\.body(?:\.(.+))?$/.exec(expression) ?? [];
  if (whole === undefined) return exchange.mapped(expression);
  if (path === undefined) return raw.body;
  const value: VtlValue = jsonPath(parseJson(raw.body), `$.${path}`);
  return value === undefined ? undefined : typeof value === "string" ? value : toJson(value);
}

/** @throws GatewayError 500 for a header that HTTP does not allow, such as a value with a line break */
function assertHeaders(headers: Readonly<Record<string, string>>): void {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  } catch (error) {
    throw internalError(error);
  }
}

/** Sets a header. Header names are case-insensitive; the last value wins. */
function setHeader(headers: Record<string, string>, name: string, value: string): void {
  for (const known of Object.keys(headers)) if (known.toLowerCase() === name.toLowerCase()) delete headers[known];
  headers[name] = value;
}
