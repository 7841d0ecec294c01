import * as z from "zod";
import { compilePolicy, type Statement, verdict } from "../iam/policy.ts";
import type { Exchange } from "./exchange.ts";
import { GatewayError } from "./gateway-error.ts";
import { functionOf } from "./integration-uri.ts";
import { authorizerEvent } from "./proxy-event.ts";
import type { AuthorizerDefinition } from "./security.ts";
import { withinTimeout } from "./timeout.ts";
import type { RestApiDefinition, RestApiPorts } from "./types.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
const answerSchema = z.object({
  principalId: z.string().min(1),
  policyDocument: z.record(z.string(), z.unknown()),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  usageIdentifierKey: z.string().optional(),
});

/** What an authorizer has said of a caller. */
interface Verdict {
  readonly policy: readonly Statement[];
  readonly context: Readonly<Record<string, string>>;
  readonly usageKey: string | undefined;
  /** On the clock. */
  readonly until: number;
}

/** API Gateway waits no longer for an authorizer. */
const LONGEST_WAIT_MS = 30_000;
/** Beyond this the oldest answers are forgotten. */
const KEPT = 10_000;

/** Asks the API's Lambda authorizers, and keeps what they say as long as each of them allows. */
export class Authorizers {
  readonly #definition: RestApiDefinition;
  readonly #ports: RestApiPorts;
  readonly #kept = new Map<string, Verdict>();

  constructor(definition: RestApiDefinition, ports: RestApiPorts) {
    this.#definition = definition;
    this.#ports = ports;
  }

  /**
   * Tells the exchange who calls.
   * @returns value of the API key whose usage plan counts, where the authorizer names one
   * @throws GatewayError 401 when nobody known calls, 403 when the policy does not allow it, 500 when the authorizer fails
   */
  async authorize(authorizer: AuthorizerDefinition, exchange: Exchange): Promise<string | undefined> {
    const identity = authorizer.identitySources.map((source) => exchange.mapped(source));
    if (identity.some((value) => !value)) throw unauthorized();
    const methodArn = this.#methodArn(exchange);
    const { policy, context, usageKey } = await this.#verdict(authorizer, JSON.stringify(identity), methodArn, exchange);
    exchange.authorized(context);
    const request = {
      action: "execute-api:Invoke",
      resource: methodArn,
      principal: { kind: "service", name: "execute-api", accountId: "" },
      context: new Map(),
    } as const;
    const judged = verdict(policy, request);
    if (judged !== "Allow") {
      const explicit = judged === "Deny" ? " with an explicit deny" : "";
      throw new GatewayError("ACCESS_DENIED", `User is not authorized to access this resource${explicit}`);
    }
    return usageKey;
  }

  async #verdict(authorizer: AuthorizerDefinition, identity: string, methodArn: string, exchange: Exchange): Promise<Verdict> {
    const now = this.#ports.clock.now();
    const key = `${authorizer.name} ${identity}`;
    const kept = this.#kept.get(key);
    if (kept && authorizer.ttlMs > 0 && now < kept.until) return kept;
    const found = await this.#ask(authorizer, methodArn, exchange);
    if (authorizer.ttlMs === 0) return found;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return found;
  }

  async #ask({ name, uri, ttlMs }: AuthorizerDefinition, methodArn: string, exchange: Exchange): Promise<Verdict> {
    const arn = functionOf(uri);
    if (arn === undefined) throw misconfigured(`"${uri}" invokes no Lambda function`);
    const { region, accountId, id } = this.#definition;
    const sourceArn = `arn:aws:execute-api:${region}:${accountId}:${id}/authorizers/${name}`;
    const event = JSON.stringify(authorizerEvent(exchange, this.#definition, methodArn));
    const { payload, functionError } = await withinTimeout(
      this.#ports.wallClock ?? this.#ports.clock,
      LONGEST_WAIT_MS,
      (signal) => this.#ports.invokeLambda(arn, event, sourceArn, signal),
    ).catch((error: unknown) => {
      throw misconfigured(error);
    });
    if (functionError !== undefined) {
      if ((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage === "Unauthorized") throw unauthorized();
      throw new GatewayError("AUTHORIZER_FAILURE", "Internal server error", { cause: `${arn} failed: ${payload}` });
    }
    try {
      const { principalId, policyDocument, context = {}, usageIdentifierKey } = answerSchema.parse(JSON.parse(payload));
      const texts = Object.fromEntries(Object.entries(context).map(([key, value]) => [key, String(value)]));
      return {
        policy: compilePolicy("identity", JSON.stringify(policyDocument)),
        context: { ...texts, principalId },
        usageKey: usageIdentifierKey,
        until: this.#ports.clock.now() + ttlMs,
      };
    } catch (error) {
      throw misconfigured(error);
    }
  }

  /** With the path as it was sent: a policy is about real paths. */
  #methodArn({ request, match }: Exchange): string {
    const { region, accountId, id, stage } = this.#definition;
    return `arn:aws:execute-api:${region}:${accountId}:${id}/${stage.name}/${request.method}${match?.path ?? ""}`;
  }
}

const unauthorized = () => new GatewayError("UNAUTHORIZED", "Unauthorized");
const misconfigured = (cause: unknown) => new GatewayError("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error", { cause });
