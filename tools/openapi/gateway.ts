import type { RouteDescription } from "../../components/flow/route-description.ts";
import type { Signature } from "../../model/index.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";

/** One operation of the OpenAPI body that API Gateway imports. */
export interface GatewayOperation {
  /** Such as `GET /requests/{requestId}`. */
  readonly route: string;
  readonly path: string;
  /** Lower case. */
  readonly method: string;
  readonly operationId: string | undefined;
  readonly summary: string | undefined;
  readonly tag: string;
  /** Name of its security scheme in the body; absent when callers sign. */
  readonly credentials: string | undefined;
  readonly parameters: readonly { readonly in: string; readonly name: string; readonly required: boolean }[];
  readonly validator: string | undefined;
  /** `aws`: the gateway calls AWS itself. `aws_proxy`: a function answers. */
  readonly integration: string;
}

/** A response of the gateway itself, such as to a caller without a key. */
export interface GatewayAnswer {
  readonly statusCode?: string;
  readonly responseTemplates: Readonly<Record<string, string>>;
}

export interface FlowRoute extends RouteDescription {
  readonly flow: string;
  /** Only of webhooks. */
  readonly verify: Signature | undefined;
}

/** The used part of the registered resources. */
export interface Registered {
  readonly resources: readonly { readonly type: string; readonly inputs: Readonly<Record<string, unknown>> }[];
}

export interface PublicApi {
  readonly version: string;
  readonly operations: readonly GatewayOperation[];
  readonly answers: Readonly<Record<string, GatewayAnswer>>;
  /** Routes of the flows' triggers, by route. */
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

/** The API of the recorded program: the body that API Gateway imports, and the flows' descriptions of their routes. */
export function publicApi({ resources }: Registered): PublicApi {
  const api = resources.find(({ type }) => type === "aws:apigateway/restApi:RestApi");
  const body = JSON.parse(String(api?.inputs.body)) as Body;
  const flows = resources.filter(({ type }) => type === COMPONENTS.flow).map(({ inputs }) => inputs as unknown as FlowInputs);
  return {
    version: body.info.version,
    operations: Object.entries(body.paths)
      .flatMap(([path, item]) =>
        Object.entries(item)
          // What answers 405 is no operation.
          .filter(([method]) => !method.startsWith("x-"))
          .map(([method, operation]) => operationOf(path, method, operation)),
      )
      .sort((a, b) => compare(`${a.path} ${a.method}`, `${b.path} ${b.method}`)),
    answers: body["x-amazon-apigateway-gateway-responses"],
    routes: new Map(flows.flatMap(routesOf).map((route) => [route.route, route])),
    flows: Object.fromEntries(flows.map(({ graph }) => [graph.flow, graph.summary]).sort(([a], [b]) => compare(a, b))),
  };
}

/** Compares code units, so that the result does not depend on the machine's locale. */
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
