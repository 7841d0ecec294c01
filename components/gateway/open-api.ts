import * as pulumi from "@pulumi/pulumi";
import { AUDIT_PARAMETERS, DEAD_LETTER_PARAMETERS, LIST_PARAMETERS } from "../../protocol/queries.ts";
import { OPS_ROUTES, type OpsRoute, partsOf, STATUS_ROUTES } from "../../protocol/routes.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { cacheKey, callerParameters, parameter } from "./cache-key.ts";
import { gatewayResponses } from "./gateway-responses.ts";
import { ANY_METHOD, methodNotAllowed } from "./method-not-allowed.ts";
import { lifted, modelName, type SchemaOwner } from "./models.ts";
import { bodyModel, declaredParameters, validatorFor } from "./parameters.ts";
import type { ApiRoute, FlowRoute, WebhookRoute } from "./route.ts";
import { security, securitySchemes } from "./security.ts";
import { type ApiNames, sync, syncModels } from "./sync-operation.ts";
import { acceptedTemplate, refusedTemplate, requestTemplate } from "./templates.ts";
import { TLS } from "./tls.ts";
import { UniqueNames } from "./unique-names.ts";

export interface OpenApiOptions {
  readonly title: string;
  readonly busName: pulumi.Input<string>;
  readonly busArn: pulumi.Output<string>;
  readonly routes: readonly FlowRoute[];
  /** What invokes the status function. */
  readonly statusArn: pulumi.Input<string>;
  /** What invokes the ops function. */
  readonly opsArn: pulumi.Input<string>;
  /** Whether it is served at the root of a domain of its own. @default false: below its stage */
  readonly atRoot?: boolean;
  /** What invokes the authorizer. */
  readonly authorizerArn: pulumi.Input<string>;
  /** Whether callers may show tokens. @default false: only API keys */
  readonly tokens?: boolean;
}

/**
 * @returns the REST API as one OpenAPI 3 document with API Gateway's extensions, JSON.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
export function openApi({
  title,
  busName,
  busArn,
  routes,
  statusArn,
  opsArn,
  atRoot = false,
  authorizerArn,
  tokens = false,
}: OpenApiOptions): pulumi.Output<string> {
  const sorted = [...routes].sort((a, b) => (a.route < b.route ? -1 : 1));
  const names: ApiNames = { models: new UniqueNames(), cacheNamespaces: new UniqueNames() };
  const statusOf = { arn: statusArn, tokens };
  const namespace = (own: "requests" | "request") => names.cacheNamespaces.of(own, ["hub", own]);
  const paths: Record<string, Record<string, unknown>> = {
    ...placed({
      [STATUS_ROUTES.listRequests]: status(
        statusOf,
        namespace("requests"),
        "Lists requests, newest first.",
        LIST_PARAMETERS.map((name) => parameter("query", name)),
      ),
      [STATUS_ROUTES.showRequest]: status(statusOf, namespace("request"), "Returns the state of a request.", [
        parameter("path", "requestId"),
        parameter("header", "Prefer"),
      ]),
      ...operatorsOperations(opsArn),
    }),
  };
  for (const route of sorted) {
    const { method, path } = partsOf(route.route);
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, { busName, busArn, atRoot, names }) };
    if (route.kind === "webhook" && route.handshake)
      paths[path] = { ...paths[path], [partsOf(route.handshake).method.toLowerCase()]: handshake(route) };
  }
  for (const [path, item] of Object.entries(paths)) {
    const methods = Object.keys(item).map((method) => method.toUpperCase());
    paths[path] = { ...item, [ANY_METHOD]: methodNotAllowed(methods) };
  }
  const schemas = sorted.flatMap((route) => Object.entries(modelsOf(route, names)));
  return pulumi.jsonStringify({
    openapi: "3.0.1",
    info: { title, version: "1" },
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: securitySchemes(authorizerArn),
    },
    "x-amazon-apigateway-api-key-source": "AUTHORIZER",
    // An import replaces the whole API: what the body lacks may fall back to its default.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/openapi-extensions-security-policy.html
    "x-amazon-apigateway-security-policy": TLS.securityPolicy,
    "x-amazon-apigateway-endpoint-access-mode": TLS.endpointAccessMode,
    "x-amazon-apigateway-request-validators": {
      body: { validateRequestBody: true, validateRequestParameters: false },
      parameters: { validateRequestBody: false, validateRequestParameters: true },
      all: { validateRequestBody: true, validateRequestParameters: true },
    },
    "x-amazon-apigateway-gateway-responses": gatewayResponses(),
  });
}

interface ApiContext extends Pick<OpenApiOptions, "busName" | "busArn"> {
  readonly atRoot: boolean;
  readonly names: ApiNames;
}

function operationOf(route: FlowRoute, context: ApiContext) {
  switch (route.kind) {
    case "api":
      return api(route, context);
    case "webhook":
      return webhook(route);
    case "sync":
      return {
        operationId: operationId(route),
        ...described(route),
        security: security(route.auth.kind),
        ...sync(route, proxy(route.alias.invokeArn), context.names),
      };
  }
}

function modelsOf(route: FlowRoute, names: ApiNames) {
  if (route.kind === "sync") return syncModels(route, names);
  if (route.kind === "webhook" || !route.parameters.body) return {};
  return lifted(names.models, eventModel(route), bodyModel(route.event.schema, route.parameters));
}

/** A body without the fields of path and query is another schema than the event's. */
const eventModel = ({ flow, trigger, event, parameters }: ApiRoute): SchemaOwner =>
  validatorFor(parameters) === "all" ? [flow, trigger, event.type, "Body"] : [flow, event.type];

const HEADERS = Object.fromEntries(
  ["X-Request-ID", "X-Correlation-ID", "Location", "Retry-After", "Content-Type"].map((name) => [
    name,
    { schema: { type: "string" } },
  ]),
);

function api(route: ApiRoute, { busName, busArn, atRoot, names }: ApiContext) {
  const { event, graphId, parameters } = route;
  const answer = (template: string, statusCode: string) => ({
    statusCode,
    responseTemplates: { "application/json": template },
  });
  return {
    operationId: operationId(route),
    ...described(route),
    security: security(route.auth.kind),
    parameters: [
      ...declaredParameters(event.schema, parameters),
      parameter("header", "Idempotency-Key"),
      parameter("header", "X-Correlation-ID"),
    ],
    ...(parameters.body && {
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: { $ref: `#/components/schemas/${modelName(names.models, eventModel(route))}` } },
        },
      },
    }),
    responses: {
      "202": { description: "Accepted", headers: HEADERS },
      "400": { description: "The body does not match the schema, or the Idempotency-Key is malformed", headers: HEADERS },
      "503": { description: "Refused by the bus; nothing has been stored", headers: HEADERS },
    },
    "x-amazon-apigateway-request-validator": validatorFor(parameters),
    "x-amazon-apigateway-integration": {
      type: "aws",
      httpMethod: "POST",
      // Partition and region are in the bus's ARN: arn:aws:events:<region>:….
      uri: busArn.apply((arn) => `arn:${arn.split(":")[1]}:apigateway:${arn.split(":")[3]}:events:action/PutEvents`),
      credentials: route.role.arn,
      timeoutInMillis: DEFAULTS.gatewayTimeout * 1_000,
      passthroughBehavior: "never",
      requestParameters: {
        "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
        "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
      },
      requestTemplates: {
        "application/json": pulumi.all([busName, graphId]).apply(([bus, graph]) => requestTemplate({ ...route, bus, graph })),
      },
      responses: { "200": answer(acceptedTemplate(route, atRoot), "202"), default: answer(refusedTemplate(route), "503") },
    },
  };
}

// The body is passed on unchanged: the signature covers its bytes, and the function validates it after verification.
const webhook = (route: WebhookRoute) => ({
  operationId: operationId(route),
  ...described(route),
  // API Gateway ignores unknown extensions; the policy pack reads this one.
  "x-hub-authentication": "signature",
  responses: {
    [route.answerStatus]: { description: "Accepted" },
    "401": { description: "The signature is wrong or missing" },
  },
  "x-amazon-apigateway-integration": proxy(route.function.invokeArn),
});

// The function verifies the token in the call.
const handshake = (route: WebhookRoute) => ({
  operationId: `${operationId(route)}.handshake`,
  summary: "Confirms to the third party that this URL belongs to the hub.",
  tags: [route.flow],
  "x-hub-authentication": "signature",
  responses: { "200": { description: "The challenge" }, "403": { description: "The verify token is wrong" } },
  "x-amazon-apigateway-integration": proxy(route.function.invokeArn),
});

/** Callers poll these: where an API key is the only credential, the authorizer's answers are cached by it. */
const status = (
  { arn, tokens }: { readonly arn: pulumi.Input<string>; readonly tokens: boolean },
  namespace: string,
  summary: string,
  parameters: readonly ReturnType<typeof parameter>[],
) => ({
  summary,
  tags: ["hub"],
  security: security(tokens ? "any" : "api-key"),
  parameters: [...parameters, ...callerParameters()],
  responses: { "200": { description: "Found" }, "404": { description: "Not there, or another tenant's" } },
  "x-amazon-apigateway-request-validator": "parameters",
  "x-amazon-apigateway-integration": { ...proxy(arn), ...cacheKey(namespace, parameters) },
});

/** Operations by route as OpenAPI paths. */
const placed = (operations: Readonly<Record<string, object>>) => {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [route, operation] of Object.entries(operations)) {
    const { method, path } = partsOf(route);
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  return paths;
};

/** Operators' operations; the function itself refuses other callers. */
const operatorsOperations = (arn: pulumi.Input<string>): Readonly<Record<OpsRoute, object>> => ({
  [OPS_ROUTES.listDeadLetters]: ops(
    arn,
    "Finds dead letters.",
    DEAD_LETTER_PARAMETERS.map((name) => parameter("query", name)),
  ),
  [OPS_ROUTES.redrive]: ops(arn, "Sends dead letters back to their steps."),
  [OPS_ROUTES.discard]: ops(arn, "Gives dead letters up, with a reason."),
  [OPS_ROUTES.complete]: ops(arn, "Continues a step with the answers of its calls.", [parameter("path", "id")]),
  [OPS_ROUTES.edit]: ops(arn, "Changes the payload that a redrive sends.", [parameter("path", "id")]),
  [OPS_ROUTES.showDeadLetter]: ops(arn, "Shows a dead letter, its secrets masked.", [parameter("path", "id")]),
  [OPS_ROUTES.listGroups]: ops(arn, "Groups open dead letters by their cause."),
  [OPS_ROUTES.noteGroup]: ops(arn, "Notes what is known of a group, and who takes care of it.", [parameter("path", "id")]),
  [OPS_ROUTES.listJobs]: ops(arn, "Lists jobs with their progress."),
  [OPS_ROUTES.startJob]: ops(arn, "Starts a job that decides on many dead letters or requests."),
  [OPS_ROUTES.stopJob]: ops(arn, "Stops a job.", [parameter("path", "id")]),
  [OPS_ROUTES.startReplay]: ops(arn, "Sends archived events to the rules of one flow again."),
  [OPS_ROUTES.showReplay]: ops(arn, "Returns the progress of a replay.", [parameter("path", "name")]),
  [OPS_ROUTES.listHolds]: ops(arn, "Lists what is held, and what may be."),
  [OPS_ROUTES.hold]: ops(arn, "Lets the messages of a third party, a step or a flow wait."),
  [OPS_ROUTES.release]: ops(arn, "Lets them go on."),
  [OPS_ROUTES.status]: ops(arn, "Shows queues, schedules, polls, circuit breakers, holds and dead letters at a glance."),
  [OPS_ROUTES.runTrigger]: ops(arn, "Starts a schedule or a poll now."),
  [OPS_ROUTES.skipRuns]: ops(arn, "Leaves runs of a schedule out."),
  [OPS_ROUTES.backfill]: ops(arn, "Starts runs of a schedule that did not come."),
  [OPS_ROUTES.cancel]: ops(arn, "Cancels a request.", [parameter("path", "requestId")]),
  [OPS_ROUTES.runAgain]: ops(arn, "Starts a new request with the input of one.", [parameter("path", "requestId")]),
  [OPS_ROUTES.exportInput]: ops(arn, "Exports the input of a request, masked.", [parameter("path", "requestId")]),
  [OPS_ROUTES.runExport]: ops(arn, "Starts a request with an input that another hub exported."),
  [OPS_ROUTES.audit]: ops(
    arn,
    "Lists what operators did, and why.",
    AUDIT_PARAMETERS.map((name) => parameter("query", name)),
  ),
});

const ops = (arn: pulumi.Input<string>, summary: string, parameters: readonly object[] = []) => ({
  summary,
  tags: ["ops"],
  security: security("any"),
  parameters,
  responses: { "200": { description: "Done" }, "403": { description: "Not an operator, or not in the role for it" } },
  "x-amazon-apigateway-request-validator": "parameters",
  "x-amazon-apigateway-integration": proxy(arn),
});

const proxy = (uri: pulumi.Input<string>) => ({
  type: "aws_proxy",
  httpMethod: "POST",
  uri,
  passthroughBehavior: "never",
  timeoutInMillis: DEFAULTS.gatewayTimeout * 1_000,
});

const described = ({ flow, summary }: FlowRoute) => ({ ...(summary !== undefined && { summary }), tags: [flow] });
const operationId = ({ flow, trigger }: FlowRoute) => `${flow}.${trigger}`;
