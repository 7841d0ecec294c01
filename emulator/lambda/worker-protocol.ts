import type { FunctionError } from "./function-spec.ts";

/** Start parameters of a worker. */
export interface WorkerStart {
  readonly codeDir: string;
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** @default 1 */
  readonly clockSpeed?: number;
}

/** Message to the worker: an invocation. The next one is sent after its result. */
export interface Invocation {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** Milliseconds since the epoch, wall clock. */
  readonly deadline: number;
}

/** Message from the worker. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "log"; readonly text: string }
  /** `payload` is JSON. */
  | { readonly kind: "result"; readonly payload: string }
  | { readonly kind: "error"; readonly error: FunctionError }
  /** The worker ends: its module can't be loaded, or an error was not caught. */
  | { readonly kind: "fatal"; readonly error: FunctionError };
