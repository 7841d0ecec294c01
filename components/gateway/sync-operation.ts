import type { JsonSchema } from "../../model/index.ts";
import { cacheKey, callerParameters } from "./cache-key.ts";
import { lifted, modelName, type SchemaOwner } from "./models.ts";
import { bodyModel, declaredParameters, validatorFor } from "./parameters.ts";
import type { SyncRoute } from "./route.ts";
import type { UniqueNames } from "./unique-names.ts";

const requestModel = ({ flow, trigger }: SyncRoute): SchemaOwner => [flow, trigger, "Request"];

/** @returns the models of a synchronous endpoint's body, where it has one */
export const syncModels = (route: SyncRoute, names: ApiNames): Record<string, JsonSchema> =>
  route.parameters.body ? lifted(names.models, requestModel(route), bodyModel(route.request, route.parameters)) : {};

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
  const declared = declaredParameters(route.request, route.parameters);
  const cached = route.cacheSeconds !== undefined;
  const parameters = [...declared, ...(cached ? callerParameters() : [])];
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(route.parameters.body && {
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
      "422": { description: "There is no answer to this request; code and detail say why" },
      "502": { description: "A third party gave no answer of use" },
      "503": { description: "Ask again after Retry-After" },
      "504": { description: "There was no answer in time" },
    },
    "x-amazon-apigateway-request-validator": validatorFor(route.parameters),
    "x-amazon-apigateway-integration": {
      ...integration,
      ...(cached && cacheKey(cacheNamespace(route, names), declared)),
    },
  };
}

/** Two methods with one namespace would answer from each other's cache. */
const cacheNamespace = ({ flow, trigger }: SyncRoute, { cacheNamespaces }: ApiNames) =>
  cacheNamespaces.of(`${flow}${trigger}`, [flow, trigger]);
