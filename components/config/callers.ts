import * as z from "zod";
import { type Flow, type Problem, TENANT } from "../../model/index.ts";
import type { TokenSettings } from "../../protocol/environment.ts";
import { ROLES, type Role } from "../../protocol/roles.ts";
import { areDifferent, isFilled, label, optional, text, whole } from "./fields.ts";

export const throttle = (description: string) =>
  z
    .strictObject({
      rate: whole(1, 10_000, "Requests a second."),
      burst: whole(1, 5_000, "Requests at once."),
    })
    .meta({ description });

const consumer = z.strictObject({
  throttle: optional(throttle("Limit of the consumer."), "`hub:throttle`"),
  quota: optional(
    z
      .strictObject({
        limit: whole(1, 2_147_483_647, "Requests a period."),
        period: z.enum(["day", "week", "month"]).meta({ description: "A day (UTC), a week from Sunday, or a calendar month." }),
      })
      .meta({ description: "Limit for a longer period; AWS counts on a best-effort basis." }),
    "none",
  ),
  tenant: optional(text(TENANT, "1 to 64 letters, digits, _ or -", "Tenant of its requests."), "the consumer's name"),
  clients: optional(
    z.array(label()).min(1).meta({ form: "a list of one client or more", description: "Its names in tokens." }),
    "the consumer's name",
  ),
});

/** Callers of the API: an API key and a usage plan each. */
export const consumers = z
  .record(text(/^[a-z][a-z0-9-]{0,29}$/, "a kebab-case name of at most 30 characters"), consumer)
  .refine(isFilled)
  .default({ default: {} })
  .meta({
    form: "an object with one consumer or more",
    description: "Callers of the API. Each gets an API key and a usage plan ([authentication](authentication.md)).",
  });

export const operators = z
  .union([z.array(z.string()).refine(areDifferent), z.record(z.string(), z.enum(ROLES))])
  .default([])
  .meta({
    form: `a list of different consumers, or an object such as { "ops": "admin", "support": "viewer" } with the roles ${ROLES.join(", ")}`,
    description: "Consumers that may use the ops API, each with its [role](operations.md#roles); those of a list are admins.",
  });
type Operators = z.output<typeof operators>;

/** Roles by consumer, admins first. */
export const rolesOf = (given: Operators): Readonly<Record<string, Role>> =>
  Array.isArray(given)
    ? Object.fromEntries(given.map((consumer) => [consumer, "admin"] as const))
    : Object.fromEntries(Object.entries(given).sort(([, a], [, b]) => ROLES.indexOf(b) - ROLES.indexOf(a)));

/** Keys are fetched over TLS; plain http is for a port of this machine. */
const issuerUrl = (description: string) =>
  text(
    /^(https:\/\/[^\s?#@]+|http:\/\/(127\.0\.0\.1|localhost):\d+[^\s?#@]*)$/,
    "an https URL without a query, or an http URL of 127.0.0.1 with a port",
    description,
  );

const KEY_SET = "/.well-known/jwks.json";
const CLIENT_CLAIM = "client_id";

export const jwt = z
  .strictObject({
    issuer: issuerUrl("The claim `iss`, exactly as tokens have it."),
    audience: z.union([label(), z.array(label()).min(1)]).meta({
      form: "one audience or a list of audiences, each of 1 to 256 characters without spaces",
      description: "Accepted audiences: the claim `aud` must hold one of them.",
    }),
    jwksUri: optional(issuerUrl("URL of the issuer's keys."), `\`<issuer>${KEY_SET}\``),
    consumerClaim: optional(label("Claim that names the client."), `\`${CLIENT_CLAIM}\` (RFC 9068)`),
    tenantClaim: optional(label("Claim that names the tenant."), "none: the consumer's tenant"),
    roleScopes: optional(
      label(
        "Prefix of the scopes that give a token its [role](operations.md#roles): `hub:` for `hub:viewer`, `hub:operator` and `hub:admin`. A token without one has no role.",
      ),
      "none: a token has its consumer's role",
    ),
  })
  .meta({ description: "Issuer whose tokens the API accepts." });
type Jwt = z.output<typeof jwt>;

/** Settings that refer to each other. */
export const callers = z.object({ consumers, operators });

/** An operator has to be a consumer, and a token's client one consumer's. */
export function checkCallers({ consumers, operators }: z.output<typeof callers>, context: z.core.$RefinementCtx): void {
  const report = (path: (string | number)[], value: string, message: string, remedy: string) =>
    context.addIssue({ code: "custom", path, message, params: { value, remedy } });
  const roles = rolesOf(operators);
  for (const [index, operator] of Object.keys(roles).entries())
    if (!Object.hasOwn(consumers, operator))
      report(
        ["operators", Array.isArray(operators) ? index : operator],
        operator,
        "is no consumer",
        `Use some of ${Object.keys(consumers).join(", ")}, or add it to hub:consumers`,
      );
  if (Object.keys(roles).length > 0 && !Object.values(roles).includes("admin"))
    report(
      ["operators"],
      Object.keys(roles).join(", "),
      "leaves the hub without an admin",
      `Give one consumer the role admin, such as { "${Object.keys(roles)[0]}": "admin" }`,
    );
  const owners = new Map<string, string>();
  for (const [consumer, { clients }] of Object.entries(consumers))
    for (const [index, client] of (clients ?? [consumer]).entries()) {
      const owner = owners.get(client) ?? consumer;
      owners.set(client, owner);
      if (owner === consumer) continue;
      report(
        ["consumers", consumer, ...(clients ? ["clients", index] : [])],
        client,
        `is a client of both ${owner} and ${consumer}`,
        "Let each client be one consumer's",
      );
    }
}

/** Triggers whose callers send a JWT, on a stack that accepts none. */
export function withoutIssuer(flow: Flow, jwt: Jwt | undefined): readonly Problem[] {
  if (jwt) return [];
  return Object.entries(flow.triggers).flatMap(([name, trigger]): Problem[] =>
    trigger.kind === "api" && trigger.auth.kind === "jwt"
      ? [
          {
            code: "AUTH",
            where: `flow ${flow.name}, trigger ${name}`,
            fact: "its callers send a JWT, and the stack names no issuer",
            remedy: "Set hub:jwt in the stack's file, or use an API key",
          },
        ]
      : [],
  );
}

/** The authorizer's environment for tokens. */
export function tokenSettings({
  issuer,
  audience,
  jwksUri,
  consumerClaim = CLIENT_CLAIM,
  tenantClaim,
  roleScopes,
}: Jwt): TokenSettings {
  return {
    issuer,
    audience: [audience].flat(),
    jwksUri: jwksUri ?? `${issuer.replace(/\/$/, "")}${KEY_SET}`,
    consumerClaim,
    ...(tenantClaim !== undefined && { tenantClaim }),
    ...(roleScopes !== undefined && { roleScopes }),
  };
}
