/** Whoever calls an AWS API here: a function's role, or a service acting for a resource. */
export type Caller =
  | { readonly kind: "role"; readonly arn: string }
  | { readonly kind: "service"; readonly service: string; readonly sourceArn: string };

export type Json = Record<string, unknown>;

/** One AWS service behind the local endpoint, AWS JSON protocol. */
export interface Service {
  /** What stands before the dot of `X-Amz-Target`, such as `AmazonSQS`. */
  readonly target: string;
  /**
   * Authorises the caller, then does it.
   * @throws AwsError with the code that AWS would answer
   */
  call(operation: string, input: Json, caller: Caller): Promise<Json>;
}

/** An error as AWS answers it; the endpoint turns it into the wire format. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
  }
}

/** What the IAM simulator answers; every service asks it before it does anything. */
export interface Authorizer {
  /**
   * @param context condition keys of the request, such as `{ "events:detail-type": ["OrderPlaced"] }`
   * @param resourcePolicy of the resource, where it has one (a queue's, say); JSON
   * @throws AwsError `AccessDeniedException` (403) that names caller, action and resource as AWS does
   */
  authorize(
    caller: Caller,
    action: string,
    resource: string,
    context?: Readonly<Record<string, string | readonly string[]>>,
    resourcePolicy?: string,
  ): void;
}
