import { randomBytes, randomUUID } from "node:crypto";
import type { FunctionSpec, InvokeResult } from "./function-spec.ts";
import { WorkerThread } from "./worker-thread.ts";

/** AWS makes up to a thousand environments; on one machine a few keep all its cores busy, and the rest waits. */
const MAX_WORKERS = 4;
/** An idle environment ends after this long, as on AWS, where it is some minutes. */
const IDLE_MS = 120_000;

interface Waiting {
  readonly event: string;
  readonly requestId: string;
  readonly resolve: (result: InvokeResult) => void;
}

/** The warm environments of one version of one function. */
export class WorkerPool {
  readonly spec: FunctionSpec;
  readonly #onLog: (stream: string, requestId: string | undefined, text: string) => void;
  readonly #idle: { worker: WorkerThread; timer: NodeJS.Timeout }[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #busy = new Set<WorkerThread>();
  #closed: (() => void) | undefined;

  constructor(spec: FunctionSpec, onLog: (stream: string, requestId: string | undefined, text: string) => void) {
    this.spec = spec;
    this.#onLog = onLog;
  }

  /** Invocations that run or wait for a worker. */
  get load(): number {
    return this.#busy.size + this.#waiting.length;
  }

  /** @param event JSON */
  invoke(event: string, requestId: string = randomUUID()): Promise<InvokeResult> {
    return new Promise((resolve) => {
      this.#waiting.push({ event, requestId, resolve });
      this.#next();
    });
  }

  /** Ends the environment that has these credentials, if it is one of these and at work: its invocation fails. */
  async crash(session: string): Promise<void> {
    for (const worker of this.#busy) if (worker.session === session) await worker.end();
  }

  /** Takes no environment away that is at work: resolves when all invocations are through, and the environments ended. */
  async drain(): Promise<void> {
    if (this.load > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
    await this.#endIdle();
  }

  /** Ends everything now; running invocations fail. */
  async kill(): Promise<void> {
    this.#waiting.length = 0;
    await Promise.all([this.#endIdle(), ...[...this.#busy].map((worker) => worker.end())]);
  }

  #next() {
    if (this.#waiting.length === 0) {
      if (this.#busy.size === 0) this.#closed?.();
      return;
    }
    const worker = this.#takeIdle() ?? (this.#busy.size < MAX_WORKERS ? this.#start() : undefined);
    const job = worker && this.#waiting.shift();
    if (job) void this.#run(worker, job);
  }

  async #run(worker: WorkerThread, { event, requestId, resolve }: Waiting) {
    this.#busy.add(worker);
    const result = await worker.invoke(event, requestId);
    this.#busy.delete(worker);
    if (!worker.lost) this.#rest(worker);
    resolve(result);
    this.#next();
  }

  #start(): WorkerThread {
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
    const stream = `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
    return new WorkerThread(this.spec, stream, (requestId, text) => this.#onLog(stream, requestId, text));
  }

  #takeIdle(): WorkerThread | undefined {
    for (let entry = this.#idle.pop(); entry; entry = this.#idle.pop()) {
      clearTimeout(entry.timer);
      if (!entry.worker.lost) return entry.worker;
    }
    return undefined;
  }

  #rest(worker: WorkerThread) {
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((entry) => entry.worker === worker),
        1,
      );
      void worker.end();
    }, IDLE_MS);
    timer.unref();
    this.#idle.push({ worker, timer });
  }

  async #endIdle() {
    const entries = this.#idle.splice(0);
    for (const { timer } of entries) clearTimeout(timer);
    await Promise.all(entries.map(({ worker }) => worker.end()));
  }
}
