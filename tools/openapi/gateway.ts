import type { RouteDescription } from "../../components/flow/route-description.ts";
import type { Signature } from "../../model/index.ts";

/** One operation of the OpenAPI body that API Gateway imports: what is served, in the words of the components. */
export interface GatewayOperation {
  /** Such as `GET /requests/{requestId}`. */
  readonly route: string;
  readonly path: string;
  /** Lower case. */
  readonly method: string;
  readonly operationId: string | undefined;
  readonly summary: string | undefined;
  readonly tag: string;
  /** Name of its security scheme there; absent where callers sign. */
  readonly credentials: string | undefined;
  readonly parameters: readonly { readonly in: string; readonly name: string; readonly required: boolean }[];
  readonly validator: string | undefined;
  /** `aws`: the gateway calls AWS itself. `aws_proxy`: a function answers. */
  readonly integration: string;
}

/** An answer of the gateway itself, such as to a caller without a key. */
export interface GatewayAnswer {
  readonly statusCode?: string;
  readonly responseTemplates: Readonly<Record<string, string>>;
}

export interface FlowRoute extends RouteDescription {
  readonly flow: string;
  /** Of a webhook. */
  readonly verify: Signature | undefined;
}

/** What a run of the program registered, as far as it matters here. */
export interface Registered {
  readonly resources: readonly { readonly type: string; readonly inputs: Readonly<Record<string, unknown>> }[];
}

export interface PublicApi {
  readonly version: string;
  readonly operations: readonly GatewayOperation[];
  readonly answers: Readonly<Record<string, GatewayAnswer>>;
  /** Of the flows' triggers, by route. */
  readonly routes: ReadonlyMap<string, FlowRoute>;
  /** Flow -> its summary. */
  readonly flows: Readonly<Record<string, string>>;
}

interface Body {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, BodyOperation>>>>;
  readonly "x-amazon-apigateway-gateway-responses": Readonly<Record<string, GatewayAnswer>>;
}
interface BodyOperation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags: readonly [string];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: GatewayOperation["parameters"];
  readonly "x-amazon-apigateway-request-validator"?: string;
  readonly "x-amazon-apigateway-integration": { readonly type: string };
}
interface FlowInputs {
  readonly graph: { readonly flow: string; readonly summary: string };
  readonly webhooks: readonly { readonly trigger: string; readonly verify: Signature }[];
  readonly routes: string;
}

/** What the recorded program serves: the very body that API Gateway imports, and what the flows say of their routes. */
export function publicApi({ resources }: Registered): PublicApi {
  const api = resources.find(({ type }) => type === "aws:apigateway/restApi:RestApi");
  const body = JSON.parse(String(api?.inputs.body)) as Body;
  const flows = resources
    .filter(({ type }) => type === "hub:index:IntegrationFlow")
    .map(({ inputs }) => inputs as unknown as FlowInputs);
  return {
    version: body.info.version,
    operations: Object.entries(body.paths)
      .flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => operationOf(path, method, operation)))
      .sort((a, b) => compare(`${a.path} ${a.method}`, `${b.path} ${b.method}`)),
    answers: body["x-amazon-apigateway-gateway-responses"],
    routes: new Map(flows.flatMap(routesOf).map((route) => [route.route, route])),
    flows: Object.fromEntries(flows.map(({ graph }) => [graph.flow, graph.summary]).sort(([a], [b]) => compare(a, b))),
  };
}

/** By code units, whatever the machine's locale is. */
const compare = (a = "", b = "") => (a < b ? -1 : a > b ? 1 : 0);

const operationOf = (path: string, method: string, operation: BodyOperation): GatewayOperation => ({
  route: `${method.toUpperCase()} ${path}`,
  path,
  method,
  operationId: operation.operationId,
  summary: operation.summary,
  tag: operation.tags[0],
  credentials: Object.keys(operation.security?.[0] ?? {})[0],
  parameters: operation.parameters ?? [],
  validator: operation["x-amazon-apigateway-request-validator"],
  integration: operation["x-amazon-apigateway-integration"].type,
});

const routesOf = ({ graph, webhooks, routes }: FlowInputs): readonly FlowRoute[] =>
  (JSON.parse(routes) as RouteDescription[]).map((route) => ({
    ...route,
    flow: graph.flow,
    verify: webhooks.find(({ trigger }) => trigger === route.trigger)?.verify,
  }));
