import { DefinitionError } from "./errors.ts";

/** A REQUEST authorizer. */
export interface AuthorizerDefinition {
  readonly name: string;
  readonly uri: string;
  /** Mapping expressions. A request that lacks one of them is refused without invoking the authorizer. */
  readonly identitySources: readonly string[];
  /** Time to live of cached responses in milliseconds; 0 disables caching. */
  readonly ttlMs: number;
}

/** The authentication that a method requires. */
export interface Security {
  readonly apiKeyRequired: boolean;
  readonly authorizer: AuthorizerDefinition | undefined;
}

type Dict = Readonly<Record<string, unknown>>;
const dict = (value: unknown): Dict =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Dict) : {};

const AUTHORIZER = "x-amazon-apigateway-authorizer";
const AUTHORIZER_KEYS = ["type", "authorizerUri", "identitySource", "authorizerResultTtlInSeconds"];
/** https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html */
const DEFAULT_TTL = 300;
const MAX_TTL = 3_600;

/**
 * Reads the `security` of an operation. As in API Gateway's import, all schemes apply together.
 * @throws DefinitionError for schemes that AWS refuses, and for schemes that are not simulated
 */
export function readSecurity(body: Dict, operation: Dict, where: string): Security {
  const schemes = dict(dict(body.components).securitySchemes);
  const names = ((operation.security ?? body.security ?? []) as Dict[]).flatMap((requirement) => Object.keys(requirement));
  const authorizers = names.filter((name) => AUTHORIZER in dict(schemes[name]));
  const keys = names.filter((name) => !authorizers.includes(name));
  for (const name of keys) assertKey(name, dict(schemes[name]), where);
  const [authorizer, second] = authorizers;
  if (second !== undefined) throw new DefinitionError(where, "it has more than one authorizer", "Leave one");
  return {
    apiKeyRequired: keys.length > 0,
    authorizer: authorizer === undefined ? undefined : readAuthorizer(authorizer, dict(schemes[authorizer])),
  };
}

function assertKey(name: string, { type, in: place, name: header }: Dict, where: string) {
  if (type === "apiKey" && place === "header" && String(header).toLowerCase() === "x-api-key") return;
  throw new DefinitionError(
    where,
    `the security scheme "${name}" is neither an API key in x-api-key nor an authorizer`,
    "Other schemes are not simulated",
  );
}

function readAuthorizer(name: string, scheme: Dict): AuthorizerDefinition {
  const where = `security scheme ${name}`;
  const settings = dict(scheme[AUTHORIZER]);
  if (scheme["x-amazon-apigateway-authtype"] !== "custom" || String(settings.type).toLowerCase() !== "request")
    throw new DefinitionError(where, "it is not an authorizer of type request with authtype custom", "Others are not simulated");
  for (const key of Object.keys(settings)) {
    if (!AUTHORIZER_KEYS.includes(key))
      throw new DefinitionError(where, `the authorizer's "${key}" is not simulated`, "Leave it out");
  }
  const ttl = Number(settings.authorizerResultTtlInSeconds ?? DEFAULT_TTL);
  if (!(Number.isInteger(ttl) && ttl >= 0 && ttl <= MAX_TTL))
    throw new DefinitionError(where, `authorizerResultTtlInSeconds is ${ttl}`, `Give 0 to ${MAX_TTL}`);
  const identitySources = String(settings.identitySource ?? "")
    .split(",")
    .map((source) => source.trim())
    .filter((source) => source !== "");
  for (const source of identitySources) {
    if (!/^(method\.request\.(header|querystring)|context|stageVariables)\..+$/.test(source))
      throw new DefinitionError(where, `"${source}" is not an identity source`, "Write it as method.request.header.<name>");
  }
  if (ttl > 0 && identitySources.length === 0)
    throw new DefinitionError(
      where,
      "its responses are cached, but it has no identitySource as cache key",
      "Give an identitySource, or a TTL of 0",
    );
  return { name, uri: String(settings.authorizerUri ?? ""), identitySources, ttlMs: ttl * 1_000 };
}
