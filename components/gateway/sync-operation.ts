import { type JsonSchema, jsonSchema, queryTypesOf } from "../../model/index.ts";
import { cacheKey, callerParameters, parameter } from "./cache-key.ts";
import { modelName, models, type SchemaOwner } from "./models.ts";
import type { SyncRoute } from "./route.ts";
import type { UniqueNames } from "./unique-names.ts";

const isGet = ({ route }: SyncRoute) => route.startsWith("GET ");
const requestModel = ({ flow, trigger }: SyncRoute): SchemaOwner => [flow, trigger, "Request"];

/** @returns the models of a synchronous endpoint's body; a GET has none */
export const syncModels = (route: SyncRoute, names: ApiNames): Record<string, JsonSchema> =>
  isGet(route) ? {} : models(names.models, requestModel(route), { schema: route.request });

/** Names that are unique in the whole API. */
export interface ApiNames {
  readonly models: UniqueNames;
  readonly cacheNamespaces: UniqueNames;
}

/**
 * @param integration with the function's alias
 * @returns the parts of an operation that only synchronous endpoints have: validation, responses and cache key
 */
export function sync(route: SyncRoute, integration: object, names: ApiNames) {
  const query = isGet(route) ? queryOf(route) : [];
  const cached = route.cacheSeconds !== undefined;
  return {
    ...(isGet(route)
      ? { parameters: [...query, ...(cached ? callerParameters() : [])] }
      : {
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: { $ref: `#/components/schemas/${modelName(names.models, requestModel(route))}` } },
            },
          },
        }),
    responses: {
      "200": { description: "Answered" },
      "400": { description: "The request does not match the endpoint's schema" },
      "422": { description: "There is no answer to this request; detail says why" },
      "502": { description: "A third party gave no answer of use" },
      "503": { description: "Ask again after Retry-After" },
      "504": { description: "There was no answer in time" },
    },
    "x-amazon-apigateway-request-validator": isGet(route) ? "parameters" : "body",
    "x-amazon-apigateway-integration": {
      ...integration,
      ...(cached && cacheKey(cacheNamespace(route, names), query)),
    },
  };
}

/** Two methods with one namespace would answer from each other's cache. */
const cacheNamespace = ({ flow, trigger }: SyncRoute, { cacheNamespaces }: ApiNames) =>
  cacheNamespaces.of(`${flow}${trigger}`, [flow, trigger]);

/** API Gateway only checks that required parameters are present; the function validates them. */
function queryOf({ request }: SyncRoute) {
  const { required = [] } = jsonSchema(request) as { readonly required?: readonly string[] };
  return Object.keys(queryTypesOf(request)).map((name) => parameter("query", name, required.includes(name)));
}
