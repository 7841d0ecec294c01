import { exampleMaker } from "./example.ts";
import { type Described, flowOperation, handshakeOperation } from "./flow-operation.ts";
import { type GatewayOperation, type PublicApi, publicApi, type Registered } from "./gateway.ts";
import { headers } from "./headers.ts";
import type { Json } from "./json.ts";
import { ownOperation } from "./own-operation.ts";
import { OWN_ROUTES } from "./own-routes.ts";
import { PARAMETERS } from "./parameters.ts";
import { gatewayStatuses, problemComponents, problemResponses } from "./problems.ts";
import { FirewallProblem, Problem } from "./schemas/problem.ts";
import { Accepted } from "./schemas/request.ts";
import { Schemas } from "./schemas.ts";
import { securityOf, securitySchemes } from "./security.ts";

const DESCRIPTION = [
  "Third-party integrations behind one API.",
  "A call that starts a flow is answered with 202 as soon as its event is stored; `statusUrl` then tells what becomes of the request, until it reaches one of its ends.",
  "Every error is problem details (RFC 9457) with the id of the call.",
  "",
  "Written by `npm run docs` from the flows; do not edit it.",
].join("\n");

/**
 * The public API as an OpenAPI 3.1 document. Which operations there are, who may call them and with which parameters comes from the body
 * that API Gateway imports; schemas come from the flows, and of the hub's own routes from OWN_ROUTES.
 * @throws Error where the two do not match
 */
export function documentOf(registered: Registered): Json {
  const api = publicApi(registered);
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of api.operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationOf(operation, api, schemas) };
  const served = new Set(api.operations.map(({ route }) => route));
  const gone = Object.keys(OWN_ROUTES).filter((route) => !served.has(route));
  if (gone.length > 0)
    throw new Error(`${gone.join(", ")}: the gateway has no such route. Take it out of tools/openapi/own-routes.ts.`);
  const accepted = schemas.own(Accepted);
  schemas.own(Problem);
  schemas.own(FirewallProblem);
  const responses = {
    Accepted: {
      description: "Stored. It will reach one of its ends.",
      headers: headers("X-Request-ID", "X-Correlation-ID"),
      content: { "application/json": { schema: accepted } },
    },
    ...problemComponents(),
  };
  return withExamples({
    openapi: "3.1.0",
    info: {
      title: "Integration hub",
      version: api.version,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "{hub}",
        description: "The stack's output `apiUrl`, or the hub on one machine.",
        variables: { hub: { default: "http://localhost:4510", description: "Without a slash at its end." } },
      },
    ],
    tags: [
      ...Object.entries(api.flows).map(([name, description]) => ({ name, description })),
      { name: "hub", description: "What has become of requests." },
      { name: "ops", description: "Dead letters and replays, for operators." },
    ],
    paths,
    components: { schemas: schemas.all(), parameters: PARAMETERS, responses, securitySchemes: securitySchemes(api) },
  });
}

function operationOf(operation: GatewayOperation, api: PublicApi, schemas: Schemas): Json {
  const { route, summary, tag, operationId } = operation;
  const flowRoute = api.routes.get(route);
  const described = describe(operation, api, schemas);
  const statuses = [...described.problems, ...gatewayStatuses(operation, api.answers)];
  const { description, parameters, requestBody } = described;
  return {
    operationId: operationId ?? OWN_ROUTES[route]?.operationId,
    tags: [tag],
    summary: summary ?? route,
    ...(description !== undefined && { description }),
    security: securityOf(operation, flowRoute),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    // Keys that are numbers come in ascending order.
    responses: { ...problemResponses(statuses, { signed: flowRoute?.verify !== undefined }), ...described.responses },
  };
}

function describe(operation: GatewayOperation, { routes }: PublicApi, schemas: Schemas): Described {
  const { route, operationId, path } = operation;
  const flowRoute = routes.get(route);
  if (flowRoute) return flowOperation(operation, flowRoute, schemas);
  const own = OWN_ROUTES[route];
  if (own) return ownOperation(operation, own, schemas);
  if (operationId?.endsWith(".handshake") && routes.has(`POST ${path}`)) return handshakeOperation();
  throw new Error(`${route}: nothing tells what it takes and answers. Describe it in tools/openapi/own-routes.ts.`);
}

/** Adds an example to each JSON body that has none. */
function withExamples(document: Json): Json {
  const { components } = document as { readonly components: { readonly schemas: Json } };
  const exampleOf = exampleMaker(components.schemas);
  const walk = (value: unknown, key = ""): unknown => {
    if (Array.isArray(value)) return value.map((inner) => walk(inner));
    if (typeof value !== "object" || value === null) return value;
    const walked = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, name)]));
    const isBody = key === "application/json" && walked.schema !== undefined && walked.example === undefined;
    return isBody ? { ...walked, ...exampleOf(walked.schema as Json) } : walked;
  };
  return walk(document) as Json;
}
