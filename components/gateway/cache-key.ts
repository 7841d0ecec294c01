/** Headers that tell callers apart: an answer that is kept for one of them must not be given to another. */
export const CALLER_HEADERS = ["x-api-key", "Authorization"] as const;

/** The status routes' answers are kept for so long, in seconds; a 404 just after a 202 says `Retry-After: 1`. */
export const STATUS_TTL = 1;

/** A parameter as OpenAPI describes it. */
export const parameter = (place: "path" | "query" | "header", name: string, required = place === "path") => ({
  name,
  in: place,
  required,
  schema: { type: "string" },
});

/** What callers identify themselves by: a cache key may only use what the method declares. */
export const callerParameters = () => CALLER_HEADERS.map((name) => parameter("header", name));

/**
 * Keeps answers apart by caller and by each parameter.
 * @param namespace of one method alone
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
 */
export const cacheKey = (namespace: string, parameters: readonly { readonly in: string; readonly name: string }[]) => ({
  cacheNamespace: namespace,
  cacheKeyParameters: [...callerParameters(), ...parameters].map(
    ({ in: place, name }) => `method.request.${place === "query" ? "querystring" : place}.${name}`,
  ),
});
