import type { GatewayRequest } from "../apigateway/types.ts";

interface Inspected {
  readonly path: string;
  readonly query: string;
  readonly cookies: string;
  readonly headers: string;
  /** As far as WAF inspects it. */
  readonly body: string;
}
interface ManagedRule {
  readonly name: string;
  readonly matches: (request: Inspected & { readonly method: string; readonly userAgent: string | undefined }) => boolean;
}

/** One rule for each of these places. */
const at = (name: string, pattern: RegExp, places: Readonly<Record<string, keyof Inspected>>): readonly ManagedRule[] =>
  Object.entries(places).map(([suffix, place]) => ({
    name: `${name}_${suffix}`,
    matches: (request) => pattern.test(request[place]),
  }));
const longer = (name: string, place: keyof Inspected, bytes: number): ManagedRule => ({
  name,
  matches: (request) => Buffer.byteLength(request[place]) > bytes,
});

const QUERY_PATH_BODY = { QUERYARGUMENTS: "query", URIPATH: "path", BODY: "body" } as const;
const HEADER_QUERY_PATH_BODY = { HEADER: "headers", QUERYSTRING: "query", URIPATH: "path", BODY: "body" } as const;

/**
 * Rules of AWS's groups, which AWS does not publish: each by the limit or the example in its description, and no further. Left out are
 * the lists of addresses, and `Host_localhost_HEADER`, which every call on one machine would match.
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
 */
const GROUPS: Readonly<Record<string, readonly ManagedRule[]>> = {
  AWSManagedRulesAmazonIpReputationList: [],
  AWSManagedRulesCommonRuleSet: [
    { name: "NoUserAgent_HEADER", matches: ({ userAgent }) => !userAgent },
    { name: "UserAgent_BadBots_HEADER", matches: ({ userAgent = "" }) => /\b(nessus|nmap)\b/i.test(userAgent) },
    longer("SizeRestrictions_QUERYSTRING", "query", 2_048),
    longer("SizeRestrictions_Cookie_HEADER", "cookies", 10_240),
    longer("SizeRestrictions_BODY", "body", 8_192),
    longer("SizeRestrictions_URIPATH", "path", 1_024),
    ...at("EC2MetaDataSSRF", /169\.254\.169\.254/, { ...QUERY_PATH_BODY, COOKIE: "cookies" }),
    ...at("GenericLFI", /\.\.\/\.\.\//, QUERY_PATH_BODY),
    ...at("RestrictedExtensions", /\.(log|ini)$/i, { URIPATH: "path" }),
    ...at("GenericRFI", /\b(https?|ftps?|file):\/\/\d{1,3}(\.\d{1,3}){3}/i, QUERY_PATH_BODY),
    ...at("CrossSiteScripting", /<script\b/i, { ...QUERY_PATH_BODY, COOKIE: "cookies" }),
  ],
  AWSManagedRulesKnownBadInputsRuleSet: [
    ...at("JavaDeserializationRCE", /\(java\.lang\.Runtime\)\.getRuntime\(\)/, HEADER_QUERY_PATH_BODY),
    { name: "PROPFIND_METHOD", matches: ({ method }) => method === "PROPFIND" },
    { name: "ExploitablePaths_URIPATH", matches: ({ path }) => /\/web-inf(\/|$)/i.test(path) },
    ...at("Log4JRCE", /\$\{jndi:/i, HEADER_QUERY_PATH_BODY),
  ],
};

/** Names of all simulated rules. */
export const SIMULATED_RULES: readonly string[] = Object.values(GROUPS).flatMap((rules) => rules.map(({ name }) => name));

/**
 * @param counted names of rules that only count
 * @param inspectionLimit bytes of a body that WAF inspects
 * @returns whether a rule of the group blocks a request; `undefined` for a group that is not known
 */
export function managedGroup(group: string, counted: readonly string[], inspectionLimit: number) {
  const rules = GROUPS[group]?.filter(({ name }) => !counted.includes(name));
  return (
    rules &&
    ((request: GatewayRequest) => {
      const inspected = inspect(request, inspectionLimit);
      return rules.some(({ matches }) => matches(inspected));
    })
  );
}

function inspect({ method, path, query, headers, body }: GatewayRequest, inspectionLimit: number) {
  const valuesOf = (name: string) => headers.flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []));
  return {
    method,
    path: decoded(path),
    query: decoded(query),
    cookies: valuesOf("cookie").join("; "),
    headers: headers.map(([, value]) => value).join("\n"),
    userAgent: valuesOf("user-agent")[0],
    body: body.subarray(0, inspectionLimit).toString(),
  };
}

/** As WAF's URL_DECODE does, leaves what is not percent-encoded UTF-8. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
