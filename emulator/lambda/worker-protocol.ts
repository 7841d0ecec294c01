import type { FunctionError } from "./function-spec.ts";

/** What a worker is told when it starts. */
export interface WorkerStart {
  readonly codeDir: string;
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/** To the worker: one invocation; the next is sent when this one is answered. */
export interface Invocation {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** Milliseconds since the epoch, wall clock. */
  readonly deadline: number;
}

/** From the worker. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "log"; readonly text: string }
  /** `payload` is JSON. */
  | { readonly kind: "result"; readonly payload: string }
  | { readonly kind: "error"; readonly error: FunctionError }
  /** The worker can't go on: its module can't be loaded, or an error escaped the handler. */
  | { readonly kind: "fatal"; readonly error: FunctionError };
