import type { GatewayError } from "./errors.ts";
import { type Exchange, substitute } from "./exchange.ts";
import type { OpenApi } from "./open-api.ts";
import type { GatewayResponse } from "./types.ts";
import { toMap } from "./vtl/template.ts";

/**
 * The response for an error of the gateway: the customized response of its type, otherwise DEFAULT_4XX or DEFAULT_5XX, otherwise AWS's
 * default. Its templates are not Velocity: only variables are replaced.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 */
export function gatewayResponse(error: GatewayError, exchange: Exchange, { gatewayResponses }: OpenApi): GatewayResponse {
  const { type, message, validation } = error;
  const custom = gatewayResponses[type] ?? gatewayResponses[error.status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX"];
  const details = {
    responseType: type,
    message,
    messageString: JSON.stringify(message),
    validationErrorString: validation || undefined,
  };
  exchange.context.set("error", toMap(details));

  const headers: Record<string, string> = { "x-amzn-ErrorType": error.errorType };
  for (const [target, expression] of Object.entries(custom?.responseParameters ?? {})) {
    const [, name] = /^gatewayresponse\.header\.(.+)$/.exec(target) ?? [];
    const value = exchange.mapped(expression);
    if (name && value !== undefined) headers[name] = value;
  }
  const templates = Object.entries(custom?.responseTemplates ?? {});
  const accepted = exchange.header("accept")?.split(/[,;]/)[0]?.trim().toLowerCase();
  const [contentType, template] = templates.find(([type]) => type === accepted) ?? templates[0] ?? DEFAULT;
  if (!Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) headers["Content-Type"] = contentType;
  return { status: custom?.statusCode ?? error.status, headers, body: Buffer.from(substitute(template, exchange, "")) };
}

const DEFAULT = ["application/json", '{"message":$context.error.messageString}'] as const;
