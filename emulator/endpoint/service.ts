/** Whoever calls an AWS API here: a function's role, or a service acting for a resource. */
export type Caller =
  | {
      readonly kind: "role";
      readonly arn: string;
      /** Access key id of the session that acts as the role; absent when a service of the hub does. */
      readonly session?: string;
    }
  | { readonly kind: "service"; readonly service: string; readonly sourceArn: string };

export type Json = Record<string, unknown>;

/** Where the emulated account is; services make their ARNs of it. */
export interface Account {
  readonly region: string;
  readonly accountId: string;
}

/** One AWS service behind the local endpoint, AWS JSON protocol. */
export interface Service {
  /** What stands before the dot of `X-Amz-Target`, such as `AmazonSQS`. */
  readonly target: string;
  /** Codes of its older protocol by today's code, for a service whose SDK still shows those (SQS). */
  readonly queryCodes?: Readonly<Record<string, string>>;
  /**
   * Authorises the caller, then does it.
   * @param signal aborts when the caller has hung up
   * @throws AwsError with the code that AWS would answer
   */
  call(operation: string, input: Json, caller: Caller, signal?: AbortSignal): Promise<Json>;
}

/** An error as AWS answers it; the endpoint turns it into the wire format. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error's shape, such as `CancellationReasons` of a cancelled transaction. */
  readonly members: Json;
  constructor(code: string, message: string, status = 400, members: Json = {}) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** An operation that the service has on AWS, but not here. */
export const unknownOperation = (target: string, operation: string) =>
  new AwsError("UnknownOperationException", `The local hub has no ${target}.${operation}. Call it on AWS, or do without it.`);

/** What the IAM simulator answers; every service asks it before it does anything. */
export interface Authorizer {
  /**
   * @param context condition keys of the request, such as `{ "events:detail-type": ["OrderPlaced"] }`
   * @param resourcePolicy of the resource, where it has one (a queue's, say); JSON
   * @throws AwsError `AccessDeniedException` that names caller, action and resource as AWS does
   */
  authorize(
    caller: Caller,
    action: string,
    resource: string,
    context?: Readonly<Record<string, string | readonly string[]>>,
    resourcePolicy?: string,
  ): void;
}
