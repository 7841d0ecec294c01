import { CALLER_HEADERS } from "../../components/gateway/cache-key.ts";
import { ACCEPTED, body, CORRELATION, type Described, eventSchema, published } from "./described.ts";
import type { FlowRoute, GatewayOperation } from "./gateway.ts";
import { headers } from "./headers.ts";
import type { Json } from "./json.ts";
import { headerParameter, parameter } from "./parameters.ts";
import type { Schemas } from "./schemas.ts";
import { webhookOperation } from "./webhook-operation.ts";

/** The operation of a flow's trigger. */
export function flowOperation(operation: GatewayOperation, route: FlowRoute, schemas: Schemas): Described {
  switch (route.kind) {
    case "api":
      return api(operation, route, schemas);
    case "sync":
      return sync(operation, route, schemas);
    case "webhook":
      return webhookOperation(route, schemas);
  }
}

const api = ({ parameters }: GatewayOperation, route: FlowRoute, schemas: Schemas): Described => ({
  description: published(route),
  parameters: parameters.filter((parameter) => parameter.in === "header").map(({ name }) => headerParameter(name)),
  requestBody: body(eventSchema(route, schemas)),
  responses: { 202: ACCEPTED },
  // The template refuses malformed keys and reports events that the bus refuses.
  problems: [400, 503],
});

function sync({ method, parameters }: GatewayOperation, route: FlowRoute, schemas: Schemas): Described {
  const { flow, trigger, request = {}, answers = {} } = route;
  const name = trigger.charAt(0).toUpperCase() + trigger.slice(1);
  const { properties = {} } = request as { readonly properties?: Readonly<Record<string, Json>> };
  const callers: readonly string[] = CALLER_HEADERS;
  const query = parameters
    .filter((one) => one.in === "query" || !callers.includes(one.name))
    .map((one) => parameter(one.in, one.name, one.required, schemas.plain(properties[one.name] ?? {})));
  return {
    description: published(route),
    parameters: [...query, CORRELATION],
    ...(method !== "get" && { requestBody: body(schemas.add([flow, name, "Request"], request)) }),
    responses: {
      200: {
        description: "The response. Its event is on the bus.",
        headers: headers("X-Request-ID", "X-Correlation-ID"),
        content: { "application/json": { schema: schemas.add([flow, name, "Answer"], answers) } },
      },
    },
    problems: [400, ...(method === "get" ? [] : [415]), 422, 500, 502, 503, 504],
  };
}
