import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Exchange } from "./exchange.ts";
import { GatewayError, internalError } from "./gateway-error.ts";
import { functionOf } from "./integration-uri.ts";
import type { Method } from "./open-api.ts";
import { isBinary, proxyEvent } from "./proxy-event.ts";
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
