// Runs in a worker thread: loads a function's bundle and runs one invocation after the other, as Lambda's Node runtime does.
import { existsSync } from "node:fs";
import { flushCompileCache, registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { FunctionError } from "./function-spec.ts";
import { LocalCalls } from "./local-calls.ts";
import type { Invocation, MessageToWorker, StartOfSpare, WorkerMessage, WorkerStart } from "./worker-protocol.ts";

// Lambda sets no such variable. Node has read it.
delete process.env.NODE_COMPILE_CACHE;

const port = parentPort as NonNullable<typeof parentPort>;
const send = (message: WorkerMessage) => port.postMessage(message);
const start = (workerData as WorkerStart | undefined) ?? (await assigned());

/** The wall clock enforces the timeout. `getRemainingTimeInMillis` returns time of the clock that function code uses. */
const { clockSpeed: speed = 1 } = start;

type Handler = (event: unknown, context: object) => unknown;
type Write = typeof process.stdout.write;

// Output uses the same port as results, so that the log of an invocation arrives before its result.
for (const stream of [process.stdout, process.stderr]) {
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown) => {
    send({ kind: "log", text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString() });
    const onWritten = typeof encoding === "function" ? encoding : callback;
    if (typeof onWritten === "function") process.nextTick(onWritten as () => void);
    return true;
  }) as Write;
}

function exitWith(errorType: string | undefined, cause: unknown) {
  const error = describe(cause);
  send({ kind: "fatal", error: errorType ? { ...error, errorType } : error });
  process.exit(1);
}
process.on("uncaughtException", (error) => exitWith(undefined, error));
process.on("unhandledRejection", (reason) => exitWith("Runtime.UnhandledPromiseRejection", reason));

// On AWS there is no node_modules above a function's code. https://nodejs.org/api/module.html#moduleregisterhooksoptions
const own = pathToFileURL(join(start.codeDir, "/")).href;
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const isForeign = context.parentURL?.startsWith(own) && resolved.url.startsWith("file:") && !resolved.url.startsWith(own);
    if (!isForeign) return resolved;
    throw Object.assign(new Error(`Cannot find package '${specifier}' imported from ${context.parentURL}`), {
      code: "ERR_MODULE_NOT_FOUND",
    });
  },
});

const calls = new LocalCalls(start.localOrigins, send);
port.on("message", (message: MessageToWorker) => {
  if (message.kind === "answer") calls.settle(message.id, message.answer);
  else if (message.kind === "invocation") void invoke(message);
});
const handler = await load();
send({ kind: "ready" });
// A worker that is ended writes nothing.
flushCompileCache();

/** A spare thread waits for its function, and gets that one's environment. */
async function assigned(): Promise<WorkerStart> {
  // The next one loads what this one compiled, and needs no TypeScript compiler: 10 MB, and 60 ms of CPU.
  flushCompileCache();
  send({ kind: "booted" });
  const { start, env } = await new Promise<StartOfSpare>((resolve) => port.once("message", resolve));
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  return start;
}

async function load(): Promise<Handler> {
  const dot = start.handler.lastIndexOf(".");
  const [module, name] = [start.handler.slice(0, dot), start.handler.slice(dot + 1)];
  const file = [".mjs", ".js", ".cjs"]
    .map((extension) => join(start.codeDir, module + extension))
    .find((candidate) => existsSync(candidate));
  if (!file) return fail("Runtime.ImportModuleError", `Error: Cannot find module '${module}'`);
  let exported: Record<string, unknown>;
  try {
    exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    const { errorMessage, trace } = describe(error);
    const errorType = error instanceof SyntaxError ? "Runtime.UserCodeSyntaxError" : "Runtime.ImportModuleError";
    return fail(errorType, `${error instanceof Error ? error.name : "Error"}: ${errorMessage}`, trace);
  }
  const candidate = exported[name] ?? (exported.default as Record<string, unknown> | undefined)?.[name];
  return typeof candidate === "function"
    ? (candidate as Handler)
    : fail("Runtime.HandlerNotFound", `${start.handler} is undefined or not exported`);
}

function fail(errorType: string, errorMessage: string, trace: readonly string[] = []): never {
  send({ kind: "fatal", error: { errorType, errorMessage, trace } });
  process.exit(1);
}

async function invoke({ requestId, event, deadline }: Invocation) {
  const context = {
    functionName: start.functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: start.functionArn,
    memoryLimitInMB: String(start.memoryMb),
    awsRequestId: requestId,
    logGroupName: start.logGroupName,
    logStreamName: start.logStreamName,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) * speed,
  };
  try {
    const result = await handler(JSON.parse(event), context);
    send({ kind: "result", payload: JSON.stringify(result ?? null) ?? "null" });
  } catch (error) {
    send({ kind: "error", error: describe(error) });
  }
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}
