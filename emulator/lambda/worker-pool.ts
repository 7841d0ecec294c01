import { randomBytes, randomUUID } from "node:crypto";
import type { FunctionSpec, InvokeResult } from "./function-spec.ts";
import type { StartGate } from "./start-gate.ts";
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
  readonly #loading = new Set<WorkerThread>();
  readonly #gate: StartGate;
  /** Those that wait at the gate among them. */
  #starting = 0;
  #retired = false;
  #closed: (() => void) | undefined;

  /** @param gate that all pools of the machine share */
  constructor(spec: FunctionSpec, gate: StartGate, onLog: (stream: string, requestId: string | undefined, text: string) => void) {
    this.spec = spec;
    this.#gate = gate;
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
    this.#retired = true;
    if (this.load > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
    await this.#endIdle();
  }

  /** Ends everything now; running invocations fail. */
  async kill(): Promise<void> {
    this.#retired = true;
    const error = { errorType: "Runtime.ExitError", errorMessage: "The hub ended before the invocation began." };
    for (const { requestId, resolve } of this.#waiting.splice(0)) resolve({ ok: false, requestId, error });
    await Promise.all([this.#endIdle(), ...[...this.#busy, ...this.#loading].map((worker) => worker.end())]);
  }

  #next() {
    for (let job = this.#waiting[0]; job; job = this.#waiting[0]) {
      const worker = this.#takeIdle();
      if (!worker) break;
      this.#waiting.shift();
      void this.#run(worker, job);
    }
    while (this.#starting < this.#waiting.length && this.#busy.size + this.#starting < MAX_WORKERS) void this.#start();
    if (this.load === 0) this.#closed?.();
  }

  async #run(worker: WorkerThread, { event, requestId, resolve }: Waiting) {
    this.#busy.add(worker);
    const result = await worker.invoke(event, requestId);
    this.#busy.delete(worker);
    if (!worker.lost) this.#rest(worker);
    resolve(result);
    this.#next();
  }

  /** Another environment, for whoever waits longest when it is ready. */
  async #start() {
    const others = this.#busy.size + this.#idle.length + this.#starting;
    this.#starting += 1;
    const worker = await this.#gate.pass(others, async () => {
      // An environment that was at work may have taken them all meanwhile.
      if (this.#waiting.length === 0) return undefined;
      const made = this.#make();
      this.#loading.add(made);
      await made.ready();
      this.#loading.delete(made);
      return made;
    });
    this.#starting -= 1;
    if (!worker) return;
    const job = this.#waiting.shift();
    // One that could not start fails its invocation, as on AWS.
    if (job) void this.#run(worker, job);
    else if (this.#retired) await worker.end();
    else if (!worker.lost) this.#rest(worker);
  }

  #make(): WorkerThread {
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
