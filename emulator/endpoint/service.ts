/** The caller of an AWS API: a role, or an AWS service that acts for a resource. */
export type Caller =
  | {
      readonly kind: "role";
      readonly arn: string;
      /** Access key id of the role's session; absent when an emulated service assumes the role. */
      readonly session?: string;
    }
  | { readonly kind: "service"; readonly service: string; readonly sourceArn: string };

export type Json = Record<string, unknown>;

/** Region and account id that the emulated services use in their ARNs. */
export interface Account {
  readonly region: string;
  readonly accountId: string;
}

/** An AWS service behind the local endpoint, called by the AWS JSON protocol. */
export interface Service {
  /** Prefix of `X-Amz-Target`, such as `AmazonSQS`. */
  readonly target: string;
  /** Error codes of the query protocol by code of the JSON protocol, for services whose SDK still exposes them (SQS). */
  readonly queryCodes?: Readonly<Record<string, string>>;
  /**
   * Authorizes the caller and performs the operation.
   * @param signal aborts when the caller disconnects
   * @throws AwsError with the code that AWS returns
   */
  call(operation: string, input: Json, caller: Caller, signal?: AbortSignal): Promise<Json>;
}

/** An error as AWS returns it. The endpoint converts it to the wire format. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error's shape, such as `CancellationReasons` of a cancelled transaction. */
  readonly members: Json;
  /** @param status HTTP status. @default 400 */
  constructor(code: string, message: string, status = 400, members: Json = {}) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** The error for an operation that the emulated service does not support. */
export const unknownOperation = (target: string, operation: string) =>
  new AwsError("UnknownOperationException", `${target}.${operation} is not simulated. Call it on AWS only, or leave it out.`);

/** The IAM simulator. Every service calls it before it performs an operation. */
export interface Authorizer {
  /**
   * Returns when the caller may perform the action on the resource.
   * @param context condition keys of the request, such as `{ "events:detail-type": ["OrderPlaced"] }`
   * @param resourcePolicy JSON of the resource-based policy, if the resource has one
   * @throws AwsError `AccessDeniedException`; the message names caller, action and resource as AWS does
   */
  authorize(
    caller: Caller,
    action: string,
    resource: string,
    context?: Readonly<Record<string, string | readonly string[]>>,
    resourcePolicy?: string,
  ): void;
}
