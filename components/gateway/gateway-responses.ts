interface ProblemKind {
  /** @default AWS's own for the type */
  readonly status?: number;
  readonly title: string;
  /** JSON; may hold `$context` variables. @default the gateway's message */
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Accepted credentials; RFC 9110, section 11.6.1. There is no registered scheme for API keys. */
const CHALLENGE = { "WWW-Authenticate": '\'Bearer realm="integration-hub", ApiKey realm="integration-hub"\'' };
const RETRY_LATER = { "Retry-After": "'5'" };

const UNKNOWN_CALLER = '"The caller could not be authenticated just now."';
const NO_ROUTE = '"There is no such route. Compare the path with the API document, upper and lower case included."';
/** The gateway does not report when a quota ends; it may be far off. */
const NEXT_HOUR = { "Retry-After": "'3600'" };

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const PROBLEMS: Readonly<Record<string, ProblemKind>> = {
  BAD_REQUEST_BODY: {
    status: 400,
    title: "Bad Request",
    detail: '"$context.error.message: $context.error.validationErrorString"',
  },
  BAD_REQUEST_PARAMETERS: { status: 400, title: "Bad Request" },
  UNAUTHORIZED: {
    status: 401,
    title: "Unauthorized",
    detail: '"No valid API key or token. Send what the route takes: a key as x-api-key, or a token as Authorization: Bearer."',
    headers: CHALLENGE,
  },
  // The authorizer gives the reason, without quotes.
  ACCESS_DENIED: { status: 403, title: "Forbidden", detail: '"$context.authorizer.detail"' },
  // The authorizer failed: the hub's keys, or the issuer's, can't be read at the moment.
  AUTHORIZER_FAILURE: { status: 503, title: "Service Unavailable", detail: UNKNOWN_CALLER, headers: RETRY_LATER },
  AUTHORIZER_CONFIGURATION_ERROR: { status: 503, title: "Service Unavailable", detail: UNKNOWN_CALLER, headers: RETRY_LATER },
  INVALID_API_KEY: { status: 403, title: "Forbidden", detail: '"The consumer has no usage plan on this stage."' },
  // AWS answers 403 "Missing Authentication Token" for an unknown path; a path's other methods have answers of their own.
  MISSING_AUTHENTICATION_TOKEN: { status: 404, title: "Not Found", detail: NO_ROUTE },
  RESOURCE_NOT_FOUND: { status: 404, title: "Not Found", detail: NO_ROUTE },
  REQUEST_TOO_LARGE: { status: 413, title: "Content Too Large" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: "Unsupported Media Type", detail: '"Send application/json."' },
  THROTTLED: { status: 429, title: "Too Many Requests", headers: RETRY_LATER },
  QUOTA_EXCEEDED: { status: 429, title: "Too Many Requests", headers: NEXT_HOUR },
  // Refused by AWS's rule groups; the hub's own rules of the web ACL have responses of their own.
  WAF_FILTERED: { status: 403, title: "Forbidden", detail: '"The request was refused by the firewall."' },
  INTEGRATION_FAILURE: { status: 502, title: "Bad Gateway", headers: RETRY_LATER },
  INTEGRATION_TIMEOUT: { status: 504, title: "Gateway Timeout", headers: RETRY_LATER },
  DEFAULT_4XX: { title: "Client Error" },
  DEFAULT_5XX: { title: "Server Error" },
};

/**
 * Responses that the gateway gives itself, as problem details (RFC 9457). These templates are not Velocity: API Gateway only inserts
 * variables, escaped. Where AWS chooses the status, the body leaves it out.
 */
export const gatewayResponses = () =>
  Object.fromEntries(Object.entries(PROBLEMS).map(([type, problem]) => [type, gatewayResponse(problem)]));

function gatewayResponse({ status, title, detail = "$context.error.messageString", headers = {} }: ProblemKind) {
  const known = status === undefined ? "" : `"status":${status},`;
  return {
    ...(status !== undefined && { statusCode: String(status) }),
    responseParameters: {
      "gatewayresponse.header.Content-Type": "'application/problem+json'",
      "gatewayresponse.header.X-Request-ID": "context.requestId",
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [`gatewayresponse.header.${name}`, value])),
    },
    responseTemplates: {
      "application/json": `{"type":"about:blank","title":"${title}",${known}"detail":${detail},"requestId":"$context.requestId"}`,
    },
  };
}
