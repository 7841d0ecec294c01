import type { GatewayAnswer, GatewayOperation } from "./gateway.ts";
import { headers, someHeaders } from "./headers.ts";
import type { Json } from "./json.ts";

type When = (operation: GatewayOperation) => boolean;

const always: When = () => true;
const never: When = () => false;
const secured: When = ({ credentials }) => credentials !== undefined;

/** When the gateway itself gives which of its answers. */
const WHEN: Readonly<Record<string, When>> = {
  BAD_REQUEST_BODY: ({ validator }) => validator === "body",
  BAD_REQUEST_PARAMETERS: ({ parameters }) => parameters.some((one) => one.required && one.in !== "path"),
  UNAUTHORIZED: secured,
  ACCESS_DENIED: secured,
  AUTHORIZER_FAILURE: secured,
  AUTHORIZER_CONFIGURATION_ERROR: secured,
  INVALID_API_KEY: secured,
  // To paths that are not there, and so in no operation.
  MISSING_AUTHENTICATION_TOKEN: never,
  RESOURCE_NOT_FOUND: never,
  REQUEST_TOO_LARGE: ({ method }) => method !== "get",
  UNSUPPORTED_MEDIA_TYPE: ({ integration }) => integration === "aws",
  THROTTLED: always,
  QUOTA_EXCEEDED: secured,
  WAF_FILTERED: always,
  INTEGRATION_FAILURE: always,
  INTEGRATION_TIMEOUT: always,
  // What is left of 4xx is a status of AWS's own choice for what no client of this document sends.
  DEFAULT_4XX: never,
  DEFAULT_5XX: always,
};
/** AWS's own for what has none. */
const UNTOLD = 500;

/** Statuses that the gateway may answer an operation with. @throws Error for a kind of answer that WHEN does not know */
export const gatewayStatuses = (
  operation: GatewayOperation,
  answers: Readonly<Record<string, GatewayAnswer>>,
): readonly number[] =>
  Object.entries(answers).flatMap(([type, { statusCode }]) => {
    const when = WHEN[type];
    if (!when)
      throw new Error(
        `gateway response ${type}: the document does not know when it is given. Add it to tools/openapi/problems.ts.`,
      );
    return when(operation) ? [Number(statusCode ?? UNTOLD)] : [];
  });

interface ProblemKind {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly detail: string;
  readonly headers: Json;
  /** The firewall may answer with it, too. @default false */
  readonly firewall?: true;
}

/** The problem details of each status; one response component each. */
const KINDS: Readonly<Record<number, ProblemKind>> = {
  400: {
    name: "BadRequest",
    title: "Bad Request",
    description: "What was sent is not of the schema; `detail` says where.",
    detail: "The parameter limit is not a whole number from 1 to 100.",
    headers: { ...headers("X-Request-ID"), ...someHeaders("X-Correlation-ID") },
  },
  401: {
    name: "Unauthorized",
    title: "Unauthorized",
    description: "No credentials, or none that hold.",
    detail: "The request shows no valid API key or token, as the route asks for it.",
    headers: headers("X-Request-ID", "WWW-Authenticate"),
  },
  403: {
    name: "Forbidden",
    title: "Forbidden",
    description: "The caller is known and may not do this, or the firewall refuses the call.",
    detail: "The token lacks orders:write.",
    headers: headers("X-Request-ID"),
  },
  404: {
    name: "NotFound",
    title: "Not Found",
    description: "There is none, or it is not for this caller to see. Just after a 202 ask again after `Retry-After`.",
    detail: "There is no such request, or it has not been noted yet.",
    headers: { ...headers("X-Request-ID"), ...someHeaders("Retry-After") },
  },
  413: {
    name: "ContentTooLarge",
    title: "Content Too Large",
    description: "The body is larger than the stack's `hub:waf` allows.",
    detail: "The body is longer than 64 KB.",
    headers: someHeaders("X-Request-ID"),
    firewall: true,
  },
  415: {
    name: "UnsupportedMediaType",
    title: "Unsupported Media Type",
    description: "The body is sent as something else than `application/json`.",
    detail: "Send application/json.",
    headers: headers("X-Request-ID"),
  },
  422: {
    name: "UnprocessableContent",
    title: "Unprocessable Content",
    description: "The request is of the schema, and there is no answer to it; `detail` says why.",
    detail: "no carrier takes 70000 g to AQ 1",
    headers: headers("X-Request-ID"),
  },
  429: {
    name: "TooManyRequests",
    title: "Too Many Requests",
    description: "More than the consumer's plan, the route or one address is allowed.",
    detail: "Too Many Requests",
    headers: { ...headers("Retry-After"), ...someHeaders("X-Request-ID") },
    firewall: true,
  },
  500: {
    name: "InternalServerError",
    title: "Internal Server Error",
    description: "A fault of the hub or of the flow.",
    detail: "The request could not be handled. Try again later.",
    headers: headers("X-Request-ID"),
  },
  502: {
    name: "BadGateway",
    title: "Bad Gateway",
    description: "A third party, or the function behind the route, gave no answer of use.",
    detail: "A third party gave no answer of use.",
    headers: { ...headers("X-Request-ID"), ...someHeaders("Retry-After") },
  },
  503: {
    name: "ServiceUnavailable",
    title: "Service Unavailable",
    description: "Nothing has been taken on. Send it again after `Retry-After`, with the same `Idempotency-Key`.",
    detail: "The request could not be taken on. Send it again after 5 seconds.",
    headers: { ...headers("X-Request-ID", "Retry-After"), ...someHeaders("X-Correlation-ID") },
  },
  504: {
    name: "GatewayTimeout",
    title: "Gateway Timeout",
    description: "There was no answer in time. Whether the call had an effect is not known.",
    detail: "There was no answer in time. Ask again later.",
    headers: headers("X-Request-ID", "Retry-After"),
  },
};

/** What a webhook's function answers to a signature that does not hold: API Gateway lets no function say WWW-Authenticate. */
const SIGNATURE: ProblemKind = {
  name: "SignatureRefused",
  title: "Unauthorized",
  description: "The signature does not hold, or is not there.",
  detail: "The signature does not hold. Sign the raw body with the shared key.",
  headers: headers("X-Request-ID"),
};

/** `responses` of an operation for these statuses. @throws Error for one that no kind of problem has */
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
  throw new Error(`status ${status}: the document does not know this problem. Add it to tools/openapi/problems.ts.`);
}

/** The components that those refer to. */
export const problemComponents = (): Json =>
  Object.fromEntries(
    [...Object.entries(KINDS), ["401", SIGNATURE] as const].map(([status, kind]) => [kind.name, component(Number(status), kind)]),
  );

function component(status: number, { title, description, detail, headers, firewall }: ProblemKind): Json {
  const told = { type: "about:blank", title, status, detail };
  const problem = (schema: string, example: Json) => ({ schema: { $ref: `#/components/schemas/${schema}` }, example });
  return {
    description,
    headers,
    content: {
      "application/problem+json": problem("Problem", { ...told, requestId: "9c5f1f0e-6c0b-4f4a-9a53-0c1f7c2b8d11" }),
      ...(firewall && { "application/json": problem("FirewallProblem", told) }),
    },
  };
}
