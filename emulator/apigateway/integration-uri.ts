import { internalError } from "./gateway-error.ts";

interface IntegrationUri {
  readonly service: string;
  readonly action: string | undefined;
  readonly path: string;
}

/**
 * `arn:aws:apigateway:<region>:<service>:action/<name>` or `…:path/<path>`.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri
 * @throws GatewayError when it is of no such form; AWS refuses it at import
 */
export function parseUri(uri: string): IntegrationUri {
  const [, service, kind, rest] = /^arn:[\w-]+:apigateway:[\w-]+:(?:[^:]+\.)?([\w-]+):(action|path)\/(.*)$/s.exec(uri) ?? [];
  if (!service)
    throw internalError(`"${uri}" is no URI of an AWS integration. Write arn:aws:apigateway:<region>:<service>:action/<name>.`);
  return kind === "action"
    ? { service, action: rest, path: "/" }
    : { service, action: undefined, path: `/${(rest ?? "").replace(/^\//, "")}` };
}

/** @returns ARN of the function that a URI invokes, qualifier included; `undefined` when it invokes none. */
export function functionOf(uri: string): string | undefined {
  return /:lambda:path\/2015-03-31\/functions\/(arn:.+)\/invocations$/.exec(uri)?.[1];
}
