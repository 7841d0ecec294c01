import type { FunctionError } from "./function-spec.ts";
import type { LocalAnswer, LocalCall } from "./local-call.ts";

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
  /** Of the servers whose calls go by messages, such as `http://127.0.0.1:40123`. */
  readonly localOrigins: readonly string[];
}

/** Message to the worker. The next invocation is sent after the result of the one before. */
export type MessageToWorker =
  | StartOfSpare
  | Invocation
  | { readonly kind: "answer"; readonly id: number; readonly answer: LocalAnswer };

/** First message to a worker that was started without a function. */
export interface StartOfSpare {
  readonly kind: "start";
  readonly start: WorkerStart;
  readonly env: Readonly<Record<string, string>>;
}

export interface Invocation {
  readonly kind: "invocation";
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** Milliseconds since the epoch, wall clock. */
  readonly deadline: number;
}

/** Message from the worker. */
export type WorkerMessage =
  /** Of a worker that was started without a function: it waits for one. */
  | { readonly kind: "booted" }
  | { readonly kind: "ready" }
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "call"; readonly id: number; readonly origin: string; readonly call: LocalCall }
  /** The function waits for the answer to this call no longer. */
  | { readonly kind: "cancel"; readonly id: number }
  /** `payload` is JSON. */
  | { readonly kind: "result"; readonly payload: string }
  | { readonly kind: "error"; readonly error: FunctionError }
  /** The worker ends: its module can't be loaded, or an error was not caught. */
  | { readonly kind: "fatal"; readonly error: FunctionError };
