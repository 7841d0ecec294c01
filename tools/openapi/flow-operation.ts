import { ACCEPTED, body, CORRELATION, type Described, eventSchema, published } from "./described.ts";
import type { FlowRoute, GatewayOperation } from "./gateway.ts";
import { headers } from "./headers.ts";
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

const api = (operation: GatewayOperation, route: FlowRoute, schemas: Schemas): Described => ({
  description: published(route),
  parameters: [
    ...declared(operation, route, schemas),
    ...operation.parameters.filter((parameter) => parameter.in === "header").map(({ name }) => headerParameter(name)),
  ],
  ...(!route.bodiless && { requestBody: body(eventSchema(route, schemas)) }),
  responses: { 202: ACCEPTED },
  // The template refuses malformed keys and parameters, and reports events that the bus refuses.
  problems: [400, 503],
});

/** Parameters of path and query. */
const declared = ({ parameters }: GatewayOperation, { parameters: own = {} }: FlowRoute, schemas: Schemas) =>
  parameters
    .filter((one) => one.in !== "header")
    .map((one) => parameter(one.in, one.name, one.required, schemas.plain(own[one.name] ?? {})));

function sync(operation: GatewayOperation, route: FlowRoute, schemas: Schemas): Described {
  const { flow, trigger, request = {}, answers = {}, bodiless } = route;
  const name = trigger.charAt(0).toUpperCase() + trigger.slice(1);
  return {
    description: published(route),
    parameters: [...declared(operation, route, schemas), CORRELATION],
    ...(!bodiless && { requestBody: body(schemas.add([flow, name, "Request"], request)) }),
    responses: {
      200: {
        description: "The response. Its event is on the bus.",
        headers: headers("X-Request-ID", "X-Correlation-ID"),
        content: { "application/json": { schema: schemas.add([flow, name, "Answer"], answers) } },
      },
    },
    problems: [400, ...(bodiless ? [] : [415]), 422, 500, 502, 503, 504],
  };
}
