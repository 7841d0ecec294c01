/** Configuration of a Lambda function. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export interface FunctionSpec {
  readonly arn: string;
  readonly name: string;
  /** `<file without extension>.<export>`. */
  readonly handler: string;
  /** Folder of the unpacked code. */
  readonly codeDir: string;
  /** Hash of the code. */
  readonly codeHash: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Issues the credential variables of a new execution environment; as on AWS, each environment has its own. @default none */
  readonly session?: () => { readonly AWS_ACCESS_KEY_ID: string; readonly [name: string]: string };
  readonly roleArn: string;
  /** 1 to 900. */
  readonly timeoutSeconds: number;
  /** 128 to 10240. */
  readonly memoryMb: number;
  readonly logGroupName: string;
  /** How many times faster than the wall clock the clock of function code runs. @default 1 */
  readonly clockSpeed?: number;
  /** Maximum number of concurrent invocations; 0 throttles all. @default the account's limit */
  readonly reservedConcurrency?: number;
}

/** An error in the response of an invocation. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The result of an invocation: the function's response, or its error. */
export type InvokeResult =
  | { readonly ok: true; readonly requestId: string; readonly payload: unknown }
  | { readonly ok: false; readonly requestId: string; readonly error: FunctionError };
