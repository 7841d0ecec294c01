import type { Worker } from "node:worker_threads";
import type { FunctionError, FunctionSpec, InvokeResult } from "./function-spec.ts";
import type { LocalAnswer, LocalServer } from "./local-call.ts";
import { startThread } from "./spare-threads.ts";
import type { MessageToWorker, WorkerMessage, WorkerStart } from "./worker-protocol.ts";

/** A server that fails ends the call, and not the hub. */
const failed = (error: unknown): LocalAnswer => ({ status: 500, headers: {}, body: String(error) });

/** Initialization time limit, in addition to the function's timeout. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_MS = 10_000;

/** An execution environment of a function. It runs one invocation at a time. */
export class WorkerThread {
  readonly logStreamName: string;
  /** Access key id of its credentials; undefined when it has none. */
  readonly session: string | undefined;
  readonly #spec: FunctionSpec;
  readonly #worker: Worker;
  readonly #onLog: (requestId: string | undefined, text: string) => void;
  readonly #ready: Promise<void>;
  readonly #servers: ReadonlyMap<string, LocalServer>;
  /** Calls that wait for an answer, by id. */
  readonly #calls = new Map<number, AbortController>();
  #requestId: string | undefined;
  #settle: ((outcome: { payload: string } | { error: FunctionError }) => void) | undefined;
  /** The error that ended the environment. Its invocations fail with this error. */
  #lost: FunctionError | undefined;

  /**
   * @param onLog called with each chunk of output that the function writes
   * @param servers in this process, by origin. Calls to them go by messages, which take a fourth of the CPU of a connection
   * @param spare a thread that waits for a function. @default one of its own
   */
  constructor(
    spec: FunctionSpec,
    logStreamName: string,
    onLog: (requestId: string | undefined, text: string) => void,
    servers: ReadonlyMap<string, LocalServer> = new Map(),
    spare?: Worker,
  ) {
    this.#spec = spec;
    this.#servers = servers;
    this.#onLog = onLog;
    this.logStreamName = logStreamName;
    const credentials = spec.session?.();
    this.session = credentials?.AWS_ACCESS_KEY_ID;
    const start: WorkerStart = {
      codeDir: spec.codeDir,
      handler: spec.handler,
      functionName: spec.name,
      functionArn: spec.arn,
      memoryMb: spec.memoryMb,
      logGroupName: spec.logGroupName,
      logStreamName,
      localOrigins: [...servers.keys()],
      ...(spec.clockSpeed !== undefined && { clockSpeed: spec.clockSpeed }),
    };
    const env = { ...spec.environment, ...credentials, AWS_LAMBDA_LOG_STREAM_NAME: logStreamName };
    const { name, codeDir, memoryMb } = spec;
    this.#worker = spare ?? startThread({ name, codeDir, memoryMb, workerData: start, env });
    if (spare) this.#send({ kind: "start", start, env });
    this.#ready = new Promise((resolve) => {
      this.#worker.on("message", (message: WorkerMessage) => {
        if (message.kind === "ready") resolve();
        else if (message.kind !== "booted") this.#receive(message);
      });
      this.#worker.once("exit", () => resolve());
    });
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      const killed = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.#lose(
        killed
          ? { errorType: "Runtime.OutOfMemory", errorMessage: exitText("signal: killed") }
          : { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") },
      );
    });
    this.#worker.on("exit", (status) =>
      this.#lose({ errorType: "Runtime.ExitError", errorMessage: exitText(`exit status ${status}`) }),
    );
    for (const stream of [this.#worker.stdout, this.#worker.stderr])
      stream.on("data", (chunk: Buffer) => this.#onLog(this.#requestId, chunk.toString()));
  }

  /** Whether the environment has ended or can't run invocations any more. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** Resolves when the function is loaded or the environment is lost. */
  async ready(): Promise<void> {
    const timer = setTimeout(() => this.#timeOut(), INIT_MS + this.#spec.timeoutSeconds * 1_000);
    await this.#ready;
    clearTimeout(timer);
  }

  /**
   * Runs an invocation. Call it after `ready`, and after the previous invocation has finished.
   * @param event JSON
   */
  async invoke(event: string, requestId: string): Promise<InvokeResult> {
    this.#requestId = requestId;
    const timeoutMs = this.#spec.timeoutSeconds * 1_000;
    const settled = new Promise<{ payload: string } | { error: FunctionError }>((resolve) => {
      this.#settle = resolve;
    });
    if (this.#lost) this.#settle?.({ error: this.#lost });
    else this.#send({ kind: "invocation", requestId, event, deadline: Date.now() + timeoutMs });
    const timer = setTimeout(() => this.#timeOut(), timeoutMs);
    const outcome = await settled;
    clearTimeout(timer);
    this.#settle = undefined;
    if ("payload" in outcome) return { ok: true, requestId, payload: JSON.parse(outcome.payload) };
    const error = { ...outcome.error, errorMessage: outcome.error.errorMessage.replace("{requestId}", requestId) };
    this.#onLog(requestId, `Invoke Error ${JSON.stringify(error)}\n`);
    return { ok: false, requestId, error };
  }

  /** Ends the environment. A running invocation fails. */
  async end(): Promise<void> {
    this.#lose({ errorType: "Runtime.ExitError", errorMessage: exitText("signal: terminated") });
    await this.#worker.terminate();
  }

  #receive(message: Exclude<WorkerMessage, { kind: "booted" | "ready" }>) {
    if (message.kind === "log") this.#onLog(this.#requestId, message.text);
    else if (message.kind === "result") this.#settle?.({ payload: message.payload });
    else if (message.kind === "error") this.#settle?.({ error: message.error });
    else if (message.kind === "call") void this.#call(message);
    else if (message.kind === "cancel") this.#calls.get(message.id)?.abort();
    else this.#lose(message.error);
  }

  async #call({ id, origin, call }: Extract<WorkerMessage, { kind: "call" }>) {
    const controller = new AbortController();
    this.#calls.set(id, controller);
    const answer = await this.#servers.get(origin)?.(call, controller.signal).catch(failed);
    this.#calls.delete(id);
    if (answer && !this.#lost) this.#send({ kind: "answer", id, answer });
  }

  #send(message: MessageToWorker) {
    this.#worker.postMessage(message);
  }

  #timeOut() {
    const seconds = this.#spec.timeoutSeconds.toFixed(2);
    this.#lose({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: {requestId} Error: Task timed out after ${seconds} seconds`,
    });
    void this.#worker.terminate();
  }

  #lose(reason: FunctionError) {
    this.#lost ??= reason;
    for (const call of this.#calls.values()) call.abort();
    this.#settle?.({ error: this.#lost });
  }
}

const exitText = (how: string) => `RequestId: {requestId} Error: Runtime exited with error: ${how}`;
