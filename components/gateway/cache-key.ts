/** Headers that identify the caller: an answer cached for one caller must not reach another. */
export const CALLER_HEADERS = ["x-api-key", "Authorization"] as const;

/** Seconds that answers of the status routes are cached; a 404 just after a 202 has `Retry-After: 1`. */
export const STATUS_TTL = 1;

/** A parameter as OpenAPI describes it. */
export const parameter = (place: "path" | "query" | "header", name: string, required = place === "path") => ({
  name,
  in: place,
  required,
  schema: { type: "string" },
});

/** The headers above as parameters: a cache key may only use parameters that the method declares. */
export const callerParameters = () => CALLER_HEADERS.map((name) => parameter("header", name));

/**
 * Caches answers per caller and per value of each parameter.
 * @param namespace unique to the method
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
 */
export const cacheKey = (namespace: string, parameters: readonly { readonly in: string; readonly name: string }[]) => ({
  cacheNamespace: namespace,
  cacheKeyParameters: [...callerParameters(), ...parameters].map(
    ({ in: place, name }) => `method.request.${place === "query" ? "querystring" : place}.${name}`,
  ),
});
