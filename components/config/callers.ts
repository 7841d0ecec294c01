import { type Flow, type Problem, TENANT } from "../../model/index.ts";

/** Requests a second, and the size of a burst. */
export interface ThrottleConfig {
  /** 1 to 10000. */
  readonly rate: number;
  /** 1 to 5000. */
  readonly burst: number;
}

/** Who may call the API: an API key and a usage plan each. */
export interface ConsumerConfig {
  /** @default the stack's `hub:throttle` */
  readonly throttle?: ThrottleConfig;
  /** Requests in a day (UTC), a week from Monday, or a calendar month; best effort, as AWS says. @default none */
  readonly quota?: { readonly limit: number; readonly period: "day" | "week" | "month" };
  /** Whose requests its own are. @default the consumer's name */
  readonly tenant?: string;
  /** What tokens call it, in the claim that `hub:jwt` names. @default the consumer's name */
  readonly clients?: readonly string[];
}

/** Whose tokens the API takes. */
export interface JwtConfig {
  /** As the claim `iss` has it. */
  readonly issuer: string;
  /** One of these has to be in the claim `aud`. */
  readonly audience: string | readonly string[];
  /** Where the issuer's keys are. @default `<issuer>/.well-known/jwks.json` */
  readonly jwksUri?: string;
  /** Claim that names the client. @default "client_id" (RFC 9068) */
  readonly consumerClaim?: string;
  /** Claim that names the tenant. @default none: the tenant is the consumer's */
  readonly tenantClaim?: string;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isWhole = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
export const unless = (holds: boolean, expected: string) => (holds ? undefined : expected);

const isText = (value: unknown): value is string => typeof value === "string" && /^[^\s\p{C}]{1,256}$/u.test(value);
const areTexts = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isText);
const hasOnly = (value: Record<string, unknown>, ...keys: readonly string[]) =>
  Object.keys(value).every((key) => keys.includes(key));
const optional = (value: unknown, is: (value: unknown) => boolean) => value === undefined || is(value);

export const isThrottle = (value: unknown) =>
  isRecord(value) && hasOnly(value, "rate", "burst") && isWhole(value.rate, 1, 10_000) && isWhole(value.burst, 1, 5_000);
const isQuota = (value: unknown) =>
  isRecord(value) &&
  hasOnly(value, "limit", "period") &&
  isWhole(value.limit, 1, 2_147_483_647) &&
  ["day", "week", "month"].includes(value.period as string);
const isConsumer = (value: unknown) =>
  isRecord(value) &&
  hasOnly(value, "throttle", "quota", "tenant", "clients") &&
  optional(value.throttle, isThrottle) &&
  optional(value.quota, isQuota) &&
  optional(value.tenant, (tenant) => typeof tenant === "string" && TENANT.test(tenant)) &&
  optional(value.clients, areTexts);

export const checkConsumers = (value: unknown) =>
  unless(
    isRecord(value) &&
      Object.keys(value).length > 0 &&
      Object.keys(value).every((name) => /^[a-z][a-z0-9-]{0,29}$/.test(name)) &&
      Object.values(value).every(isConsumer),
    "consumers' kebab-case names of at most 30 characters with { throttle, quota: { limit, period }, tenant, clients }, all of them optional",
  );

/** Keys are fetched over TLS; a port of this very machine is for trying things out. */
const isAddress = (value: unknown) =>
  typeof value === "string" && /^(https:\/\/[^\s?#@]+|http:\/\/(127\.0\.0\.1|localhost):\d+[^\s?#@]*)$/.test(value);

export const checkJwt = (value: unknown) =>
  unless(
    isRecord(value) &&
      hasOnly(value, "issuer", "audience", "jwksUri", "consumerClaim", "tenantClaim") &&
      isAddress(value.issuer) &&
      (isText(value.audience) || areTexts(value.audience)) &&
      optional(value.jwksUri, isAddress) &&
      optional(value.consumerClaim, isText) &&
      optional(value.tenantClaim, isText),
    "{ issuer, audience, jwksUri, consumerClaim, tenantClaim }: the first two are needed, addresses are https",
  );

/** A token's client must not be two consumers. */
export function sharedClients(consumers: Readonly<Record<string, ConsumerConfig>>): readonly Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(consumers).flatMap(([consumer, { clients = [consumer] }]) =>
    clients.flatMap((client): Problem[] => {
      const owner = owners.get(client) ?? consumer;
      owners.set(client, owner);
      if (owner === consumer) return [];
      return [
        {
          code: "NAME",
          where: "config hub:consumers",
          fact: `${client} is a client of both ${owner} and ${consumer}`,
          remedy: "Let each client be one consumer's",
        },
      ];
    }),
  );
}

/** Triggers whose callers show a JWT, on a stack that takes none. */
export function withoutIssuer(flow: Flow, jwt: JwtConfig | undefined): readonly Problem[] {
  if (jwt) return [];
  return Object.entries(flow.triggers).flatMap(([name, trigger]): Problem[] =>
    trigger.kind === "api" && trigger.auth.kind === "jwt"
      ? [
          {
            code: "AUTH",
            where: `flow ${flow.name}, trigger ${name}`,
            fact: "its callers show a JWT, and the stack names no issuer",
            remedy: "Set hub:jwt in the stack's file, or take an API key",
          },
        ]
      : [],
  );
}

/** What the authorizer's environment says of tokens. */
export function tokenSettings({ issuer, audience, jwksUri, consumerClaim = "client_id", tenantClaim }: JwtConfig) {
  return {
    issuer,
    audience: [audience].flat(),
    jwksUri: jwksUri ?? `${issuer.replace(/\/$/, "")}/.well-known/jwks.json`,
    consumerClaim,
    ...(tenantClaim !== undefined && { tenantClaim }),
  };
}
