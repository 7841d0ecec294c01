import type { FlowRoute, GatewayOperation, PublicApi } from "./gateway.ts";
import type { Json } from "./json.ts";

const OWN: Readonly<Record<string, Json>> = {
  apiKey: { type: "apiKey", in: "header", name: "x-api-key", description: "The key of one of the stack's consumers." },
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "A token of the stack's issuer (`hub:jwt`), where it has one. Scopes that an operation names have to be in its claim `scope` or `scp`.",
  },
};

/** `components.securitySchemes`: the hub's two, and one for each signature that webhooks show. */
export const securitySchemes = ({ routes }: PublicApi): Json => ({
  ...OWN,
  ...Object.fromEntries(
    [...routes.values()]
      .flatMap(({ verify }) => (verify ? [[verify.header, signature(verify)] as const] : []))
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
      : `The third party's signature of the call, made as "${scheme}" has it. Not a key that a client could hold.`,
});

/** `security` of an operation. @throws Error for a scheme of the gateway's body that is not known here */
export function securityOf({ route, credentials }: GatewayOperation, flowRoute: FlowRoute | undefined): readonly Json[] {
  switch (credentials) {
    case "apiKey":
      return [{ apiKey: [] }];
    case "jwt":
      return [{ bearer: flowRoute?.scopes ?? [] }];
    case "caller":
      return [{ apiKey: [] }, { bearer: [] }];
    case undefined:
      // A handshake proves itself in its query.
      return flowRoute?.verify ? [{ [flowRoute.verify.header]: [] }] : [];
    default:
      throw new Error(
        `${route}: the document does not know the security scheme ${credentials}. Add it to tools/openapi/security.ts.`,
      );
  }
}
