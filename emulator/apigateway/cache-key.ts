import { DefinitionError } from "./errors.ts";

type Dict = Readonly<Record<string, unknown>>;

/** The cache key of a method. */
export interface CacheKey {
  /** Methods with the same namespace share cached responses. @default the resource */
  readonly namespace: string;
  /** Such as `method.request.header.x-api-key`. */
  readonly parameters: readonly string[];
}

/**
 * Reads an integration's cache key.
 * @throws DefinitionError for a parameter that the method does not declare, as on AWS
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
 */
export function readCacheKey(integration: Dict, operation: Dict, resource: string, where: string): CacheKey {
  const parameters = (integration.cacheKeyParameters ?? []) as readonly string[];
  const declared = ((operation.parameters ?? []) as Dict[]).map(
    ({ in: place, name }) => `method.request.${place === "query" ? "querystring" : String(place)}.${String(name)}`,
  );
  const undeclared = parameters.find((parameter) => !declared.includes(parameter));
  if (undeclared !== undefined)
    throw new DefinitionError(
      where,
      `the cache key parameter "${undeclared}" is not declared`,
      "Add it to the operation's parameters",
    );
  return { namespace: String(integration.cacheNamespace ?? resource), parameters };
}

/**
 * The cache key of a request. An absent parameter differs from an empty one.
 * @param request evaluates a parameter; undefined when it is absent
 */
export const keyOf = (
  verb: string,
  { namespace, parameters }: CacheKey,
  request: { mapped(parameter: string): unknown },
): string => JSON.stringify([verb, namespace, ...parameters.map((parameter) => request.mapped(parameter) ?? null)]);
