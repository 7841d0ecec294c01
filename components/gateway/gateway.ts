import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENTS } from "../../protocol/kinds.ts";
import { OPS_REQUEST_SOURCE, OPS_SOURCE, pathPattern, STATUS_SOURCE } from "../../protocol/routes.ts";
import type { HubConfig } from "../config/config.ts";
import { logGroupName } from "../parts/lambda-function.ts";
import { accountLogging } from "./account-logging.ts";
import { createConsumers } from "./consumers.ts";
import { customDomain } from "./custom-domain.ts";
import { deploymentTriggers } from "./deployment-triggers.ts";
import { methodSettings } from "./method-settings.ts";
import { openApi } from "./open-api.ts";
import type { FlowRoute } from "./route.ts";
import { routeRule } from "./security.ts";
import { STAGE } from "./stage.ts";
import { TLS } from "./tls.ts";
import { webAcl, webAclMetric } from "./web-acl.ts";

export interface GatewayArgs {
  readonly bus: Pick<aws.cloudwatch.EventBus, "arn" | "name">;
  readonly config: HubConfig;
  readonly routes: readonly FlowRoute[];
  readonly status: aws.lambda.Function;
  readonly ops: aws.lambda.Function;
  /** Authenticates callers, by the consumers in `secret`, which the gateway fills. */
  readonly authorizer: {
    readonly function: aws.lambda.Function;
    readonly alias?: aws.lambda.Alias;
    readonly secret: aws.secretsmanager.Secret;
  };
  readonly table: Pick<aws.dynamodb.Table, "name">;
}

/**
 * `$context` variables of each line of the access log. No header but User-Agent and no part of a body, since these may be confidential.
 * The ids that the templates answer with are in `$context.responseOverride`, which access logs may use; functions behind the API log their ids
 * beside the same requestId. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 * `error.validationErrorString` quotes the rejected values: it is returned to the caller and not logged.
 */
const ACCESS_LOG = JSON.stringify({
  requestId: "$context.requestId",
  // Of a request that was accepted: an Idempotency-Key makes another id than the gateway's.
  hubRequestId: "$context.responseOverride.header.X-Request-ID",
  correlationId: "$context.responseOverride.header.X-Correlation-ID",
  requestTime: "$context.requestTime",
  httpMethod: "$context.httpMethod",
  resourcePath: "$context.resourcePath",
  status: "$context.status",
  responseLength: "$context.responseLength",
  responseLatency: "$context.responseLatency",
  integrationLatency: "$context.integrationLatency",
  integrationStatus: "$context.integrationStatus",
  sourceIp: "$context.identity.sourceIp",
  userAgent: "$context.identity.userAgent",
  consumer: "$context.authorizer.consumer",
  tenant: "$context.authorizer.tenant",
  apiKeyId: "$context.identity.apiKeyId",
  xrayTraceId: "$context.xrayTraceId",
  waf: "$context.wafResponseCode",
  error: "$context.error.message",
});

/** The REST API of all flows: one OpenAPI body, its deployment and stage, and a key with a usage plan for each consumer. */
export class Gateway extends pulumi.ComponentResource {
  readonly api: aws.apigateway.RestApi;
  /** Name of the web ACL's metric; absent where there is none. */
  readonly webAclMetric: string | undefined;
  /** Without a trailing slash. */
  readonly url: pulumi.Output<string>;
  /** Target for the domain's DNS record; absent without a domain of the hub's own. */
  readonly domainTarget: pulumi.Output<string> | undefined;
  /** Consumer -> id of its key. */
  readonly apiKeyIds: Readonly<Record<string, pulumi.Output<string>>>;
  /** Consumer -> its key; secret. */
  readonly apiKeys: Readonly<Record<string, pulumi.Output<string>>>;
  readonly #name: string;
  readonly #args: GatewayArgs;

  constructor(name: string, args: GatewayArgs, options?: pulumi.ComponentResourceOptions) {
    super(COMPONENTS.gateway, name, {}, options);
    this.#name = name;
    this.#args = args;
    const api = this.#createApi();
    this.api = api;
    this.#createPermissions(api);
    const stage = this.#createStage(api);
    methodSettings(name, args, stage, { parent: this });
    this.webAclMetric = this.#createWebAcl(stage);
    const { config, authorizer } = args;
    const keys = createConsumers(name, { config, stage, secret: authorizer.secret }, { parent: this });
    const { domain } = config;
    this.domainTarget = domain && customDomain(`${name}-domain`, { domain, api, stage }, { parent: this });
    this.url = domain ? pulumi.output(`https://${domain.name}`) : stage.invokeUrl;
    this.apiKeyIds = mapValues(keys, ({ id }) => id);
    this.apiKeys = mapValues(keys, ({ value }) => pulumi.secret(value));
    this.registerOutputs({ url: this.url });
  }

  #createApi(): aws.apigateway.RestApi {
    const { bus, routes, status, ops, authorizer, table, config } = this.#args;
    const atRoot = config.domain !== undefined;
    const rules = routes.flatMap((route) => routeRule(route, table, { parent: this }));
    const body = openApi({
      title: this.#name,
      busName: bus.name,
      busArn: bus.arn,
      routes,
      statusArn: status.invokeArn,
      opsArn: ops.invokeArn,
      atRoot,
      authorizerArn: (authorizer.alias ?? authorizer.function).invokeArn,
      tokens: config.jwt !== undefined,
    });
    return new aws.apigateway.RestApi(
      this.#name,
      {
        description: "Integration hub",
        body,
        endpointConfiguration: { types: "REGIONAL" },
        ...TLS,
        // Callers can only use the domain.
        ...(atRoot && { disableExecuteApiEndpoint: true }),
      },
      { parent: this, dependsOn: [...rules, ...routes.flatMap((route) => (route.kind === "api" ? [route.policy] : []))] },
    );
  }

  #createPermissions(api: aws.apigateway.RestApi) {
    const { routes, status, ops, authorizer } = this.#args;
    const allow = (name: string, fn: aws.lambda.Function, source: string, alias?: aws.lambda.Alias) =>
      new aws.lambda.Permission(
        `${name}-gateway-permission`,
        {
          action: "lambda:InvokeFunction",
          function: fn.name,
          // A permission without a qualifier is not for the alias.
          ...(alias && { qualifier: alias.name }),
          principal: "apigateway.amazonaws.com",
          sourceArn: pulumi.interpolate`${api.executionArn}/${source}`,
        },
        { parent: this },
      );
    allow(`${this.#name}-status`, status, STATUS_SOURCE);
    allow(`${this.#name}-ops`, ops, OPS_SOURCE);
    allow(`${this.#name}-ops-requests`, ops, OPS_REQUEST_SOURCE);
    allow(`${this.#name}-authorizer`, authorizer.function, "authorizers/*", authorizer.alias);
    for (const route of routes) {
      if (route.kind === "sync") allow(route.name, route.function, `*/${pathPattern(route.route.replace(" ", ""))}`, route.alias);
      if (route.kind !== "webhook") continue;
      allow(route.name, route.function, `*/${route.route.replace(" ", "")}`);
      if (route.handshake) allow(`${route.name}-handshake`, route.function, `*/${route.handshake.replace(" ", "")}`);
    }
  }

  #createStage(api: aws.apigateway.RestApi): aws.apigateway.Stage {
    const { config } = this.#args;
    const deployment = new aws.apigateway.Deployment(
      `${this.#name}-deployment`,
      { restApi: api.id, triggers: deploymentTriggers(api) },
      { parent: this },
    );
    const logGroup = new aws.cloudwatch.LogGroup(
      `${this.#name}-access-log`,
      { name: logGroupName(`${this.#name}-access`), retentionInDays: config.logRetentionDays },
      { parent: this },
    );
    const account = config.accountLogging ? [accountLogging(this.#name, logGroup.arn, { parent: this })] : [];
    const stage = new aws.apigateway.Stage(
      `${this.#name}-stage`,
      {
        restApi: api.id,
        deployment: deployment.id,
        stageName: STAGE,
        xrayTracingEnabled: true,
        accessLogSettings: { destinationArn: logGroup.arn, format: ACCESS_LOG },
        ...(config.cache > 0 && { cacheClusterEnabled: true, cacheClusterSize: String(config.cache) }),
      },
      { parent: this, dependsOn: account },
    );
    return stage;
  }

  #createWebAcl(stage: aws.apigateway.Stage): string | undefined {
    const { config, routes } = this.#args;
    if (!config.waf.enabled) return undefined;
    const name = `${this.#name}-waf`;
    const signatureHeaders = routes.flatMap((route) =>
      route.kind === "webhook" && route.signatureHeader ? [route.signatureHeader] : [],
    );
    webAcl(name, { config, stage, signatureHeaders }, { parent: this });
    return webAclMetric(name);
  }
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Readonly<Record<string, U>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
