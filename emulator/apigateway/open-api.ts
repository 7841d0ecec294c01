import { type CacheKey, readCacheKey } from "./cache-key.ts";
import { assertPaths } from "./check-paths.ts";
import { DefinitionError } from "./errors.ts";
import { bodyValidators, type ValidateBody } from "./model.ts";
import { readSecurity, type Security } from "./security.ts";
import { Template } from "./vtl/template.ts";

/** A method of a resource. */
export interface Method extends Security {
  readonly verb: string;
  /** Resource path such as `/requests/{requestId}`. */
  readonly resource: string;
  readonly requiredParameters: readonly { readonly in: "path" | "querystring" | "header"; readonly name: string }[];
  /** Validators by content type; empty when bodies are not validated. */
  readonly validators: ReadonlyMap<string, ValidateBody>;
  readonly integration: Integration;
}
type Passthrough = "NEVER" | "WHEN_NO_MATCH" | "WHEN_NO_TEMPLATES";
export interface Integration {
  readonly type: "aws" | "aws_proxy" | "mock";
  readonly uri: string;
  readonly httpMethod: string;
  readonly credentials: string | undefined;
  readonly timeoutMs: number;
  readonly passthrough: Passthrough;
  readonly requestParameters: Readonly<Record<string, string>>;
  /** Templates by content type in lower case. */
  readonly requestTemplates: ReadonlyMap<string, Template>;
  readonly responses: readonly IntegrationResponse[];
  readonly cacheKey: CacheKey;
}
export interface IntegrationResponse {
  /** Pattern that the whole status (or the error message of a function) must match; `default` for all others. */
  readonly selection: RegExp | "default";
  readonly statusCode: number;
  readonly responseParameters: Readonly<Record<string, string>>;
  readonly responseTemplates: ReadonlyMap<string, Template>;
}
interface CustomResponse {
  readonly statusCode: number | undefined;
  readonly responseParameters: Readonly<Record<string, string>>;
  readonly responseTemplates: Readonly<Record<string, string>>;
}
export interface OpenApi {
  readonly methods: readonly Method[];
  readonly gatewayResponses: Readonly<Record<string, CustomResponse>>;
  readonly binaryMediaTypes: readonly string[];
  /** Source of the caller's API key: the header x-api-key, or the authorizer. */
  readonly keySource: "HEADER" | "AUTHORIZER";
}

type Dict = Readonly<Record<string, unknown>>;
const dict = (value: unknown): Dict =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Dict) : {};
const strings = (value: unknown) => dict(value) as Readonly<Record<string, string>>;
const VERBS = ["get", "post", "put", "patch", "delete", "head", "options", "x-amazon-apigateway-any-method"];

/**
 * Reads an API's OpenAPI body.
 * @param source JSON, or the parsed document
 * @throws DefinitionError for a body that AWS refuses at import, and for extensions that are not simulated
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
export function readOpenApi(source: string | object): OpenApi {
  const body = dict(typeof source === "string" ? JSON.parse(source) : source);
  const keySource = body["x-amazon-apigateway-api-key-source"];
  if (keySource !== undefined && keySource !== "HEADER" && keySource !== "AUTHORIZER") {
    const where = "x-amazon-apigateway-api-key-source";
    throw new DefinitionError(where, `the source ${String(keySource)} is unknown`, "Use HEADER or AUTHORIZER");
  }
  assertPaths(Object.keys(dict(body.paths)));
  const validateModel = bodyValidators(dict(dict(body.components).schemas));
  const methods = Object.entries(dict(body.paths)).flatMap(([resource, item]) =>
    VERBS.filter((verb) => verb in dict(item)).map((verb) =>
      readMethod(body, resource, verb, dict(dict(item)[verb]), validateModel),
    ),
  );
  return {
    methods,
    gatewayResponses: readGatewayResponses(dict(body["x-amazon-apigateway-gateway-responses"])),
    keySource: keySource ?? "HEADER",
    binaryMediaTypes: (body["x-amazon-apigateway-binary-media-types"] as string[] | undefined) ?? [],
  };
}

function readMethod(
  body: Dict,
  resource: string,
  verb: string,
  operation: Dict,
  validateModel: ReturnType<typeof bodyValidators>,
): Method {
  const name = verb.startsWith("x-") ? "ANY" : verb.toUpperCase();
  const where = `${name} ${resource}`;
  const checks = validatorOf(body, operation, where);
  const content = Object.entries(dict(dict(operation.requestBody).content));
  const parameters = ((operation.parameters ?? []) as Dict[]).filter(
    (parameter) => checks.parameters && parameter.required === true,
  );
  return {
    verb: name,
    resource,
    ...readSecurity(body, operation, where),
    requiredParameters: parameters.map((parameter) => ({
      in: parameter.in === "query" ? "querystring" : (parameter.in as "path" | "header"),
      name: String(parameter.name),
    })),
    validators: new Map(
      checks.body ? content.map(([type, media]) => [type.toLowerCase(), validateModel(dict(media).schema, where)]) : [],
    ),
    integration: readIntegration(dict(operation["x-amazon-apigateway-integration"]), operation, resource, where),
  };
}

function validatorOf(body: Dict, operation: Dict, where: string): { body: boolean; parameters: boolean } {
  const name = operation["x-amazon-apigateway-request-validator"] ?? body["x-amazon-apigateway-request-validator"];
  if (name === undefined) return { body: false, parameters: false };
  const validator = dict(body["x-amazon-apigateway-request-validators"])[String(name)];
  if (!validator)
    throw new DefinitionError(
      where,
      `the request validator "${String(name)}" is not declared`,
      "Declare it in x-amazon-apigateway-request-validators",
    );
  return { body: dict(validator).validateRequestBody === true, parameters: dict(validator).validateRequestParameters === true };
}

const INTEGRATION_KEYS = new Set([
  ...[
    "type",
    "uri",
    "httpMethod",
    "credentials",
    "timeoutInMillis",
    "passthroughBehavior",
    "requestParameters",
    "requestTemplates",
    "responses",
  ],
  ...["payloadFormatVersion", "cacheNamespace", "cacheKeyParameters"],
]);

function readIntegration(integration: Dict, operation: Dict, resource: string, where: string): Integration {
  const type = String(integration.type ?? "none").toLowerCase();
  if (type !== "aws" && type !== "aws_proxy" && type !== "mock") {
    throw new DefinitionError(where, `integration type "${type}" is not simulated`, "Use aws, aws_proxy or mock");
  }
  for (const key of Object.keys(integration)) {
    if (!INTEGRATION_KEYS.has(key))
      throw new DefinitionError(where, `the integration's "${key}" is not simulated`, "Leave it out");
  }
  const timeoutMs = Number(integration.timeoutInMillis ?? 29_000);
  if (!(timeoutMs >= 50 && timeoutMs <= 29_000))
    throw new DefinitionError(where, `timeoutInMillis is ${timeoutMs}`, "Give 50 to 29000");
  return {
    type,
    uri: String(integration.uri ?? ""),
    httpMethod: String(integration.httpMethod ?? "POST").toUpperCase(),
    credentials: integration.credentials === undefined ? undefined : String(integration.credentials),
    timeoutMs,
    passthrough: String(integration.passthroughBehavior ?? "WHEN_NO_MATCH").toUpperCase() as Passthrough,
    requestParameters: strings(integration.requestParameters),
    requestTemplates: templates(integration.requestTemplates, `${where}, request template`),
    responses: Object.entries(dict(integration.responses)).map(([pattern, value]) =>
      readResponse(pattern, dict(value), operation, where),
    ),
    cacheKey: readCacheKey(integration, operation, resource, where),
  };
}

function readResponse(pattern: string, response: Dict, operation: Dict, where: string): IntegrationResponse {
  const status = String(response.statusCode);
  const declared = dict(operation.responses)[status];
  if (!declared)
    throw new DefinitionError(
      where,
      `the integration responds with ${status}, which the method does not declare`,
      "Add it to the operation's responses",
    );
  const headers = new Set(Object.keys(dict(dict(declared).headers)).map((name) => name.toLowerCase()));
  for (const target of Object.keys(dict(response.responseParameters))) {
    const header = /^method\.response\.header\.(.+)$/.exec(target)?.[1];
    if (!header)
      throw new DefinitionError(where, `"${target}" is not a response parameter`, "Write method.response.header.<name>");
    if (!headers.has(header.toLowerCase())) {
      throw new DefinitionError(
        where,
        `response ${status} sets the header ${header}, which it does not declare`,
        "Add it to the response's headers",
      );
    }
  }
  return {
    selection: pattern === "default" ? "default" : new RegExp(`^(?:${pattern})$`, "s"),
    statusCode: Number(status),
    responseParameters: strings(response.responseParameters),
    responseTemplates: templates(response.responseTemplates, `${where}, response template for ${pattern}`),
  };
}

const templates = (source: unknown, where: string) =>
  new Map(Object.entries(strings(source)).map(([type, text]) => [type.toLowerCase(), new Template(text, `${where}, ${type}`)]));

function readGatewayResponses(responses: Dict): OpenApi["gatewayResponses"] {
  const entries = Object.entries(responses).map(([type, value]) => {
    const { statusCode, responseParameters, responseTemplates } = dict(value);
    const custom: CustomResponse = {
      statusCode: statusCode === undefined ? undefined : Number(statusCode),
      responseParameters: strings(responseParameters),
      responseTemplates: strings(responseTemplates),
    };
    return [type, custom] as const;
  });
  return Object.fromEntries(entries);
}
