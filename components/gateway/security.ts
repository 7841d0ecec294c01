import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { DOCUMENTS, routeKey } from "../../protocol/table.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { stateItem } from "../parts/state-item.ts";
import type { FlowRoute } from "./route.ts";

/** Seconds that the gateway keeps an answer of the authorizer: a token that expires, or a rule that changes, takes effect within. */
const KEPT = 60;

/**
 * One authorizer function under three names, which differ by what the gateway keeps its answers by. An answer is about one route, so
 * route and method are part of that. Where a caller may show either a key or a token there is no header that has to be there, so
 * nothing can be kept. `usage` is what has usage plans count; the key they count by is the authorizer's answer.
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

/** Writes down for the authorizer who may call a route: an item of its own, so that a new flow changes no other. */
export const routeRule = (route: FlowRoute, table: Pick<aws.dynamodb.Table, "name">, options: ChildOptions) =>
  route.kind === "webhook"
    ? []
    : [
        stateItem(
          `${route.flow}-${route.trigger}-auth`,
          { table, key: routeKey(route.route), document: DOCUMENTS.auth, text: JSON.stringify(route.auth) },
          options,
        ),
      ];
