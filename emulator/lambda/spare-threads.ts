import { url as debuggerUrl } from "node:inspector";
import { Worker } from "node:worker_threads";
import { compiledDir } from "./code.ts";
import type { FunctionSpec } from "./function-spec.ts";

const BOOTSTRAP = new URL("./worker.ts", import.meta.url);

const OPTIONS = "--enable-source-maps";

/** A message needs little. This makes semi-spaces of 1 MB; with Node's default each environment would grow by dozens. */
const YOUNG_MB = 3;

/** What a thread is given when it is made. */
type Given = Pick<FunctionSpec, "codeDir" | "memoryMb"> & {
  readonly name: string;
  readonly workerData?: unknown;
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts a thread that loads what all environments have in common. Without `workerData` it waits for a message with what it is to run. */
export function startThread({ name, codeDir, memoryMb, workerData, env }: Given): Worker {
  return new Worker(BOOTSTRAP, {
    name,
    workerData,
    // Removed by the worker before the function's code runs. https://nodejs.org/api/module.html#module-compile-cache
    env: { ...env, NODE_COMPILE_CACHE: compiledDir(codeDir) },
    // Don't inherit the options of the hub's process, such as a watcher's.
    execArgv: [OPTIONS],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
    stdout: true,
    stderr: true,
  });
}

/**
 * Threads without a function yet: of what an environment takes to start, booting Node is a third. On AWS that is done before the function's
 * code is there, too. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export class SpareThreads {
  readonly #environments: () => number;
  readonly #spare = new Set<Worker>();
  #made: Given | undefined;
  #most = 0;
  #starting: Worker | undefined;
  #closed = false;

  /** @param environments number of threads that functions have */
  constructor(environments: () => number) {
    this.#environments = environments;
  }

  /**
   * Boots threads, one after the other, now and when functions' threads have ended.
   * @param like a function as most are: the threads have its memory
   * @param most number of threads, those of functions included
   */
  fill(like: FunctionSpec, most: number): void {
    const { codeDir, memoryMb } = like;
    this.#made ??= { name: "spare", codeDir, memoryMb };
    this.#most = most;
    this.refill();
  }

  refill(): void {
    const few = this.#spare.size + this.#environments() < this.#most;
    // A debugger names threads by their functions.
    if (!this.#made || this.#starting || this.#closed || !few || debuggerUrl() !== undefined) return;
    const thread = startThread(this.#made);
    this.#starting = thread;
    this.#spare.add(thread);
    thread.unref();
    const started = () => {
      if (this.#starting === thread) this.#starting = undefined;
      this.refill();
    };
    const ended = () => {
      this.#spare.delete(thread);
      started();
    };
    thread
      .once("message", started)
      .once("exit", ended)
      .once("error", () => {});
  }

  /** @returns a thread that may become an environment of the function; `undefined` when there is none */
  take({ memoryMb, environment }: FunctionSpec): Worker | undefined {
    // Node reads its own variables when it starts.
    const { NODE_OPTIONS: options = OPTIONS, ...others } = environment;
    const asUsual = options === OPTIONS && !Object.keys(others).some((name) => name.startsWith("NODE_"));
    const [thread] = asUsual && memoryMb === this.#made?.memoryMb ? this.#spare : [];
    if (!thread) return undefined;
    this.#spare.delete(thread);
    thread.ref();
    return thread;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#spare].map((thread) => thread.terminate()));
  }
}
