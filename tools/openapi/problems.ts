import type { GatewayAnswer, GatewayOperation } from "./gateway.ts";
import { headers, someHeaders } from "./headers.ts";
import type { Json } from "./json.ts";

type When = (operation: GatewayOperation) => boolean;

const always: When = () => true;
const never: When = () => false;
const secured: When = ({ credentials }) => credentials !== undefined;

/** When the gateway itself returns each kind of response. */
const WHEN: Readonly<Record<string, When>> = {
  BAD_REQUEST_BODY: ({ validator }) => validator === "body",
  BAD_REQUEST_PARAMETERS: ({ parameters }) => parameters.some((parameter) => parameter.required && parameter.in !== "path"),
  UNAUTHORIZED: secured,
  ACCESS_DENIED: secured,
  AUTHORIZER_FAILURE: secured,
  AUTHORIZER_CONFIGURATION_ERROR: secured,
  INVALID_API_KEY: secured,
  // For unknown paths, so not in any operation.
  MISSING_AUTHENTICATION_TOKEN: never,
  RESOURCE_NOT_FOUND: never,
  REQUEST_TOO_LARGE: ({ method }) => method !== "get",
  UNSUPPORTED_MEDIA_TYPE: ({ integration }) => integration === "aws",
  THROTTLED: always,
  QUOTA_EXCEEDED: secured,
  WAF_FILTERED: always,
  INTEGRATION_FAILURE: always,
  INTEGRATION_TIMEOUT: always,
  // Other 4xx, for requests that no client of this document sends.
  DEFAULT_4XX: never,
  DEFAULT_5XX: always,
};
/** AWS's status for kinds without one. */
const DEFAULT_STATUS = 500;

/** Statuses that the gateway itself may return for an operation. @throws Error for a kind of response that WHEN lacks */
export const gatewayStatuses = (
  operation: GatewayOperation,
  answers: Readonly<Record<string, GatewayAnswer>>,
): readonly number[] =>
  Object.entries(answers).flatMap(([type, { statusCode }]) => {
    const when = WHEN[type];
    if (!when)
      throw new Error(
        `gateway response ${type}: it is not known when the gateway returns it. Add it to tools/openapi/problems.ts.`,
      );
    return when(operation) ? [Number(statusCode ?? DEFAULT_STATUS)] : [];
  });

interface ProblemKind {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly detail: string;
  readonly code?: string;
  readonly headers: Json;
  /** The firewall may return it, too. @default false */
  readonly firewall?: true;
}

/** Problem details by status; one response component each. */
const KINDS: Readonly<Record<number, ProblemKind>> = {
  400: {
    name: "BadRequest",
    title: "Bad Request",
    description: "The request does not match the schema; `detail` names the place.",
    detail: "The parameter limit is not a whole number from 1 to 100.",
    headers: { ...headers("X-Request-ID"), ...someHeaders("X-Correlation-ID") },
  },
  401: {
    name: "Unauthorized",
    title: "Unauthorized",
    description: "Missing or invalid credentials.",
    detail: "No valid API key or token. Send what the route takes: a key as x-api-key, or a token as Authorization: Bearer.",
    headers: headers("X-Request-ID", "WWW-Authenticate"),
  },
  403: {
    name: "Forbidden",
    title: "Forbidden",
    description: "The caller is authenticated but not permitted, or the firewall blocks the call.",
    detail: "The token lacks orders:write.",
    headers: headers("X-Request-ID"),
  },
  404: {
    name: "NotFound",
    title: "Not Found",
    description: "It does not exist or is not visible to the caller. Directly after a 202, retry after `Retry-After`.",
    detail: "There is no such request, or it has not been recorded yet.",
    headers: { ...headers("X-Request-ID"), ...someHeaders("Retry-After") },
  },
  409: {
    name: "Conflict",
    title: "Conflict",
    description: "It conflicts with the current state; `detail` gives the reason.",
    detail: "flow order-to-erp is not held. Name what the list of holds has.",
    headers: headers("X-Request-ID"),
  },
  413: {
    name: "ContentTooLarge",
    title: "Content Too Large",
    description: "The body exceeds the limit of the stack's `hub:waf`.",
    detail: "The body is longer than 64 KB.",
    headers: someHeaders("X-Request-ID"),
    firewall: true,
  },
  415: {
    name: "UnsupportedMediaType",
    title: "Unsupported Media Type",
    description: "The content type is not `application/json`.",
    detail: "Send application/json.",
    headers: headers("X-Request-ID"),
  },
  422: {
    name: "UnprocessableContent",
    title: "Unprocessable Content",
    description: "The request is valid but can't be answered; `code` and `detail` give the reason.",
    detail: "no carrier takes 70000 g to AQ 1",
    code: "NO_CARRIER",
    headers: headers("X-Request-ID"),
  },
  429: {
    name: "TooManyRequests",
    title: "Too Many Requests",
    description: "A limit of the consumer, the route or the address is exceeded.",
    detail: "Too Many Requests",
    headers: { ...headers("Retry-After"), ...someHeaders("X-Request-ID") },
    firewall: true,
  },
  500: {
    name: "InternalServerError",
    title: "Internal Server Error",
    description: "An error in the hub or the flow.",
    detail: "The request could not be handled. Try again later.",
    headers: headers("X-Request-ID"),
  },
  502: {
    name: "BadGateway",
    title: "Bad Gateway",
    description: "A third party, or the function behind the route, returned no usable response.",
    detail: "A third party gave no usable answer.",
    headers: { ...headers("X-Request-ID"), ...someHeaders("Retry-After") },
  },
  503: {
    name: "ServiceUnavailable",
    title: "Service Unavailable",
    description: "The request was not accepted. Send it again after `Retry-After`, with the same `Idempotency-Key`.",
    detail: "The request could not be accepted. Send it again after 5 seconds.",
    headers: { ...headers("X-Request-ID", "Retry-After"), ...someHeaders("X-Correlation-ID") },
  },
  504: {
    name: "GatewayTimeout",
    title: "Gateway Timeout",
    description: "No response in time. It is unknown whether the call had an effect.",
    detail: "There was no answer in time. Try again later.",
    headers: headers("X-Request-ID", "Retry-After"),
  },
};

/** Response of a webhook's function to an invalid signature. API Gateway does not let a function send WWW-Authenticate. */
const SIGNATURE: ProblemKind = {
  name: "SignatureRefused",
  title: "Unauthorized",
  description: "The signature is missing or invalid.",
  detail: "Invalid signature. Sign the raw body with the shared key.",
  headers: headers("X-Request-ID"),
};

/** `responses` of an operation for these statuses. @throws Error for a status without a kind of problem */
export const problemResponses = (statuses: readonly number[], { signed }: { readonly signed: boolean }): Json =>
  Object.fromEntries(
    [...new Set(statuses)].map((status) => [
      String(status),
      { $ref: `#/components/responses/${(signed && status === 401 ? SIGNATURE : kindOf(status)).name}` },
    ]),
  );

function kindOf(status: number): ProblemKind {
  const kind = KINDS[status];
  if (kind) return kind;
  throw new Error(`status ${status}: this problem is not described. Add it to tools/openapi/problems.ts.`);
}

/** Response components of all problems. */
export const problemComponents = (): Json =>
  Object.fromEntries(
    [...Object.entries(KINDS), ["401", SIGNATURE] as const].map(([status, kind]) => [kind.name, component(Number(status), kind)]),
  );

function component(status: number, { title, description, detail, code, headers, firewall }: ProblemKind): Json {
  const details = { type: "about:blank", title, status, detail, ...(code !== undefined && { code }) };
  const problem = (schema: string, example: Json) => ({ schema: { $ref: `#/components/schemas/${schema}` }, example });
  return {
    description,
    headers,
    content: {
      "application/problem+json": problem("Problem", { ...details, requestId: "9c5f1f0e-6c0b-4f4a-9a53-0c1f7c2b8d11" }),
      ...(firewall && { "application/json": problem("FirewallProblem", details) }),
    },
  };
}
