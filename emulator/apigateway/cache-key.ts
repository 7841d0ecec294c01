import { DefinitionError } from "./definition-error.ts";

type Dict = Readonly<Record<string, unknown>>;

/** By what the cache of a stage tells requests of a method apart. */
export interface CacheKey {
  /** Methods of the same namespace share their answers. @default the resource */
  readonly namespace: string;
  /** Such as `method.request.header.x-api-key`. */
  readonly parameters: readonly string[];
}

/**
 * @throws DefinitionError for a parameter that the method does not declare, which AWS refuses
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
 */
export function readCacheKey(integration: Dict, operation: Dict, resource: string, where: string): CacheKey {
  const parameters = (integration.cacheKeyParameters ?? []) as readonly string[];
  const declared = ((operation.parameters ?? []) as Dict[]).map(
    ({ in: place, name }) => `method.request.${place === "query" ? "querystring" : String(place)}.${String(name)}`,
  );
  const stranger = parameters.find((parameter) => !declared.includes(parameter));
  if (stranger !== undefined)
    throw new DefinitionError(where, `the cache key's "${stranger}" is not declared`, "Add it to the operation's parameters");
  return { namespace: String(integration.cacheNamespace ?? resource), parameters };
}

/**
 * @param request resolves a parameter to its value, `undefined` where it is absent
 * @returns the same text for the same answer; absent parameters count as such
 */
export const keyOf = (
  verb: string,
  { namespace, parameters }: CacheKey,
  request: { mapped(parameter: string): unknown },
): string => JSON.stringify([verb, namespace, ...parameters.map((parameter) => request.mapped(parameter) ?? null)]);
