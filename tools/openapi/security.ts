import type { FlowRoute, GatewayOperation, PublicApi } from "./gateway.ts";
import type { Json } from "./json.ts";

const HUB_SCHEMES: Readonly<Record<string, Json>> = {
  apiKey: { type: "apiKey", in: "header", name: "x-api-key", description: "API key of a consumer of the stack." },
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "A token of the stack's issuer (`hub:jwt`), if it has one. The claim `scope` or `scp` must hold the scopes that an operation names.",
  },
};

/** `components.securitySchemes`: the hub's two, and one for each signature header of webhooks. */
export const securitySchemes = ({ routes }: PublicApi): Json => ({
  ...HUB_SCHEMES,
  ...Object.fromEntries(
    [...routes.values()]
      .flatMap(({ verify }) => (verify?.header ? [[verify.header, signature(verify)] as const] : []))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
});

const signature = ({ header, scheme, kind }: NonNullable<FlowRoute["verify"]>): Json => ({
  type: "apiKey",
  in: "header",
  name: header,
  description:
    kind === "shared-secret"
      ? "The secret that the third party shares with the hub."
      : `The third party's signature of the call by the scheme "${scheme}". Not a key for clients.`,
});

/** `security` of an operation. @throws Error for an unknown scheme of the gateway's body */
export function securityOf({ route, credentials }: GatewayOperation, flowRoute: FlowRoute | undefined): readonly Json[] {
  switch (credentials) {
    case "apiKey":
      // The recorded stack may take no tokens; the hub's own routes take them wherever a stack does.
      return flowRoute ? [{ apiKey: [] }] : [{ apiKey: [] }, { bearer: [] }];
    case "jwt":
      return [{ bearer: flowRoute?.scopes ?? [] }];
    case "caller":
      return [{ apiKey: [] }, { bearer: [] }];
    case undefined:
      // A handshake sends its token in the query.
      return flowRoute?.verify?.header ? [{ [flowRoute.verify.header]: [] }] : [];
    default:
      throw new Error(`${route}: the security scheme ${credentials} is not described. Add it to tools/openapi/security.ts.`);
  }
}
