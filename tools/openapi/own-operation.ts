import { CALLER_HEADERS } from "../../components/gateway/cache-key.ts";
import type { Described } from "./described.ts";
import type { GatewayOperation } from "./gateway.ts";
import type { OwnRoute } from "./own-routes.ts";
import { parameter } from "./parameters.ts";
import type { Schemas } from "./schemas.ts";

/** The operation of one of the hub's routes. @throws Error when its parameters differ from the gateway's */
export function ownOperation({ route, parameters }: GatewayOperation, own: OwnRoute, schemas: Schemas): Described {
  const callers: readonly string[] = CALLER_HEADERS;
  const passed = parameters.filter(({ name }) => !callers.includes(name));
  const names = passed.map(({ name }) => name);
  const described = Object.keys(own.parameters);
  const different = [...names.filter((name) => !described.includes(name)), ...described.filter((name) => !names.includes(name))];
  if (different.length > 0)
    throw new Error(
      `${route}: gateway and document differ in the parameters ${different.join(", ")}. Align components/gateway/open-api.ts and tools/openapi/own-routes.ts.`,
    );
  return {
    ...(own.description !== undefined && { description: own.description }),
    parameters: passed.flatMap((one) => {
      const schema = own.parameters[one.name];
      return schema ? [parameter(one.in, one.name, one.required, schemas.own(schema))] : [];
    }),
    ...(own.body && { requestBody: { required: true, content: { "application/json": { schema: schemas.own(own.body) } } } }),
    responses: Object.fromEntries(
      Object.entries(own.answers).map(([status, { description, schema, example, headers }]) => [
        status,
        {
          description,
          ...(headers !== undefined && { headers }),
          content: { "application/json": { schema: schemas.own(schema), ...(example !== undefined && { example }) } },
        },
      ]),
    ),
    problems: own.problems,
  };
}
