import { expect } from "chai";
import { before, describe, it } from "mocha";
import { CALLER_HEADERS } from "../../../components/gateway/cache-key.ts";
import { IntegrationHub } from "../../../components/index.ts";
import { CORRELATION_ID } from "../../../model/index.ts";
import { LIST_PARAMETERS } from "../../../protocol/queries.ts";
import { OPS_ROUTES, partsOf, STATUS_ROUTES } from "../../../protocol/routes.ts";
import { arnOf, type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import chats from "../samples/chats.ts";
import shop from "../samples/shop.ts";

const OWN_ROUTES = [...Object.values(STATUS_ROUTES), ...Object.values(OPS_ROUTES)];

interface Operation {
  readonly security?: unknown;
  readonly parameters?: readonly { readonly name: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: unknown };
  readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
  readonly "x-amazon-apigateway-request-validator"?: string;
  readonly "x-amazon-apigateway-integration": {
    readonly type: string;
    readonly uri: string;
    readonly credentials?: string;
    readonly passthroughBehavior: string;
    readonly requestParameters: Readonly<Record<string, string>>;
    readonly requestTemplates: Readonly<Record<string, string>>;
    readonly responses: Readonly<
      Record<string, { readonly statusCode: string; readonly responseTemplates: Readonly<Record<string, string>> }>
    >;
  };
}
interface Body {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly "x-amazon-apigateway-api-key-source": string;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>>; readonly securitySchemes: unknown };
  readonly "x-amazon-apigateway-request-validators": Readonly<Record<string, unknown>>;
  readonly "x-amazon-apigateway-gateway-responses": Readonly<
    Record<
      string,
      {
        readonly statusCode?: string;
        readonly responseParameters: Readonly<Record<string, string>>;
        readonly responseTemplates: Readonly<Record<string, string>>;
      }
    >
  >;
}

const ANY = "x-amazon-apigateway-any-method";
const INTEGRATION = "x-amazon-apigateway-integration";
const VALIDATOR = "x-amazon-apigateway-request-validator";

describe("Gateway", () => {
  let deployed: Deployment<IntegrationHub>;
  let body: Body;
  const program = (accountLogging: boolean) => () =>
    new IntegrationHub("hub", hubConfig({ consumers: { web: {}, batch: {} }, accountLogging }), { flows: [shop] });
  before(async () => {
    deployed = await deploy(program(true));
    body = JSON.parse(deployed.of("RestApi", "hub-gateway").inputs.body as string) as Body;
  });
  const inputs = (type: string, name: string) => deployed.of(type, name).inputs;
  const operation = (path: string, method: string) => {
    const found = body.paths[path]?.[method];
    if (!found) throw new Error(`no ${method} ${path}`);
    return found;
  };

  describe("the OpenAPI body", () => {
    it("states its TLS policy, which an import could reset", () => {
      const { securityPolicy, endpointAccessMode } = inputs("RestApi", "hub-gateway");
      expect(body).to.include({
        "x-amazon-apigateway-security-policy": securityPolicy,
        "x-amazon-apigateway-endpoint-access-mode": endpointAccessMode,
      });
      expect([securityPolicy, endpointAccessMode]).not.to.include(undefined);
    });

    it("holds the flows' routes and the hub's own", () => {
      expect(body.openapi).to.equal("3.0.1");
      const served = Object.entries(body.paths).flatMap(([path, item]) =>
        Object.keys(item).flatMap((method) => (method === ANY ? [] : [`${method.toUpperCase()} ${path}`])),
      );
      expect(served).to.have.members([...OWN_ROUTES, "POST /shop/orders", "POST /hooks/parcels"]);
    });

    it("answers each path's other methods by itself, with 405 and the methods that there are", () => {
      for (const [path, item] of Object.entries(body.paths)) {
        const allow = Object.keys(item)
          .filter((method) => method !== ANY)
          .map((method) => method.toUpperCase())
          .sort()
          .join(", ");
        const { [INTEGRATION]: integration, responses } = operation(path, ANY);
        expect(integration.type).to.equal("mock");
        expect(integration.responses.default).to.deep.include({
          statusCode: "405",
          responseParameters: {
            "method.response.header.Allow": `'${allow}'`,
            "method.response.header.Content-Type": "'application/problem+json'",
            "method.response.header.X-Request-ID": "context.requestId",
          },
        });
        expect(Object.keys(responses["405"]?.headers ?? {})).to.include("Allow");
      }
    });

    it("asks for a key on all routes but webhooks, whose callers sign instead", () => {
      const open = Object.entries(body.paths).filter(([, item]) =>
        Object.entries(item).some(([method, { security }]) => method !== ANY && security === undefined),
      );
      expect(open.map(([path]) => path)).to.deep.equal(["/hooks/parcels"]);
    });

    it("asks one authorizer for all of them, and keeps its answers by credential and route where there is one kind of credential", () => {
      const scheme = (name: string, settings: object) => ({
        type: "apiKey",
        name,
        in: "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": { type: "request", authorizerUri: "invoke:hub-authorizer", ...settings },
      });
      const route = "context.httpMethod, context.resourcePath";
      expect(body.components.securitySchemes).to.deep.equal({
        apiKey: scheme("x-api-key", {
          identitySource: `method.request.header.x-api-key, ${route}`,
          authorizerResultTtlInSeconds: 60,
        }),
        jwt: scheme("Authorization", {
          identitySource: `method.request.header.Authorization, ${route}`,
          authorizerResultTtlInSeconds: 60,
        }),
        caller: scheme("Unused", { authorizerResultTtlInSeconds: 0 }),
        usage: { type: "apiKey", name: "x-api-key", in: "header" },
      });
      expect(operation("/shop/orders", "post").security).to.deep.equal([{ apiKey: [], usage: [] }]);
      // This stack takes no tokens.
      expect(operation("/requests", "get").security).to.deep.equal([{ apiKey: [], usage: [] }]);
      expect(operation("/ops/replays", "post").security).to.deep.equal([{ caller: [], usage: [] }]);
      expect(body["x-amazon-apigateway-api-key-source"]).to.equal("AUTHORIZER");
    });

    it("stores each route's rule for the authorizer, in an item of the flow that exists before the API", () => {
      const { inputs: rule } = deployed.of("TableItem", "shop-order-auth");
      expect(rule).to.include({ tableName: "hub-state-name", hashKey: "pk", rangeKey: "sk" });
      expect(JSON.parse(String(rule.item))).to.deep.equal({
        pk: { S: "route#POST /shop/orders" },
        sk: { S: "auth" },
        auth: { S: '{"kind":"api-key"}' },
      });
      expect(deployed.of("RestApi", "hub-gateway").dependencies).to.include("shop-order-auth");
    });

    it("lets an API trigger put its event on the bus, as the flow's own role", () => {
      const { type, uri, credentials, passthroughBehavior, requestParameters } = operation("/shop/orders", "post")[INTEGRATION];
      expect({ type, uri, credentials, passthroughBehavior, requestParameters }).to.deep.equal({
        type: "aws",
        uri: "arn:aws:apigateway:us-east-1:events:action/PutEvents",
        credentials: arnOf("iam", "shop-gateway-role"),
        passthroughBehavior: "never",
        requestParameters: {
          "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
          "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
        },
      });
    });

    it("validates a body against the event's schema, in which a field with a default may be absent", () => {
      const order = operation("/shop/orders", "post");
      expect(order[VALIDATOR]).to.equal("body");
      expect(body["x-amazon-apigateway-request-validators"].body).to.deep.equal({
        validateRequestBody: true,
        validateRequestParameters: false,
      });
      expect(order.requestBody?.content).to.deep.equal({
        "application/json": { schema: { $ref: "#/components/schemas/ShopOrderAsked" } },
      });
      expect(body.components.schemas.ShopOrderAsked).to.deep.equal({
        type: "object",
        properties: { orderId: { type: "string" }, note: { default: "none", type: "string" } },
        required: ["orderId"],
      });
    });

    it("declares each header that an answer may carry", () => {
      for (const { responses, [INTEGRATION]: integration } of [operation("/shop/orders", "post")]) {
        for (const { statusCode } of Object.values(integration.responses)) {
          expect(responses[statusCode]?.headers).to.have.all.keys(
            "X-Request-ID",
            "X-Correlation-ID",
            "Location",
            "Retry-After",
            "Content-Type",
          );
        }
      }
    });

    it("has a route of its own for a handshake by GET, which the webhook's function alone may answer", async () => {
      const { of } = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [chats] }));
      const { paths } = JSON.parse(of("RestApi", "hub-gateway").inputs.body as string) as Body;
      expect(Object.keys(paths["/hooks/chats"] ?? {})).to.have.members(["get", "post", ANY]);
      for (const method of ["get", "post"])
        expect(paths["/hooks/chats"]?.[method]?.[INTEGRATION]).to.include({
          type: "aws_proxy",
          uri: "invoke:chats-meta-ingress",
        });
      const arns = ["chats-meta", "chats-meta-handshake"].map(
        (name) => of("Permission", `${name}-gateway-permission`).inputs.sourceArn as string,
      );
      expect(arns.map((arn) => arn.split("/*/")[1])).to.deep.equal(["POST/hooks/chats", "GET/hooks/chats"]);
    });

    it("integrates webhooks and status requests with their functions", () => {
      expect(operation("/hooks/parcels", "post")[INTEGRATION]).to.include({
        type: "aws_proxy",
        uri: "invoke:shop-parcel-ingress",
      });
      expect(operation("/requests", "get")[INTEGRATION]).to.include({ type: "aws_proxy", uri: "invoke:hub-status" });
      expect(operation("/requests", "get").parameters?.map(({ name, required }) => [name, required])).to.deep.equal([
        ...[...LIST_PARAMETERS, ...CALLER_HEADERS].map((name) => [name, false]),
      ]);
    });

    it("does not answer a caller that waits for the end of a request from the cache of one that does not", () => {
      const { parameters, [INTEGRATION]: integration } = operation(partsOf(STATUS_ROUTES.showRequest).path, "get");
      expect(parameters?.filter(({ name }) => name === "Prefer").map(({ required }) => required)).to.deep.equal([false]);
      expect(integration).to.have.property("cacheKeyParameters").that.includes("method.request.header.Prefer");
      expect(integration).to.include({ timeoutInMillis: 29_000 });
    });

    it("answers errors of its own as problem details, without Velocity", () => {
      for (const [type, { statusCode, responseParameters, responseTemplates }] of Object.entries(
        body["x-amazon-apigateway-gateway-responses"],
      )) {
        expect(responseParameters["gatewayresponse.header.Content-Type"], type).to.equal("'application/problem+json'");
        const filled = (responseTemplates["application/json"] ?? "")
          .replaceAll("$context.error.messageString", '"the message"')
          .replace(/\$context\.[\w.]+/g, "x");
        const problem = JSON.parse(filled) as { status?: number };
        expect(problem, type).to.include.keys("type", "title", "detail", "requestId");
        expect(problem.status === undefined ? undefined : String(problem.status), type).to.equal(statusCode);
      }
    });
  });

  describe("the templates", () => {
    const template = () => operation("/shop/orders", "post")[INTEGRATION].requestTemplates["application/json"] ?? "";

    it("take correlation ids of the model's pattern only", () => {
      expect(template()).to.include(`.matches("${CORRELATION_ID.source.slice(1, -1)}")`);
    });

    it("name the schema that the body was checked against", () => {
      expect(template()).to.match(/"version\\":1,\\"contract\\":\\"[0-9a-f]{16}\\"/);
    });

    it("escape whatever they insert, twice inside Detail", () => {
      const answers = Object.values(operation("/shop/orders", "post")[INTEGRATION].responses).map(
        ({ responseTemplates }) => responseTemplates["application/json"] ?? "",
      );
      for (const text of [template(), ...answers]) {
        // Nothing that comes from outside is left once the escaped insertions are out.
        const rest = text
          .replace(
            /\$util\.escapeJavaScript\((?:\$util\.escapeJavaScript\([^)]+\)\.replaceAll\("\\\\'","'"\)|\$input\.json\('\$'\)|[^()]+)\)\.replaceAll\("\\\\'","'"\)/g,
            "",
          )
          .replace(/^#.*$/gm, "")
          .replace(/#if\([^)]*\)/g, "")
          .replace("$scheme", "")
          .replace(/\$\{debug\}/, "");
        expect(rest).not.to.include("$");
      }
      const debug = [...template().matchAll(/#set\(\$debug = (.*)\)$/gm)].map(([, value]) => value);
      expect(debug).to.deep.equal(['""', `$util.escapeJavaScript(',"debug":true')`]);
      expect(template().match(/escapeJavaScript\(\$util\.escapeJavaScript\(/g)).to.have.length(5);
    });

    it("make ids of requests from what the authorizer says and the caller's key, and of nothing else that a caller sends", () => {
      const ids = [...template().matchAll(/#set\(\$(requestId|tenant|key) = (.*)\)$/gm)].map(([, name, value]) => [name, value]);
      expect(ids).to.deep.equal([
        ["requestId", "$context.requestId"],
        ["tenant", "$context.authorizer.tenant"],
        ["key", '$value.replaceAll(\'"\', "")'],
        ["requestId", `"$${"{tenant}.shop.order.$"}{key}"`],
      ]);
    });
  });

  describe("the resources", () => {
    it("are deployed anew exactly when the body changes", async () => {
      const again = await deploy(program(true));
      expect(again.of("Deployment", "hub-gateway-deployment").inputs).to.deep.equal(
        inputs("Deployment", "hub-gateway-deployment"),
      );
      const bare = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [] }));
      expect(bare.of("Deployment", "hub-gateway-deployment").inputs.triggers).not.to.deep.equal(
        inputs("Deployment", "hub-gateway-deployment").triggers,
      );
    });

    it("have one stage, traced, with a JSON access log that expires and holds no header", () => {
      const { accessLogSettings, ...stage } = inputs("Stage", "hub-gateway-stage") as {
        accessLogSettings: { destinationArn: string; format: string };
      };
      expect(stage).to.deep.equal({
        restApi: "hub-gateway-id",
        deployment: "hub-gateway-deployment-id",
        stageName: "v1",
        xrayTracingEnabled: true,
      });
      expect(accessLogSettings.destinationArn).to.equal(arnOf("cloudwatch", "hub-gateway-access-log"));
      expect(JSON.parse(accessLogSettings.format)).to.include({
        requestId: "$context.requestId",
        apiKeyId: "$context.identity.apiKeyId",
        consumer: "$context.authorizer.consumer",
        tenant: "$context.authorizer.tenant",
      });
      // Of the headers only those that the hub's own templates set.
      const others = accessLogSettings.format.replaceAll(/\$context\.responseOverride\.header\.X-(Request|Correlation)-ID"/g, "");
      expect(others).not.to.match(/header|\$input|identity\.apiKey"/);
      expect(inputs("LogGroup", "hub-gateway-access-log")).to.deep.equal({
        name: "/hub/dev/hub-gateway-access",
        retentionInDays: 30,
      });
    });

    it("are throttled as the stack says", () => {
      expect(inputs("MethodSettings", "hub-gateway-settings")).to.deep.include({
        methodPath: "*/*",
        settings: { metricsEnabled: false, loggingLevel: "OFF", throttlingRateLimit: 10, throttlingBurstLimit: 20 },
      });
    });

    it("throttle a route of its own limit by it, whatever the stage's", () => {
      expect(inputs("MethodSettings", "shop-parcel-route-settings")).to.deep.equal({
        restApi: "hub-gateway-id",
        stageName: "v1",
        methodPath: "~1hooks~1parcels/POST",
        settings: { metricsEnabled: false, loggingLevel: "OFF", throttlingRateLimit: 5, throttlingBurstLimit: 8 },
      });
      expect(deployed.of("MethodSettings", "shop-parcel-route-settings").dependencies).to.include("hub-gateway-settings");
      expect(deployed.resources.filter(({ type }) => type.endsWith(":MethodSettings"))).to.have.length(2);
    });

    it("give each consumer a key and a usage plan", () => {
      for (const consumer of ["web", "batch"]) {
        expect(inputs("UsagePlan", `hub-gateway-${consumer}-plan`)).to.deep.include({
          apiStages: [{ apiId: "hub-gateway-id", stage: "v1" }],
          throttleSettings: { rateLimit: 10, burstLimit: 20 },
        });
        expect(inputs("UsagePlanKey", `hub-gateway-${consumer}-plan-key`)).to.deep.equal({
          keyId: `hub-gateway-${consumer}-key-id`,
          keyType: "API_KEY",
          usagePlanId: `hub-gateway-${consumer}-plan-id`,
        });
      }
    });

    it("count by the limits of the consumer where the stack gives it some", async () => {
      const consumers = {
        web: { throttle: { rate: 3, burst: 4 }, quota: { limit: 1_000, period: "month" as const } },
        batch: { quota: { limit: 5, period: "day" as const } },
      };
      const deployment = await deploy(() => new IntegrationHub("hub", hubConfig({ consumers }), { flows: [] }));
      expect(deployment.of("UsagePlan", "hub-gateway-web-plan").inputs).to.deep.include({
        throttleSettings: { rateLimit: 3, burstLimit: 4 },
        quotaSettings: { limit: 1_000, period: "MONTH" },
      });
      expect(deployment.of("UsagePlan", "hub-gateway-batch-plan").inputs).to.deep.include({
        throttleSettings: { rateLimit: 10, burstLimit: 20 },
        quotaSettings: { limit: 5, period: "DAY" },
      });
    });

    it("let the API invoke its authorizer as such, and no other API", () => {
      expect(inputs("Permission", "hub-gateway-authorizer-gateway-permission")).to.deep.equal({
        action: "lambda:InvokeFunction",
        function: "hub-authorizer-name",
        principal: "apigateway.amazonaws.com",
        sourceArn: "execute:hub-gateway/authorizers/*",
      });
    });

    it("let the API invoke functions by their own routes only", () => {
      expect(inputs("Permission", "shop-parcel-gateway-permission")).to.deep.equal({
        action: "lambda:InvokeFunction",
        function: "shop-parcel-ingress-name",
        principal: "apigateway.amazonaws.com",
        sourceArn: "execute:hub-gateway/*/POST/hooks/parcels",
      });
      expect(inputs("Permission", "hub-gateway-status-gateway-permission").sourceArn).to.equal(
        "execute:hub-gateway/*/GET/requests*",
      );
    });

    it("set the account's logging role, kept when the stack goes, unless another stack of the account does", async () => {
      expect(inputs("Account", "hub-gateway-account")).to.deep.equal({
        cloudwatchRoleArn: arnOf("iam", "hub-gateway-logs-role"),
      });
      for (const [type, name] of [
        ["Account", "account"],
        ["Role", "logs-role"],
        ["RolePolicy", "logs-policy"],
      ] as const) {
        expect(deployed.of(type, `hub-gateway-${name}`).retainOnDelete, name).to.equal(true);
      }
      expect(deployed.policy("RolePolicy", "hub-gateway-logs-policy").Logs?.Resource).to.deep.equal([
        "arn:aws:cloudwatch:us-east-1:123456789012:*",
      ]);
      const { resources } = await deploy(program(false));
      expect(resources.filter(({ type }) => type.endsWith(":Account"))).to.deep.equal([]);
    });
  });
});
