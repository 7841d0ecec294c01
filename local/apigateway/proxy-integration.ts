import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Exchange } from "./exchange.ts";
import { GatewayError, internalError } from "./gateway-error.ts";
import { functionOf } from "./integration-uri.ts";
import type { Method } from "./open-api.ts";
import { withinTimeout } from "./timeout.ts";
import type { GatewayResponse, RestApiDefinition, RestApiPorts } from "./types.ts";

/**
 * A Lambda proxy integration.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 * @throws GatewayError 502 for a function that fails or answers something malformed, 500 when it may not be invoked, 504 when it is late
 */
export async function callProxy(
  { integration }: Method,
  exchange: Exchange,
  ports: RestApiPorts,
  sourceArn: string,
  definition: RestApiDefinition,
  binaryMediaTypes: readonly string[],
): Promise<GatewayResponse> {
  const arn = functionOf(integration.uri);
  if (arn === undefined) throw internalError(`"${integration.uri}" invokes no Lambda function`);
  const event = JSON.stringify(proxyEvent(exchange, definition, binaryMediaTypes));
  const since = ports.clock.now();
  const answer = await withinTimeout(ports.wallClock ?? ports.clock, integration.timeoutMs, (signal) =>
    ports.invokeLambda(arn, event, sourceArn, signal),
  ).catch((error: unknown) => {
    throw error instanceof GatewayError ? error : internalError(error);
  });
  exchange.integrated(200, ports.clock.now() - since);
  if (answer.functionError !== undefined) throw internalError(`${arn} failed: ${answer.payload}`, 502);
  return proxyResponse(answer.payload, exchange, binaryMediaTypes);
}

/** Version 1 of the event. https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html */
function proxyEvent(exchange: Exchange, { stage, accountId, id }: RestApiDefinition, binaryMediaTypes: readonly string[]) {
  const { request, headers, match, startedAt } = exchange;
  const query = [...new URLSearchParams(request.query)];
  const binary = isBinary(exchange.header("content-type"), binaryMediaTypes);
  const variable = (path: string) => exchange.variable(path) ?? null;
  return {
    resource: match?.method.resource,
    path: match?.path,
    httpMethod: request.method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: grouped(headers),
    queryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    multiValueQueryStringParameters: query.length > 0 ? grouped(query) : null,
    pathParameters: Object.keys(match?.pathParameters ?? {}).length > 0 ? match?.pathParameters : null,
    stageVariables: stage.variables && Object.keys(stage.variables).length > 0 ? stage.variables : null,
    requestContext: {
      accountId,
      apiId: id,
      domainName: variable("domainName"),
      domainPrefix: variable("domainPrefix"),
      deploymentId: variable("deploymentId"),
      extendedRequestId: exchange.extendedRequestId,
      httpMethod: request.method,
      identity: {
        ...{
          accessKey: null,
          accountId: null,
          caller: null,
          cognitoAuthenticationProvider: null,
          cognitoAuthenticationType: null,
        },
        ...{ cognitoIdentityId: null, cognitoIdentityPoolId: null, principalOrgId: null, user: null, userArn: null },
        // Only a method that requires a key puts it here.
        ...(match?.method.apiKeyRequired && { apiKey: variable("identity.apiKey"), apiKeyId: variable("identity.apiKeyId") }),
        sourceIp: request.sourceIp,
        userAgent: variable("identity.userAgent"),
      },
      path: variable("path"),
      protocol: "HTTP/1.1",
      requestId: exchange.requestId,
      requestTime: variable("requestTime"),
      requestTimeEpoch: startedAt,
      resourceId: variable("resourceId"),
      resourcePath: match?.method.resource,
      stage: stage.name,
    },
    body: request.body.length === 0 ? null : request.body.toString(binary ? "base64" : "utf8"),
    isBase64Encoded: binary && request.body.length > 0,
  };
}

function grouped(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of entries) found.set(name, [...(found.get(name) ?? []), value]);
  return Object.fromEntries(found);
}

const isBinary = (type: string | undefined, binaryMediaTypes: readonly string[]) => {
  const plain = type?.split(/[,;]/)[0]?.trim().toLowerCase();
  return binaryMediaTypes.some((known) => known === "*/*" || known.toLowerCase() === plain);
};

function canCarry(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

type Scalar = string | number | boolean;
interface ProxyAnswer {
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

function proxyResponse(payload: string, exchange: Exchange, binaryMediaTypes: readonly string[]): GatewayResponse {
  const malformed = (what: string) => internalError(`malformed Lambda proxy response: ${what}: ${payload.slice(0, 500)}`, 502);
  let answer: ProxyAnswer | null;
  try {
    answer = JSON.parse(payload) as ProxyAnswer | null;
  } catch {
    throw malformed("it is not JSON");
  }
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) throw malformed("it is not an object");
  const status = Number(answer.statusCode ?? Number.NaN);
  if (!(Number.isInteger(status) && status >= 100 && status <= 599)) throw malformed("statusCode is not an HTTP status");
  const body = answer.body ?? "";
  if (typeof body !== "string") throw malformed("body is not a string");

  const headers: Record<string, string | string[]> = {};
  const isScalar = (value: unknown): value is Scalar => ["string", "number", "boolean"].includes(typeof value);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (!isScalar(value)) throw malformed(`header ${name} is not a string`);
    headers[name] = String(value);
  }
  for (const [name, values] of Object.entries(answer.multiValueHeaders ?? {})) {
    if (!Array.isArray(values) || !values.every(isScalar)) throw malformed(`multiValueHeaders.${name} is not a list of strings`);
    for (const known of Object.keys(headers)) if (known.toLowerCase() === name.toLowerCase()) delete headers[known];
    headers[name] = values.map(String);
  }
  if (!Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) headers["Content-Type"] = "application/json";
  for (const [name, values] of Object.entries(headers)) {
    if (![values].flat().every((value) => canCarry(name, value))) throw malformed(`HTTP can't carry the header ${name}`);
  }
  // AWS decodes only for a caller that accepts one of the API's binary types.
  const decode = answer.isBase64Encoded === true && isBinary(exchange.header("accept") ?? "*/*", binaryMediaTypes);
  return { status, headers, body: Buffer.from(body, decode ? "base64" : "utf8") };
}
