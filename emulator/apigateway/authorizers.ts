import * as z from "zod";
import { compilePolicy, type Statement, verdict } from "../iam/policy.ts";
import { GatewayError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { functionOf, withinTimeout } from "./integration-call.ts";
import { authorizerEvent } from "./proxy-event.ts";
import type { AuthorizerDefinition } from "./security.ts";
import type { RestApiDefinition, RestApiPorts } from "./types.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
const responseSchema = z.object({
  principalId: z.string().min(1),
  policyDocument: z.record(z.string(), z.unknown()),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  usageIdentifierKey: z.string().optional(),
});

/** An authorizer's response for a caller. */
interface Authorization {
  readonly policy: readonly Statement[];
  readonly context: Readonly<Record<string, string>>;
  readonly usageKey: string | undefined;
  /** End of its time to live, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** API Gateway's timeout for authorizers. */
const TIMEOUT_MS = 30_000;
/** Maximum number of cached responses; the oldest are removed. */
const MAX_CACHED = 10_000;

/** Invokes the API's Lambda authorizers, and caches their responses for the authorizer's time to live. */
export class Authorizers {
  readonly #definition: RestApiDefinition;
  readonly #ports: RestApiPorts;
  readonly #cache = new Map<string, Authorization>();

  constructor(definition: RestApiDefinition, ports: RestApiPorts) {
    this.#definition = definition;
    this.#ports = ports;
  }

  /**
   * Authorizes the caller and sets the authorizer's context of the exchange.
   * @returns the API key of the usage plan, if the authorizer returns one
   * @throws GatewayError 401 when the caller is not authenticated, 403 when the policy denies the request, 500 when the authorizer fails
   */
  async authorize(authorizer: AuthorizerDefinition, exchange: Exchange): Promise<string | undefined> {
    const identity = authorizer.identitySources.map((source) => exchange.mapped(source));
    if (identity.some((value) => !value)) throw unauthorized();
    const methodArn = this.#methodArn(exchange);
    const { policy, context, usageKey } = await this.#authorization(authorizer, JSON.stringify(identity), methodArn, exchange);
    exchange.setAuthorizer(context);
    const request = {
      action: "execute-api:invoke",
      resource: methodArn,
      principal: { kind: "service", name: "execute-api", accountId: "" },
      context: new Map(),
    } as const;
    const result = verdict(policy, request);
    if (result !== "Allow") {
      const explicit = result === "Deny" ? " with an explicit deny" : "";
      throw new GatewayError("ACCESS_DENIED", `User is not authorized to access this resource${explicit}`);
    }
    return usageKey;
  }

  async #authorization(
    authorizer: AuthorizerDefinition,
    identity: string,
    methodArn: string,
    exchange: Exchange,
  ): Promise<Authorization> {
    const now = this.#ports.clock.now();
    const key = `${authorizer.name} ${identity}`;
    const cached = this.#cache.get(key);
    if (cached && authorizer.ttlMs > 0 && now < cached.expiresAt) return cached;
    const fresh = await this.#invoke(authorizer, methodArn, exchange);
    if (authorizer.ttlMs === 0) return fresh;
    this.#cache.delete(key);
    this.#cache.set(key, fresh);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > MAX_CACHED && oldest !== undefined) this.#cache.delete(oldest);
    return fresh;
  }

  async #invoke({ name, uri, ttlMs }: AuthorizerDefinition, methodArn: string, exchange: Exchange): Promise<Authorization> {
    const arn = functionOf(uri);
    if (arn === undefined) throw misconfigured(`"${uri}" does not invoke a Lambda function`);
    const { region, accountId, id } = this.#definition;
    const sourceArn = `arn:aws:execute-api:${region}:${accountId}:${id}/authorizers/${name}`;
    const event = JSON.stringify(authorizerEvent(exchange, this.#definition, methodArn));
    const { payload, functionError } = await withinTimeout(this.#ports.wallClock ?? this.#ports.clock, TIMEOUT_MS, (signal) =>
      this.#ports.invokeLambda(arn, event, sourceArn, signal),
    ).catch((error: unknown) => {
      throw misconfigured(error);
    });
    if (functionError !== undefined) {
      if ((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage === "Unauthorized") throw unauthorized();
      throw new GatewayError("AUTHORIZER_FAILURE", "Internal server error", { cause: `${arn} failed: ${payload}` });
    }
    try {
      const { principalId, policyDocument, context = {}, usageIdentifierKey } = responseSchema.parse(JSON.parse(payload));
      const texts = Object.fromEntries(Object.entries(context).map(([key, value]) => [key, String(value)]));
      return {
        policy: compilePolicy("identity", JSON.stringify(policyDocument)),
        context: { ...texts, principalId },
        usageKey: usageIdentifierKey,
        expiresAt: this.#ports.clock.now() + ttlMs,
      };
    } catch (error) {
      throw misconfigured(error);
    }
  }

  /** The method ARN with the request's path as sent: policies use real paths. */
  #methodArn({ request, match }: Exchange): string {
    const { region, accountId, id, stage } = this.#definition;
    return `arn:aws:execute-api:${region}:${accountId}:${id}/${stage.name}/${request.method}${match?.path ?? ""}`;
  }
}

const unauthorized = () => new GatewayError("UNAUTHORIZED", "Unauthorized");
const misconfigured = (cause: unknown) => new GatewayError("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error", { cause });
