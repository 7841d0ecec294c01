import type { SchemaContext } from "./code.ts";
import { asJson, asList, asText, type Json } from "./document.ts";
import { camel, quoted } from "./names.ts";
import type { ApiOperation } from "./operations.ts";

interface Security {
  readonly auth: string;
  readonly clientCertificate: boolean;
  readonly imports: readonly string[];
}

/** `auth` of the adapter: the first requirement of its operations that the hub knows. The others are noted. */
export function securityCode(operations: readonly ApiOperation[], secret: string, context: SchemaContext): Security {
  const { api, notes } = context;
  const schemes = asJson(asJson(api.root.components).securitySchemes);
  const requirements = operations.flatMap(({ id, operation }) =>
    asList(operation.security ?? api.root.security).map((requirement) => ({ id, names: Object.entries(asJson(requirement)) })),
  );
  const distinct = [
    ...new Map(requirements.map((requirement) => [quoted(requirement.names.map(([name]) => name)), requirement])).values(),
  ];
  const candidates = distinct.map(({ id, names }) => ({
    names,
    id,
    ...written(
      names.map(([name, scopes]) => ({ name, scopes: asList(scopes), scheme: api.resolve(schemes[name]).value })),
      secret,
    ),
  }));
  const [taken, ...others] = [
    ...candidates.filter(({ auth }) => auth !== undefined && auth !== "noAuth()"),
    ...candidates.filter(({ auth }) => auth === "noAuth()"),
  ];
  const unknown = candidates.filter(({ auth }) => auth === undefined);
  for (const { names, id } of [...others, ...unknown])
    notes.add("other ways to authenticate are documented", `${names.map(([name]) => name).join(" and ") || "none"} (${id})`);
  for (const fact of taken?.facts ?? []) notes.add(fact, "auth");
  if (!taken) notes.add("the document names no credentials that the hub knows: declare `auth`", context.place);
  return taken?.auth === undefined
    ? { auth: "noAuth()", clientCertificate: false, imports: ["noAuth"] }
    : { auth: taken.auth, clientCertificate: taken.clientCertificate, imports: [/^\w+/.exec(taken.auth)?.[0] ?? ""] };
}

interface Scheme {
  readonly name: string;
  readonly scopes: readonly unknown[];
  readonly scheme: Json;
}
interface Candidate {
  /** `undefined`: no way that the hub knows. */
  readonly auth: string | undefined;
  readonly clientCertificate: boolean;
  readonly facts: readonly string[];
}

function written(given: readonly Scheme[], secret: string): Candidate {
  const certificates = given.filter(({ scheme }) => scheme.type === "mutualTLS");
  const schemes = given.filter((scheme) => !certificates.includes(scheme));
  const clientCertificate = certificates.length > 0;
  const [first] = schemes;
  if (!first) return { auth: "noAuth()", clientCertificate, facts: [] };
  const keys = schemes.every(({ scheme }) => scheme.type === "apiKey" && scheme.in === "header");
  if (schemes.length > 1)
    return { ...(keys ? { auth: severalKeys(schemes, secret), facts: [] } : { auth: undefined, facts: [] }), clientCertificate };
  return { ...single(first, secret), clientCertificate };
}

const severalKeys = (schemes: readonly Scheme[], secret: string) =>
  `apiKey({ secret: ${quoted(secret)}, headers: { ${schemes.map(({ name, scheme }) => `${quoted(scheme.name)}: ${quoted(camel(name))}`).join(", ")} } })`;

function single({ scheme, scopes }: Scheme, secret: string): Omit<Candidate, "clientCertificate"> {
  const of = (kind: string, rest = "") => `${kind}({ secret: ${quoted(secret)}${rest} })`;
  const type = asText(scheme.type);
  if (type === "http" && asText(scheme.scheme)?.toLowerCase() === "basic") return { auth: of("basic"), facts: [] };
  if (type === "http" && asText(scheme.scheme)?.toLowerCase() === "bearer") return { auth: of("bearer"), facts: [] };
  if (type === "openIdConnect") return { auth: of("bearer"), facts: ["OpenID Connect: get tokens by one of the oauth2 kinds"] };
  if (type === "apiKey" && scheme.in === "query") return { auth: of("apiKey", `, query: ${quoted(scheme.name)}`), facts: [] };
  if (type === "apiKey" && scheme.in === "header")
    return {
      auth: of("apiKey", `, header: ${quoted(scheme.name)}`),
      facts: /^authorization$/i.test(String(scheme.name))
        ? ["the secret's `apiKey` is the whole value of Authorization, its scheme included"]
        : [],
    };
  return type === "oauth2" ? oauth(scheme, scopes, of) : { auth: undefined, facts: [] };
}

function oauth(
  { flows }: Json,
  scopes: readonly unknown[],
  of: (kind: string, rest: string) => string,
): Omit<Candidate, "clientCertificate"> {
  const { clientCredentials, authorizationCode, password } = asJson(flows);
  const options = (flow: unknown) => {
    const { tokenUrl, refreshUrl, scopes: known } = asJson(flow);
    const scope = scopes.length > 0 ? scopes : Object.keys(asJson(known)).length === 1 ? Object.keys(asJson(known)) : [];
    return `, tokenUrl: ${quoted(refreshUrl ?? tokenUrl)}${scope.length > 0 ? `, scope: ${quoted(scope.join(" "))}` : ""}`;
  };
  if (clientCredentials) return { auth: of("oauth2ClientCredentials", options(clientCredentials)), facts: [] };
  if (authorizationCode ?? password)
    return {
      auth: of("oauth2RefreshToken", options(authorizationCode ?? password)),
      facts: ["a person has to consent once; the secret holds the refresh token"],
    };
  return { auth: undefined, facts: [] };
}
