import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { firstName } from "../../model/index.ts";
import { DOCUMENTS, routeKey } from "../../protocol/table.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { stateItem } from "../parts/state-item.ts";
import type { FlowRoute } from "./route.ts";

/** Seconds that the gateway caches an answer of the authorizer: an expired token or a changed rule takes effect within this time. */
const KEPT = 60;

/**
 * One authorizer function under three names, which differ in the cache key of its answers. The key holds all that an answer depends on:
 * the caller's credential, which decides its tenant, and route and method, since API Gateway applies a cached answer to every request with
 * the same key. Where a caller may send either a key or a token, no header is always present, so nothing can be cached.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization-with-console.html
 * `usage` makes usage plans count; they count by the key in the authorizer's answer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
 */
export const securitySchemes = (authorizer: pulumi.Input<string>) => ({
  apiKey: scheme(authorizer, "x-api-key"),
  jwt: scheme(authorizer, "Authorization"),
  caller: scheme(authorizer, undefined),
  usage: { type: "apiKey", name: "x-api-key", in: "header" },
});

const scheme = (authorizerUri: pulumi.Input<string>, header: string | undefined) => ({
  type: "apiKey",
  name: header ?? "Unused",
  in: "header",
  "x-amazon-apigateway-authtype": "custom",
  "x-amazon-apigateway-authorizer": {
    type: "request",
    authorizerUri,
    ...(header === undefined
      ? { authorizerResultTtlInSeconds: 0 }
      : {
          identitySource: `method.request.header.${header}, context.httpMethod, context.resourcePath`,
          authorizerResultTtlInSeconds: KEPT,
        }),
  },
});

/** `security` of an operation. @param kind `any` takes a key or a token */
export const security = (kind: "api-key" | "jwt" | "any") => [
  { [{ "api-key": "apiKey", jwt: "jwt", any: "caller" }[kind]]: [], usage: [] },
];

/** Stores for the authorizer who may call a route: one item per route, so that a new flow changes no other. */
export const routeRule = (route: FlowRoute, table: Pick<aws.dynamodb.Table, "name">, options: ChildOptions) =>
  route.kind === "webhook"
    ? []
    : [
        stateItem(
          `${route.flow}-${route.trigger}-auth`,
          {
            table,
            key: routeKey(route.route),
            document: DOCUMENTS.auth,
            text: JSON.stringify({ ...route.auth, ...(route.admission && { admission: firstName(route.flow, route.formerly) }) }),
          },
          // The key stays when the flow is renamed, and the provider makes no item where there is one.
          { ...options, aliases: route.formerly.map((former) => ({ name: `${former}-${route.trigger}-auth` })) },
        ),
      ];
