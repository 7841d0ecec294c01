import { DefinitionError } from "./definition-error.ts";

/** A REQUEST authorizer: the function that tells who calls, and what its answers are kept by. */
export interface AuthorizerDefinition {
  readonly name: string;
  readonly uri: string;
  /** Mapping expressions; a request that lacks one of these is refused unasked. */
  readonly identitySources: readonly string[];
  /** How long an answer is kept; 0 for not at all. */
  readonly ttlMs: number;
}

/** What a method asks of its caller. */
export interface Security {
  readonly apiKeyRequired: boolean;
  readonly authorizer: AuthorizerDefinition | undefined;
}

type Dict = Readonly<Record<string, unknown>>;
const dict = (value: unknown): Dict =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Dict) : {};

const AUTHORIZER = "x-amazon-apigateway-authorizer";
const KNOWN = ["type", "authorizerUri", "identitySource", "authorizerResultTtlInSeconds"];
/** https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html */
const DEFAULT_TTL = 300;
const LONGEST_TTL = 3_600;

/**
 * Reads `security` of an operation, whose schemes hold all at once, as API Gateway imports them.
 * @throws DefinitionError for schemes that AWS refuses, and for those that are not emulated
 */
export function readSecurity(body: Dict, operation: Dict, where: string): Security {
  const schemes = dict(dict(body.components).securitySchemes);
  const names = ((operation.security ?? body.security ?? []) as Dict[]).flatMap((requirement) => Object.keys(requirement));
  const authorizers = names.filter((name) => AUTHORIZER in dict(schemes[name]));
  const keys = names.filter((name) => !authorizers.includes(name));
  for (const name of keys) assertKey(name, dict(schemes[name]), where);
  const [authorizer, another] = authorizers;
  if (another !== undefined) throw new DefinitionError(where, "it has more than one authorizer", "A method has one at most");
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
    "Other schemes are not emulated",
  );
}

function readAuthorizer(name: string, scheme: Dict): AuthorizerDefinition {
  const where = `security scheme ${name}`;
  const settings = dict(scheme[AUTHORIZER]);
  if (scheme["x-amazon-apigateway-authtype"] !== "custom" || String(settings.type).toLowerCase() !== "request")
    throw new DefinitionError(where, "it is no authorizer of type request with authtype custom", "Others are not emulated");
  for (const key of Object.keys(settings)) {
    if (!KNOWN.includes(key)) throw new DefinitionError(where, `the authorizer's "${key}" is not emulated`, "Leave it out");
  }
  const ttl = Number(settings.authorizerResultTtlInSeconds ?? DEFAULT_TTL);
  if (!(Number.isInteger(ttl) && ttl >= 0 && ttl <= LONGEST_TTL))
    throw new DefinitionError(where, `authorizerResultTtlInSeconds is ${ttl}`, `Give 0 to ${LONGEST_TTL}`);
  const identitySources = String(settings.identitySource ?? "")
    .split(",")
    .map((source) => source.trim())
    .filter((source) => source !== "");
  for (const source of identitySources) {
    if (!/^(method\.request\.(header|querystring)|context|stageVariables)\..+$/.test(source))
      throw new DefinitionError(where, `"${source}" is no identity source`, "Write method.request.header.<name>, say");
  }
  if (ttl > 0 && identitySources.length === 0)
    throw new DefinitionError(
      where,
      "its answers are kept, and there is no identitySource to keep them by",
      "Name one, or keep none",
    );
  return { name, uri: String(settings.authorizerUri ?? ""), identitySources, ttlMs: ttl * 1_000 };
}
