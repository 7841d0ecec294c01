import { RestApi } from "../../../emulator/apigateway/rest-api.ts";
import type {
  AwsCall,
  GatewayRequest,
  GatewayResponse,
  RestApiDefinition,
  RestApiPorts,
} from "../../../emulator/apigateway/types.ts";
import type { Clock } from "../../../emulator/clock.ts";

/** A clock that advances only when the test moves it. */
export class HandClock implements Clock {
  #now: number;
  readonly #waiting = new Set<{ readonly at: number; readonly done: () => void }>();
  constructor(start = Date.UTC(2026, 10, 24, 1, 2, 3)) {
    this.#now = start;
  }
  now(): number {
    return this.#now;
  }
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const entry = { at: this.#now + ms, done: resolve };
      this.#waiting.add(entry);
      signal?.addEventListener("abort", () => {
        this.#waiting.delete(entry);
        resolve();
      });
    });
  }
  get waits(): number {
    return this.#waiting.size;
  }
  move(ms: number): void {
    this.#now += ms;
    for (const entry of this.#waiting) {
      if (entry.at > this.#now) continue;
      this.#waiting.delete(entry);
      entry.done();
    }
  }
}

/** The request template of the hub's gateway for PutEvents: headers and body become JSON inside a JSON string. */
const PUT_EVENTS = `#set($correlation = $input.params('X-Correlation-ID'))
#if(!$correlation.matches("[A-Za-z0-9._:-]{1,128}"))#set($correlation = $context.requestId)#end
{"Entries": [{
  "Source": "hub.test", "DetailType": "OrderPlaced", "EventBusName": "bus",
  "Detail": "{\\"metadata\\":{\\"requestId\\":\\"$context.requestId\\",\\"correlationId\\":\\"$correlation\\",\\"agent\\":\\"$util.escapeJavaScript($util.escapeJavaScript($context.identity.userAgent).replaceAll("\\\\'","'")).replaceAll("\\\\'","'")\\"},\\"data\\":$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'","'")}"
}]}`;
const ACCEPTED = `#if($input.path('$.FailedEntryCount') != 0)#set($context.responseOverride.status = 503)#set($context.responseOverride.header.Retry-After = "1"){"status":"refused"}#else{"requestId":"$context.requestId","status":"accepted"}#end`;

const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:ingress";
export const LAMBDA_URI = `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;

const AUTHORIZER = "arn:aws:lambda:eu-west-1:123456789012:function:authorizer";
export const AUTHORIZER_URI = `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${AUTHORIZER}/invocations`;

/** Response of the authorizer: callers with `secret-a` belong to the tenant acme and may call the requested method. */
function authorizerResponse(event: Record<string, unknown>, context: Readonly<Record<string, string>>) {
  const key = (event.headers as Record<string, string>)["x-api-key"];
  if (key !== "secret-a") return { payload: '{"errorMessage":"Unauthorized"}', functionError: "Unhandled" };
  const statement = { Effect: "Allow", Action: "execute-api:Invoke", Resource: event.methodArn };
  const response = {
    principalId: "shop",
    policyDocument: { Version: "2012-10-17", Statement: [statement] },
    context: { tenant: "acme", consumer: "shop", operator: "false", ...context },
    usageIdentifierKey: "secret-a",
  };
  return { payload: JSON.stringify(response) };
}

const order = {
  type: "object",
  required: ["orderId", "lines"],
  properties: {
    orderId: { type: "string", minLength: 1 },
    lines: { type: "array", items: { $ref: "#/components/schemas/Line" } },
  },
};
const responses = (...codes: number[]) =>
  Object.fromEntries(codes.map((code) => [code, { description: "", headers: { "X-Request-ID": {} } }]));

export const openApi = {
  openapi: "3.0.1",
  info: { title: "test", version: "1" },
  "x-amazon-apigateway-request-validators": { body: { validateRequestBody: true, validateRequestParameters: true } },
  "x-amazon-apigateway-binary-media-types": ["application/octet-stream"],
  "x-amazon-apigateway-gateway-responses": {
    BAD_REQUEST_BODY: {
      statusCode: 400,
      responseParameters: {
        "gatewayresponse.header.X-Request-ID": "context.requestId",
        "gatewayresponse.header.X-Fixed": "'yes'",
      },
      responseTemplates: {
        "application/problem+json":
          '{"title":$context.error.messageString,"detail":"$context.error.validationErrorString","not":"$util.escapeJavaScript($context.requestId)"}',
      },
    },
    DEFAULT_5XX: { responseTemplates: { "application/json": '{"oops":"$context.error.responseType"}' } },
  },
  components: {
    securitySchemes: { key: { type: "apiKey", in: "header", name: "x-api-key" } },
    schemas: {
      Order: order,
      Line: {
        type: "object",
        required: ["sku"],
        properties: { sku: { type: "string" }, quantity: { type: "integer", minimum: 1 } },
      },
    },
  },
  paths: {
    "/orders": {
      post: {
        security: [{ key: [] }],
        "x-amazon-apigateway-request-validator": "body",
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } } },
        responses: responses(202, 503),
        "x-amazon-apigateway-integration": {
          type: "aws",
          httpMethod: "POST",
          uri: "arn:aws:apigateway:eu-west-1:events:action/PutEvents",
          credentials: "arn:aws:iam::123456789012:role/gateway",
          passthroughBehavior: "NEVER",
          requestParameters: { "integration.request.header.X-Caller": "method.request.header.User-Agent" },
          requestTemplates: { "application/json": PUT_EVENTS },
          responses: {
            "2\\d{2}": {
              statusCode: "202",
              responseParameters: { "method.response.header.X-Request-ID": "context.requestId" },
              responseTemplates: { "application/json": ACCEPTED },
            },
            default: { statusCode: "503", responseTemplates: { "application/json": '{"status":"refused"}' } },
          },
        },
      },
    },
    "/free": {
      post: {
        responses: responses(202),
        "x-amazon-apigateway-integration": {
          type: "aws",
          uri: "arn:aws:apigateway:eu-west-1:events:action/PutEvents",
          credentials: "arn:aws:iam::123456789012:role/gateway",
          requestTemplates: { "application/json": PUT_EVENTS },
          responses: { default: { statusCode: "202" } },
        },
      },
    },
    "/hooks/{name}": {
      post: {
        responses: {},
        "x-amazon-apigateway-integration": { type: "aws_proxy", httpMethod: "POST", uri: LAMBDA_URI, timeoutInMillis: 1_000 },
      },
      get: {
        "x-amazon-apigateway-request-validator": "body",
        parameters: [{ in: "query", name: "since", required: true }],
        responses: responses(200),
        "x-amazon-apigateway-integration": {
          type: "mock",
          requestTemplates: { "application/json": '{"statusCode": 200}' },
          responses: {
            200: {
              statusCode: "200",
              responseTemplates: { "application/json": '{"name":"$input.params(\'name\')","v":"$stageVariables.v"}' },
            },
          },
        },
      },
    },
    "/hooks/fixed": { post: { responses: {}, "x-amazon-apigateway-integration": { type: "aws_proxy", uri: LAMBDA_URI } } },
  },
};

export const definition: RestApiDefinition = {
  name: "shop",
  id: "api123",
  accountId: "123456789012",
  region: "eu-west-1",
  body: openApi,
  stage: { name: "dev", variables: { v: "7" } },
  apiKeys: [
    { id: "key-a", value: "secret-a" },
    { id: "key-off", value: "secret-off", enabled: false },
    { id: "key-lost", value: "secret-lost" },
  ],
  usagePlans: [{ id: "plan", apiKeyIds: ["key-a", "key-off"] }],
};

export interface Bench {
  readonly api: RestApi;
  readonly clock: HandClock;
  readonly aws: AwsCall[];
  readonly lambda: { readonly arn: string; readonly payload: Record<string, unknown>; readonly sourceArn: string }[];
  readonly log: string[];
  readonly access: string[];
}

/** Creates an API with fake dependencies. @param ports overrides; by default all calls succeed @param context what the authorizer adds to its own */
export function bench(
  overrides: Partial<RestApiDefinition> = {},
  ports: Partial<RestApiPorts> = {},
  context: Readonly<Record<string, string>> = {},
): Bench {
  const made = {
    clock: new HandClock(),
    aws: [] as AwsCall[],
    lambda: [] as Bench["lambda"],
    log: [] as string[],
    access: [] as string[],
  };
  const api = new RestApi(
    { ...definition, ...overrides },
    {
      invokeAws: async (call) => {
        made.aws.push(call);
        return { status: 200, body: '{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}' };
      },
      invokeLambda: async (arn, payload, sourceArn) => {
        const event = JSON.parse(payload) as Record<string, unknown>;
        if (arn === AUTHORIZER) return authorizerResponse(event, context);
        made.lambda.push({ arn, payload: event, sourceArn });
        return { payload: '{"statusCode":202,"body":"ok"}' };
      },
      clock: made.clock,
      log: (message) => made.log.push(message),
      accessLog: (line) => made.access.push(line),
      ...ports,
    },
  );
  return { api, ...made };
}

export const ORDER = { orderId: "o-1", lines: [{ sku: "a", quantity: 1 }] };

export function request(
  method: string,
  url: string,
  options: { headers?: Record<string, string>; body?: string | Buffer } = {},
): GatewayRequest {
  const [path = "/", query = ""] = url.split("?");
  const headers = Object.entries(options.headers ?? {});
  return { method, path, query, headers, body: Buffer.from(options.body ?? ""), sourceIp: "127.0.0.1" };
}

export const postOrder = (body: unknown = ORDER, headers: Record<string, string> = {}) =>
  request("POST", "/orders", {
    headers: { "x-api-key": "secret-a", "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

export const jsonOf = (response: GatewayResponse) => JSON.parse(response.body.toString()) as Record<string, unknown>;

/** `requestContext` of a proxy event. */
export const contextOf = (call: Bench["lambda"][number] | undefined) =>
  (call?.payload.requestContext ?? {}) as Readonly<Record<string, unknown>>;

/** `requestContext.identity` of a proxy event. */
export const identityOf = (call: Bench["lambda"][number] | undefined) =>
  ((call?.payload.requestContext ?? {}) as { readonly identity?: object }).identity;
