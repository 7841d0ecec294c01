import { CALLER_HEADERS } from "../../components/gateway/cache-key.ts";
import type { Signature } from "../../model/index.ts";
import type { FlowRoute, GatewayOperation } from "./gateway.ts";
import { headers } from "./headers.ts";
import type { Json } from "./json.ts";
import { headerParameter, parameter } from "./parameters.ts";
import type { Schemas } from "./schemas.ts";

/** The specific part of an operation; summary, security and problems are common to all. */
export interface Described {
  readonly description?: string;
  readonly parameters: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Json;
  /** Statuses of problems that the function behind the route returns. */
  readonly problems: readonly number[];
}

const CORRELATION = headerParameter("X-Correlation-ID");
const ACCEPTED = { $ref: "#/components/responses/Accepted" };

/** The operation of a flow's trigger. */
export function flowOperation(operation: GatewayOperation, route: FlowRoute, schemas: Schemas): Described {
  switch (route.kind) {
    case "api":
      return api(operation, route, schemas);
    case "sync":
      return sync(operation, route, schemas);
    case "webhook":
      return webhook(route, schemas);
  }
}

const published = ({ events }: FlowRoute) =>
  events.map(({ name, summary }) => `Publishes \`${name}\`${summary ? `: ${summary}` : "."}`).join("\n");

/** Of the body. Fields that come from headers are not in it, so it is another schema than the event's. */
function eventSchema({ flow, events, headers = [] }: FlowRoute, schemas: Schemas): Json {
  const found = events.map(({ name, schema }) => schemas.add([flow, name, ...(headers.length > 0 ? ["Body"] : [])], schema));
  return found.length === 1 && found[0] ? found[0] : { oneOf: found };
}
const body = (schema: Json, type = "application/json"): Json => ({ required: true, content: { [type]: { schema } } });

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

function webhook(route: FlowRoute, schemas: Schemas): Described {
  const { verify } = route;
  const schema = eventSchema(route, schemas);
  const timestamp = verify?.kind === "hmac" ? verify.timestampHeader : undefined;
  const bodies = {
    json: body(schema),
    form: body(schema, "application/x-www-form-urlencoded"),
    "form-payload": body(
      {
        type: "object",
        properties: { payload: { type: "string", contentMediaType: "application/json", contentSchema: schema } },
        required: ["payload"],
      },
      "application/x-www-form-urlencoded",
    ),
  };
  return {
    description: `Called by the third party, which signs its calls. ${published(route)}`,
    parameters: [
      ...fromHeaders(route).map((name) => parameter("header", name, true, { type: "string" })),
      ...(timestamp ? [parameter("header", timestamp, true, { type: "string", description: "Time of the signature." })] : []),
      CORRELATION,
    ],
    requestBody: bodies[verify?.body ?? "json"],
    responses: taken(verify),
    problems: [400, 401, 413, 500, 503],
  };
}

const fromHeaders = ({ by, headers = [] }: FlowRoute): readonly string[] => [
  ...new Set([...headers, ...(by?.startsWith("header:") ? [by.slice("header:".length)] : [])]),
];

/** The answer that the sender documents, or the hub's. */
function taken(verify: Signature | undefined): Json {
  const { status = 202, contentType = "text/plain", body: text } = verify?.answer ?? {};
  const type = contentType.split(";")[0] ?? contentType;
  const fixed: Described["responses"] = {
    description: "Stored; the answer is the one that the sender expects.",
    headers: headers("X-Request-ID"),
    ...(text !== undefined && text !== "" && { content: { [type]: { schema: { type: "string", const: text } } } }),
  };
  const answer = text === undefined ? ACCEPTED : fixed;
  if (verify?.handshake !== "slack") return { [status]: answer };
  return status === 200 && text !== undefined
    ? { 200: { ...fixed, description: `${CHALLENGE.description} For other calls: stored.`, content: CHALLENGE.content } }
    : { 200: CHALLENGE, [status]: answer };
}

const CHALLENGE = {
  description: "The challenge of the third party's handshake, unchanged.",
  content: { "text/plain": { schema: { type: "string", pattern: "^[\\w.~+/=-]{1,512}$" } } },
};

/** The GET of Meta's handshake. */
export const handshakeOperation = (): Described => ({
  parameters: ["hub.mode", "hub.verify_token", "hub.challenge"].map((name) => parameter("query", name, true, { type: "string" })),
  responses: { 200: CHALLENGE },
  problems: [400, 403, 500],
});
