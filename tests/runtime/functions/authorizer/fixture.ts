import { mock } from "node:test";
import { after, before } from "mocha";
import type { AuthorizerEnvironment } from "../../../../runtime/environment.ts";
import { serveAuthorizer } from "../../../../runtime/functions/authorizer/serve-authorizer.ts";
import type { AuthorizerEvent, AuthorizerResponse } from "../../../../runtime/lambda.ts";
import { context, fakeDependencies } from "../../fakes/dependencies.ts";
import { ISSUER, Issuer } from "./issuer.ts";

/** The moment of these tests, in ms since 1970. */
export const NOW = Date.UTC(2026, 10, 24, 12);
/** Tokens are held against `Date`: these tests run at `NOW`. Call it within `describe`. */
export function freezeDate(): void {
  before(() => mock.timers.enable({ apis: ["Date"], now: NOW }));
  after(() => mock.timers.reset());
}

export const KEYS = {
  web: "key-of-the-web-shop-0123456789",
  batch: "key-of-batch-9876543210",
  support: "key-of-support-1234567",
};
const API = "arn:aws:execute-api:us-east-1:123456789012:abc123/v1";

interface Call {
  readonly key?: string | readonly string[];
  readonly token?: string;
  readonly authorization?: string | readonly string[];
  readonly route?: string;
  /** As it was sent. @default the route's */
  readonly path?: string;
}

/** The secret as the deployment writes it. */
export function consumers(keys: Readonly<Record<string, string>> = KEYS): string {
  const fixture: Readonly<Record<string, object>> = {
    web: { tenant: "shop", operator: false, clients: ["web", "0oa1-web"] },
    batch: { tenant: "batch", operator: true, clients: ["batch"] },
    support: { tenant: "support", operator: false, role: "viewer", clients: ["support"] },
  };
  const entries = Object.entries(keys).map(([name, key]) => [name, JSON.stringify({ key, ...fixture[name] })]);
  return JSON.stringify(Object.fromEntries(entries));
}

/** The authorizer among its fakes: three consumers, an issuer, and a route of each kind. */
export function authorizer(changes: Partial<AuthorizerEnvironment> = {}, issuer = new Issuer()) {
  const around = fakeDependencies();
  around.secrets.set("arn:keys", consumers());
  const rule = (route: string, auth: object) =>
    around.table.items.set(`route#${route}|auth`, { pk: `route#${route}`, sk: "auth", auth: JSON.stringify(auth) });
  rule("POST /orders", { kind: "api-key" });
  rule("POST /refunds", { kind: "jwt", scopes: ["refunds:write", "refunds:read"] });
  rule("POST /plain", { kind: "jwt", scopes: [] });
  const environment: AuthorizerEnvironment = {
    table: "table",
    secrets: { consumers: "arn:keys" },
    jwt: { issuer: ISSUER, audience: ["hub", "hub-2"], jwksUri: `${ISSUER}/keys`, consumerClaim: "client_id" },
    logLevel: "debug",
    functionName: "authorizer-fn",
    ...changes,
  };
  const fetched: string[] = [];
  const outage: { error: Error | undefined } = { error: undefined };
  const handle = serveAuthorizer(
    () => ({ ...around.services, environment }),
    async (url) => {
      fetched.push(url);
      if (outage.error) throw outage.error;
      return issuer.keySet();
    },
  );

  async function call({ key, token, authorization = token === undefined ? [] : `Bearer ${token}`, route, path }: Call) {
    const [method = "", resource = ""] = (route ?? (key === undefined ? "POST /plain" : "POST /orders")).split(" ");
    const multi = { "X-Api-Key": [key ?? []].flat(), authorization: [authorization].flat() };
    const sent = Object.entries(multi).filter(([, values]) => values.length > 0);
    const event: AuthorizerEvent = {
      methodArn: `${API}/${method}${path ?? resource}`,
      httpMethod: method,
      resource,
      headers: Object.fromEntries(sent.map(([name, values]) => [name, String(values.at(-1))])),
      multiValueHeaders: Object.fromEntries(sent),
      requestContext: { requestId: "gw-1", domainName: "d", stage: "v1" },
    };
    return (await handle(event, context())) as AuthorizerResponse & {
      readonly policyDocument: {
        readonly Statement: readonly [{ readonly Effect: string; readonly Resource: readonly string[] }];
      };
    };
  }

  /** @returns `Allow`, `Deny` or what was thrown, and the code in the log where the caller was refused */
  async function outcome(asked: Call): Promise<string> {
    const before = around.lines.length;
    const effect = await call(asked).then(
      ({ policyDocument }) => policyDocument.Statement[0].Effect,
      (error: Error) => error.message,
    );
    const codes = around.lines.slice(before).map(({ code }) => code);
    return [effect, ...codes].join(" ");
  }
  return { ...around, call, outcome, issuer, fetched, outage, API };
}
