import { type Clock, WOKEN } from "../clock.ts";
import { GatewayError, internalError } from "./errors.ts";

interface IntegrationUri {
  readonly service: string;
  readonly action: string | undefined;
  readonly path: string;
}

/**
 * Parses `arn:aws:apigateway:<region>:<service>:action/<name>` or `…:path/<path>`.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri
 * @throws GatewayError for another form; AWS refuses it at import
 */
export function parseUri(uri: string): IntegrationUri {
  const [, service, kind, rest] = /^arn:[\w-]+:apigateway:[\w-]+:(?:[^:]+\.)?([\w-]+):(action|path)\/(.*)$/s.exec(uri) ?? [];
  if (!service)
    throw internalError(
      `"${uri}" is not the URI of an AWS integration. Write arn:aws:apigateway:<region>:<service>:action/<name>.`,
    );
  return kind === "action"
    ? { service, action: rest, path: "/" }
    : { service, action: undefined, path: `/${(rest ?? "").replace(/^\//, "")}` };
}

/** @returns ARN of the function that a URI invokes, with its qualifier; undefined when it does not invoke a function */
export function functionOf(uri: string): string | undefined {
  return /:lambda:path\/2015-03-31\/functions\/(arn:.+)\/invocations$/.exec(uri)?.[1];
}

/**
 * Calls an integration with a time limit.
 * @param ms milliseconds of the clock's time
 * @param call its signal aborts at the time limit
 * @throws GatewayError INTEGRATION_TIMEOUT (504)
 */
export async function withinTimeout<T>(clock: Clock, ms: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [timedOut, done] = [new AbortController(), new AbortController()];
  const timeout = clock.wait(ms, done.signal).then(() => {
    timedOut.abort();
    throw new GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out");
  });
  timeout.catch(() => undefined); // unhandled when the call finishes first
  try {
    return await Promise.race([call(timedOut.signal), timeout]);
  } finally {
    done.abort(WOKEN);
  }
}
