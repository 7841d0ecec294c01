import { validateHeaderName, validateHeaderValue } from "node:http";
import { GatewayError, internalError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { functionOf, withinTimeout } from "./integration-call.ts";
import type { Method } from "./open-api.ts";
import { isBinary, proxyEvent } from "./proxy-event.ts";
import type { GatewayResponse, RestApiDefinition, RestApiPorts } from "./types.ts";

/**
 * Calls a Lambda proxy integration.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 * @throws GatewayError 502 when the function fails or returns a malformed response, 500 when it may not be invoked, 504 on timeout
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
  if (arn === undefined) throw internalError(`"${integration.uri}" does not invoke a Lambda function`);
  const event = JSON.stringify(proxyEvent(exchange, definition, binaryMediaTypes));
  const { wallClock = ports.clock } = ports;
  const since = wallClock.now();
  const result = await withinTimeout(wallClock, integration.timeoutMs, (signal) =>
    ports.invokeLambda(arn, event, sourceArn, signal),
  ).catch((error: unknown) => {
    throw error instanceof GatewayError ? error : internalError(error);
  });
  exchange.setIntegration(200, wallClock.now() - since);
  if (result.functionError !== undefined) throw internalError(`${arn} failed: ${result.payload}`, 502);
  return proxyResponse(result.payload, exchange, binaryMediaTypes);
}

function isValidHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

type Scalar = string | number | boolean;
interface ProxyOutput {
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

function proxyResponse(payload: string, exchange: Exchange, binaryMediaTypes: readonly string[]): GatewayResponse {
  const malformed = (reason: string) =>
    internalError(`malformed Lambda proxy response: ${reason}: ${payload.slice(0, 500)}`, 502);
  let output: ProxyOutput | null;
  try {
    output = JSON.parse(payload) as ProxyOutput | null;
  } catch {
    throw malformed("it is not JSON");
  }
  if (typeof output !== "object" || output === null || Array.isArray(output)) throw malformed("it is not an object");
  const status = Number(output.statusCode ?? Number.NaN);
  if (!(Number.isInteger(status) && status >= 100 && status <= 599)) throw malformed("statusCode is not an HTTP status");
  const body = output.body ?? "";
  if (typeof body !== "string") throw malformed("body is not a string");

  const headers: Record<string, string | string[]> = {};
  const isScalar = (value: unknown): value is Scalar => ["string", "number", "boolean"].includes(typeof value);
  for (const [name, value] of Object.entries(output.headers ?? {})) {
    if (!isScalar(value)) throw malformed(`header ${name} is not a string`);
    headers[name] = String(value);
  }
  for (const [name, values] of Object.entries(output.multiValueHeaders ?? {})) {
    if (!Array.isArray(values) || !values.every(isScalar)) throw malformed(`multiValueHeaders.${name} is not a list of strings`);
    for (const known of Object.keys(headers)) if (known.toLowerCase() === name.toLowerCase()) delete headers[known];
    headers[name] = values.map(String);
  }
  if (!Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) headers["Content-Type"] = "application/json";
  for (const [name, values] of Object.entries(headers)) {
    if (![values].flat().every((value) => isValidHeader(name, value))) throw malformed(`HTTP does not allow the header ${name}`);
  }
  // AWS decodes the body only for a caller that accepts one of the API's binary media types.
  const decode = output.isBase64Encoded === true && isBinary(exchange.header("accept") ?? "*/*", binaryMediaTypes);
  return { status, headers, body: Buffer.from(body, decode ? "base64" : "utf8") };
}
