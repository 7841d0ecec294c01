import { at, type Props, referred, referring, resourceRule, stackRule } from "../rule.ts";

const API = ["aws:apigateway/restApi:RestApi"];
const STAGE = "aws:apigateway/stage:Stage";
const SETTINGS = "aws:apigateway/methodSettings:MethodSettings";
const WEB_ACL = "aws:wafv2/webAclAssociation:WebAclAssociation";

/** At least TLS 1.2. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html */
const TLS = /^(TLS_1_2|SecurityPolicy_TLS13_1_[23]_\w+)$/;
const METHODS = ["get", "post", "put", "patch", "delete", "head", "options", "x-amazon-apigateway-any-method"];

interface Operation {
  /** Such as `POST /orders`. */
  readonly name: string;
  readonly props: Props;
}

/** @returns each method of an OpenAPI body. */
function operationsOf({ body }: Props): readonly Operation[] {
  const { paths = {} } = JSON.parse(String(body)) as { paths?: Readonly<Record<string, Readonly<Record<string, Props>>>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, props]) => ({ name: `${method.toUpperCase()} ${path}`, props })),
  );
}

const isEmpty = (value: unknown) =>
  !Array.isArray(value) || value.length === 0 || value.some((scheme) => Object.keys(scheme as object).length === 0);

/** Only a function can verify a webhook's signature over the raw body: the method declares it and has a function behind it. */
const verifiesSignature = ({ props }: Operation) =>
  props["x-hub-authentication"] === "signature" && at(props, "x-amazon-apigateway-integration", "type") === "aws_proxy";

/** A mock answers by itself and reaches nothing: there is nothing to protect, and nothing to validate. */
const isMock = ({ props }: Operation) => at(props, "x-amazon-apigateway-integration", "type") === "mock";
const reachesNothing = (method: Operation) => method.props["x-hub-authentication"] === "none" && isMock(method);

const unlimited = (props: Props, ...path: string[]) => {
  const value = at(props, ...path);
  return typeof value !== "number" || value < 0;
};

export const apiGateway = [
  resourceRule({
    name: "api-gateway-authentication",
    description:
      "Each method authenticates its caller: by an API key or an authorizer, or by a signature that its function verifies.",
    fact: "A method does not authenticate its caller",
    remedy: 'Add `security`, or set "x-hub-authentication" to "signature" when the function behind it verifies one',
    mirrors: ["AwsSolutions-APIG4"],
    types: API,
    broken: (props) =>
      operationsOf(props).find(
        (method) => isEmpty(method.props.security) && !verifiesSignature(method) && !reachesNothing(method),
      )?.name,
  }),
  resourceRule({
    name: "api-gateway-validation",
    description: "Each method validates its request, unless its function verifies a signature over the raw body.",
    fact: "A method accepts any request",
    remedy: "Set x-amazon-apigateway-request-validator",
    mirrors: ["AwsSolutions-APIG2"],
    types: API,
    broken: (props) =>
      operationsOf(props).find(
        (method) =>
          method.props["x-amazon-apigateway-request-validator"] === undefined && !verifiesSignature(method) && !isMock(method),
      )?.name,
  }),
  resourceRule({
    name: "api-gateway-no-passthrough",
    description: "Each method refuses content types without a template, which would bypass its validation.",
    fact: "A method passes unknown content types through",
    remedy: 'Set passthroughBehavior to "never"',
    types: API,
    broken: (props) =>
      operationsOf(props).find(
        (method) => String(at(method.props, "x-amazon-apigateway-integration", "passthroughBehavior")).toLowerCase() !== "never",
      )?.name,
  }),
  resourceRule({
    name: "api-gateway-tls",
    description: "The API requires TLS 1.2 or newer.",
    fact: "The API accepts TLS older than 1.2",
    remedy: "Set securityPolicy to a policy for TLS 1.2 or 1.3",
    types: [...API, "aws:apigateway/domainName:DomainName"],
    broken: ({ securityPolicy }) => !TLS.test(String(securityPolicy)),
  }),
  resourceRule({
    name: "api-gateway-access-log",
    description: "A stage writes an access log.",
    fact: "The stage writes no access log",
    remedy: "Set accessLogSettings.destinationArn",
    mirrors: ["AwsSolutions-APIG1", "Serverless-APIGWAccessLogging"],
    types: [STAGE],
    broken: (props) => at(props, "accessLogSettings", "destinationArn") === undefined,
  }),
  resourceRule({
    name: "api-gateway-structured-log",
    description: "Each line of the access log is JSON with the request id.",
    fact: "The access log can't be searched by request id",
    remedy: "Set accessLogSettings.format to JSON with $context.requestId",
    mirrors: ["Serverless-APIGWStructuredLogging"],
    types: [STAGE],
    broken: (props) => {
      const format = String(at(props, "accessLogSettings", "format") ?? "");
      return !/^\{.*\}$/s.test(format) || !format.includes("$context.requestId");
    },
  }),
  resourceRule({
    name: "api-gateway-tracing",
    description: "A stage is traced by X-Ray.",
    fact: "The stage is not traced",
    remedy: "Set xrayTracingEnabled",
    mirrors: ["Serverless-APIGWXrayEnabled"],
    types: [STAGE],
    broken: ({ xrayTracingEnabled }) => xrayTracingEnabled !== true,
  }),
  stackRule({
    name: "api-gateway-throttled-stage",
    description: "A stage has settings for all of its methods.",
    fact: "The stage's methods have no settings and so no throttling",
    remedy: 'Add MethodSettings with methodPath "*/*"',
    mirrors: ["Serverless-APIGWDefaultThrottling"],
    type: STAGE,
    broken: (stage, stack) =>
      !referring(stack, SETTINGS, "stageName", stage).some(({ props }) => (props as Props).methodPath === "*/*"),
  }),
  resourceRule({
    name: "api-gateway-throttling",
    description: "Methods are throttled by a rate of requests and a burst.",
    fact: "The methods share the account's limit with all other APIs",
    remedy: "Set settings.throttlingRateLimit and throttlingBurstLimit",
    mirrors: ["Serverless-APIGWDefaultThrottling"],
    types: [SETTINGS],
    broken: (props) =>
      unlimited(props, "settings", "throttlingRateLimit") || unlimited(props, "settings", "throttlingBurstLimit"),
  }),
  resourceRule({
    name: "api-gateway-no-bodies-in-logs",
    description: "API Gateway logs no full requests and responses.",
    fact: "The execution log holds request bodies",
    remedy: "Leave settings.dataTraceEnabled out",
    types: [SETTINGS],
    broken: (props) => at(props, "settings", "dataTraceEnabled") === true || at(props, "settings", "loggingLevel") === "INFO",
  }),
  resourceRule({
    name: "api-gateway-throttled-consumers",
    description: "A usage plan throttles its consumer.",
    fact: "One consumer can use up the shared limit",
    remedy: "Set throttleSettings.rateLimit and burstLimit",
    types: ["aws:apigateway/usagePlan:UsagePlan"],
    broken: (props) => unlimited(props, "throttleSettings", "rateLimit") || unlimited(props, "throttleSettings", "burstLimit"),
  }),
  stackRule({
    name: "api-gateway-web-acl",
    description: "A stage is protected by a WAF web ACL.",
    fact: "The stage has no web ACL",
    remedy: "Add a WebAclAssociation for the stage's ARN",
    mirrors: ["AwsSolutions-APIG3"],
    type: STAGE,
    broken: (stage, stack) =>
      !stack.some((acl) => acl.type === WEB_ACL && referred(acl, "resourceArn", STAGE).some(({ urn }) => urn === stage.urn)),
  }),
];
