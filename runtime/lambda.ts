import type { CallerContext } from "../model/caller-auth.ts";

/** Lambda's context of one invocation. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  getRemainingTimeInMillis(): number;
}

export type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<unknown>;

/** One message of a batch. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of the queue. */
  readonly eventSourceARN?: string;
  readonly messageAttributes: Readonly<Record<string, { readonly stringValue?: string; readonly dataType: string }>>;
}

export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

/** Partial batch response: only the listed messages come back. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** A proxy event of a REST API. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
export interface ProxyEvent {
  readonly httpMethod?: string;
  /** The route, such as `/requests/{requestId}`. */
  readonly resource?: string;
  readonly headers: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly pathParameters: Readonly<Record<string, string | undefined>> | null;
  readonly queryStringParameters: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    readonly requestId: string;
    readonly domainName: string;
    readonly stage: string;
    /** Set by the authorizer; all strings. Absent where the route has no authorizer. */
    readonly authorizer?: Partial<CallerContext> | null;
    /** Path of the call, with the stage or the base path. */
    readonly path?: string;
  };
}

/** Input of a REQUEST authorizer. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html */
export interface AuthorizerEvent extends Pick<ProxyEvent, "headers" | "multiValueHeaders" | "requestContext"> {
  /** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path as the caller sent it>` */
  readonly methodArn: string;
  readonly httpMethod: string;
  /** The route, such as `/requests/{requestId}`. */
  readonly resource: string;
}

/** Output of a REQUEST authorizer. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
export interface AuthorizerResponse {
  readonly principalId: string;
  readonly policyDocument: object;
  readonly context: Readonly<Record<string, string>>;
  /** Value of the API key whose usage plan applies. */
  readonly usageIdentifierKey?: string;
}

export interface ProxyResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const isSqsEvent = (event: unknown): event is SqsEvent =>
  typeof event === "object" && event !== null && "Records" in event && Array.isArray(event.Records);
