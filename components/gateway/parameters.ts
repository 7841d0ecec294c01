import type * as z from "zod";
import { type JsonSchema, jsonSchema, type RouteParameters } from "../../model/index.ts";
import { parameter } from "./cache-key.ts";
import { gatewaySchema } from "./gateway-schema.ts";

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** API Gateway only checks that required parameters are present and not blank; their values are checked by the template or the function. */
export function declaredParameters(schema: z.ZodType, { path, query }: RouteParameters) {
  const { required = [] } = jsonSchema(schema) as ObjectSchema;
  return [
    ...Object.keys(path).map((name) => parameter("path", name)),
    ...Object.keys(query).map((name) => parameter("query", name, required.includes(name))),
  ];
}

/** Name of the request validator that a route needs. */
export const validatorFor = ({ path, query, body }: RouteParameters): "body" | "parameters" | "all" => {
  const parameters = Object.keys(path).length + Object.keys(query).length > 0;
  return !body ? "parameters" : parameters ? "all" : "body";
};

/**
 * @returns the model of a route's body, draft-04: the schema without the fields that path and query hold. A body that has them as well is
 *   refused, since one of the two values would be lost.
 */
export function bodyModel(schema: z.ZodType, { path, query }: RouteParameters): JsonSchema {
  const model = gatewaySchema(schema);
  const names = [...Object.keys(path), ...Object.keys(query)];
  if (names.length === 0) return model;
  const { properties = {}, required = [], ...rest } = model as ObjectSchema;
  const others = required.filter((name) => !names.includes(name));
  return {
    ...rest,
    properties: { ...properties, ...Object.fromEntries(names.map((name) => [name, { not: {} }])) },
    // Draft-04 takes no empty list.
    ...(others.length > 0 && { required: others }),
  };
}
