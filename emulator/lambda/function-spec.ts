/** A Lambda function as its configuration says. */
export interface FunctionSpec {
  readonly arn: string;
  readonly name: string;
  /** `<file without extension>.<export>`. */
  readonly handler: string;
  /** Folder that holds the unpacked code. */
  readonly codeDir: string;
  /** Hash of the code; another hash means other code. */
  readonly codeHash: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables with credentials for one environment; each gets its own, as on AWS. @default none */
  readonly session?: () => { readonly AWS_ACCESS_KEY_ID: string; readonly [name: string]: string };
  readonly roleArn: string;
  /** 1 to 900. */
  readonly timeoutSeconds: number;
  /** 128 to 10240. */
  readonly memoryMb: number;
  readonly logGroupName: string;
  /** The most invocations at once; beyond it invocations are throttled. 0 throttles each. @default no limit but the account's */
  readonly reservedConcurrency?: number;
}

/** An error as Lambda puts it into the response of an invocation. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What became of one invocation. */
export type InvokeResult =
  | { readonly ok: true; readonly requestId: string; readonly payload: unknown }
  | { readonly ok: false; readonly requestId: string; readonly error: FunctionError };
