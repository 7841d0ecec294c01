import { type JsonSchema, jsonSchema, queryTypesOf } from "../../model/index.ts";
import { cacheKey, callerParameters, parameter } from "./cache-key.ts";
import { modelName, models } from "./models.ts";
import type { SyncRoute } from "./route.ts";

const isGet = ({ route }: SyncRoute) => route.startsWith("GET ");
/** Events are PascalCase, so no model of an event has this name. */
const requestModel = ({ flow, trigger }: SyncRoute) => `${modelName(flow, "")}${trigger}Request`;

/** @returns the models of a synchronous endpoint's body; a GET has none */
export const syncModels = (route: SyncRoute): Record<string, JsonSchema> =>
  isGet(route) ? {} : models(requestModel(route), { schema: route.request });

/**
 * @param integration with the function's alias
 * @returns the parts of an operation that only synchronous endpoints have: validation, responses and cache key
 */
export function sync(route: SyncRoute, integration: object) {
  const query = isGet(route) ? queryOf(route) : [];
  const cached = route.cacheSeconds !== undefined;
  return {
    ...(isGet(route)
      ? { parameters: [...query, ...(cached ? callerParameters() : [])] }
      : { requestBody: { required: true, content: { "application/json": { schema: reference(route) } } } }),
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
      ...(cached && cacheKey(`${route.flow}.${route.trigger}`.replace(/[^A-Za-z0-9]/g, ""), query)),
    },
  };
}

const reference = (route: SyncRoute) => ({ $ref: `#/components/schemas/${requestModel(route)}` });

/** API Gateway only checks that required parameters are present; the function validates them. */
function queryOf({ request }: SyncRoute) {
  const { required = [] } = jsonSchema(request) as { readonly required?: readonly string[] };
  return Object.keys(queryTypesOf(request)).map((name) => parameter("query", name, required.includes(name)));
}
