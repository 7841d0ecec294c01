import middy from "@middy/core";
import type { CallerContext } from "../../../model/caller-auth.ts";
import { mayAct } from "../../../protocol/roles.ts";
import { retryAfterOf } from "../../admission.ts";
import type { AuthorizerEnvironment } from "../../environment.ts";
import { correlationIdOf } from "../../http/middleware.ts";
import type { AuthorizerEvent, AuthorizerResponse, LambdaContext, LambdaHandler } from "../../lambda.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import { addToScope } from "../../logging/scope.ts";
import { secretCache } from "../../secret-cache.ts";
import { authorizerServices, type Services } from "../../services.ts";
import { serve } from "../serve.ts";
import { knownCallers } from "./callers.ts";
import { credentialsOf } from "./credentials.ts";
import { type FetchText, KeySets } from "./key-sets.ts";
import { NotAllowed, NotAuthenticated } from "./refusal.ts";
import { routeRules } from "./rules.ts";
import { tokenReader } from "./tokens.ts";

/** API Gateway answers 401 for exactly this message, and 500 for any other. */
const UNAUTHORIZED = "Unauthorized";

/**
 * The Lambda handler of the gateway's authorizer: authenticates the caller by an API key or a JWT, as the route's rule says, and
 * permits this method only. It logs why a caller was refused, and never a key or a token.
 *
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 */
export function serveAuthorizer(
  connect: () => Services<AuthorizerEnvironment> = authorizerServices,
  fetchKeys?: FetchText,
): LambdaHandler {
  return serve(connect, (services, log) => {
    const { environment, clock } = services;
    const secrets = secretCache({ store: services.secretStore, clock, arns: environment.secrets });
    const readToken = environment.jwt && tokenReader(environment.jwt, new KeySets(clock, fetchKeys));
    const callerOf = knownCallers(secrets, readToken, environment.jwt?.roleScopes);
    const ruleOf = routeRules(services);
    const retryAfter = retryAfterOf(services, log);

    async function decide(event: AuthorizerEvent): Promise<AuthorizerResponse> {
      const rule = await ruleOf(event.httpMethod, event.resource);
      if (!rule) throw new NotAllowed("ROUTE_UNKNOWN", "This route admits no callers.");
      const caller = await callerOf(credentialsOf(event, rule.kind));
      const missing = rule.kind === "jwt" ? rule.scopes.filter((scope) => !caller.scopes.has(scope)) : [];
      if (missing.length > 0) throw new NotAllowed("SCOPE_MISSING", `The token lacks ${missing.join(", ")}.`);
      const { consumer, tenant, role, subject, usageKey } = caller;
      const wait = rule.admission === undefined ? undefined : await retryAfter(rule.admission);
      const context: CallerContext = {
        tenant,
        consumer,
        operator: role !== undefined && mayAct(role, "operator") ? "true" : "false",
        ...(role && { role, ...(subject !== undefined && { subject }) }),
        ...(wait !== undefined && { retryAfter: String(wait) }),
      };
      return { ...answer("Allow", event, consumer, { ...context }), usageIdentifierKey: usageKey };
    }

    return middy<AuthorizerEvent, AuthorizerResponse, Error, LambdaContext>({ timeoutEarlyInMillis: 0 })
      .before(({ event }) => {
        addToScope({ requestId: event.requestContext.requestId, correlationId: correlationIdOf(event) });
      })
      .onError(({ event, error }) => {
        const route = `${event.httpMethod} ${event.resource}`;
        if (error instanceof NotAllowed) {
          log.info("caller is not allowed", { code: error.code, route });
          return answer("Deny", event, "unknown", { detail: error.detail });
        }
        if (error instanceof NotAuthenticated) {
          log.info("caller is not authenticated", { code: error.code, route });
          throw new Error(UNAUTHORIZED);
        }
        log.error("caller can't be authenticated", { ...thrownFields(error), route });
        throw error;
      })
      .handler<AuthorizerEvent, AuthorizerResponse>(decide);
  });
}

/**
 * For one method with any path parameters: the gateway caches the answer per caller and route. The gateway takes `/orders/` as `/orders`, and
 * compares the policy with the path as it was called.
 */
function answer(
  Effect: "Allow" | "Deny",
  { methodArn, httpMethod, resource }: AuthorizerEvent,
  principalId: string,
  context: Readonly<Record<string, string>>,
): AuthorizerResponse {
  const [api, stage] = methodArn.split("/");
  const method = `${api}/${stage}/${httpMethod}${resource.replace(/\{[^}]+\}/g, "*")}`;
  const statement = { Effect, Action: "execute-api:Invoke", Resource: [method, `${method}/`] };
  return { principalId, policyDocument: { Version: "2012-10-17", Statement: [statement] }, context };
}
