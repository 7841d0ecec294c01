/** AWS refuses the API's OpenAPI body, or the emulator does not support it. */
export class DefinitionError extends Error {
  constructor(where: string, fact: string, remedy: string) {
    super(`${where}: ${fact}. ${remedy}.`);
    this.name = "DefinitionError";
  }
}

/** The simulated gateway response types, each with AWS's status and error type. */
const TYPES = {
  MISSING_AUTHENTICATION_TOKEN: [403, "MissingAuthenticationTokenException"],
  UNAUTHORIZED: [401, "UnauthorizedException"],
  ACCESS_DENIED: [403, "AccessDeniedException"],
  AUTHORIZER_FAILURE: [500, "AuthorizerFailureException"],
  AUTHORIZER_CONFIGURATION_ERROR: [500, "AuthorizerConfigurationException"],
  INVALID_API_KEY: [403, "ForbiddenException"],
  WAF_FILTERED: [403, "ForbiddenException"],
  THROTTLED: [429, "TooManyRequestsException"],
  QUOTA_EXCEEDED: [429, "LimitExceededException"],
  REQUEST_TOO_LARGE: [413, "RequestTooLargeException"],
  UNSUPPORTED_MEDIA_TYPE: [415, "UnsupportedMediaTypeException"],
  BAD_REQUEST_PARAMETERS: [400, "BadRequestException"],
  BAD_REQUEST_BODY: [400, "BadRequestException"],
  API_CONFIGURATION_ERROR: [500, "InternalServerErrorException"],
  INTEGRATION_FAILURE: [504, "InternalServerErrorException"],
  INTEGRATION_TIMEOUT: [504, "InternalServerErrorException"],
} as const satisfies Record<string, readonly [number, string]>;
export type GatewayResponseType = keyof typeof TYPES;

/**
 * The gateway responds with an error of its own instead of calling the integration.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export class GatewayError extends Error {
  readonly type: GatewayResponseType;
  readonly status: number;
  /** Validation errors of the model, in brackets; `""` for other errors. */
  readonly validation: string;
  /** The same with the places in the body, which AWS does not name. */
  readonly places: readonly string[];

  constructor(
    type: GatewayResponseType,
    message: string,
    options: { status?: number; validation?: string; places?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "GatewayError";
    this.type = type;
    this.status = options.status ?? TYPES[type][0];
    this.validation = options.validation ?? "";
    this.places = options.places ?? [];
  }

  /** Value of `x-amzn-ErrorType`. */
  get errorType(): string {
    return TYPES[this.type][1];
  }
}

export const internalError = (cause: unknown, status = 500) =>
  new GatewayError("API_CONFIGURATION_ERROR", "Internal server error", { status, cause });
