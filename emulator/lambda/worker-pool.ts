import { randomBytes, randomUUID } from "node:crypto";
import type { Environments, IdleEnvironment } from "./environments.ts";
import type { FunctionSpec, InvokeResult } from "./function-spec.ts";
import type { LoadMeter, Usage } from "./load-meter.ts";
import type { LocalServer } from "./local-call.ts";
import type { StartGate } from "./start-gate.ts";
import { WorkerThread } from "./worker-thread.ts";

/** Maximum number of environments per function. AWS creates up to a thousand; a few already use all cores of one machine. */
const MAX_WORKERS = 4;
/** The only environment of a function ends after this idle time; on AWS after some minutes. */
const IDLE_MS = 120_000;
/**
 * Another one ends after this idle time: it holds some 20 MB, and a function that needs it again starts it in a good part of a second. So does the
 * only one where the hub has too many.
 */
const SPARE_MS = 5_000;
/** While the hub uses more than this share of the machine, another environment takes the CPU from the others and ends nothing sooner. */
const SATURATED = 0.7;
const LOOK_AGAIN_MS = 100;
/**
 * The machine's load and the hub's other environments delay another one no longer than this: a function that waits for a third party must not hold
 * up its other messages, and less so a caller, even behind others that go on, while the hub has fewer environments than its limit.
 */
const LONGEST_DELAY_MS = 5_000;
const LONGEST_DELAY_OF_CALLER_MS = 1_000;

type Meter = Pick<LoadMeter, "now" | "usage" | "shareSince">;

interface PendingInvocation {
  readonly event: string;
  readonly requestId: string;
  /** Whether a caller of the API waits for the result. */
  readonly urgent: boolean;
  /** By the meter's `now`. */
  readonly since: number;
  readonly resolve: (result: InvokeResult) => void;
}

interface Idle extends IdleEnvironment {
  readonly worker: WorkerThread;
  timer: NodeJS.Timeout;
}

/** The execution environments of one version of a function. */
export class WorkerPool {
  readonly spec: FunctionSpec;
  readonly #onLog: (stream: string, requestId: string | undefined, text: string) => void;
  readonly #idle: Idle[] = [];
  readonly #waiting: PendingInvocation[] = [];
  readonly #busy = new Set<WorkerThread>();
  readonly #loading = new Set<WorkerThread>();
  readonly #gate: StartGate;
  readonly #servers: ReadonlyMap<string, LocalServer>;
  readonly #meter: Meter;
  readonly #environments: Environments;
  /** When the last invocation or start began, and how long the last start took. */
  #lastBegan: Usage;
  #startMs = Number.POSITIVE_INFINITY;
  #growth: NodeJS.Timeout | undefined;
  /** Number of environments that initialize or wait at the gate. */
  #starting = 0;
  #retired = false;
  #onDrained: (() => void) | undefined;

  /**
   * @param gate shared by all pools
   * @param servers that functions call by messages, by origin
   * @param meter what the hub uses of the machine; shared by all pools
   * @param environments of all pools
   */
  constructor(
    spec: FunctionSpec,
    gate: StartGate,
    onLog: (stream: string, requestId: string | undefined, text: string) => void,
    servers: ReadonlyMap<string, LocalServer>,
    meter: Meter,
    environments: Environments,
  ) {
    this.spec = spec;
    this.#gate = gate;
    this.#onLog = onLog;
    this.#servers = servers;
    this.#meter = meter;
    this.#environments = environments;
    this.#lastBegan = meter.usage();
  }

  /** Number of environments that are loaded. */
  get environments(): number {
    return this.#busy.size + this.#idle.length;
  }

  /** Number of invocations that run or wait for an environment. */
  get load(): number {
    return this.#busy.size + this.#waiting.length;
  }

  /**
   * Runs an invocation when an environment is free.
   * @param event JSON
   * @param urgent whether a caller of the API waits for the result. Such an invocation runs before the others. @default false
   */
  invoke(event: string, requestId: string = randomUUID(), urgent = false): Promise<InvokeResult> {
    return new Promise((resolve) => {
      const place = urgent ? this.#waiting.findIndex((other) => !other.urgent) : -1;
      this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, {
        event,
        requestId,
        urgent,
        since: this.#meter.now(),
        resolve,
      });
      this.#next();
    });
  }

  /** Starts an environment if there is none. Resolves when it is loaded or has failed; a failed one is replaced at the next invocation. */
  async warm(): Promise<void> {
    if (this.load + this.#idle.length + this.#starting > 0) return;
    this.#starting += 1;
    const worker = await this.#gate.run(0, () => this.#loaded(), true);
    this.#place(worker);
  }

  /** Ends the busy environment that uses this access key, if the pool has it. Its invocation fails. */
  async crash(session: string): Promise<void> {
    for (const worker of this.#busy) if (worker.session === session) await worker.end();
  }

  /** Resolves when all invocations are finished and all environments have ended. */
  async drain(): Promise<void> {
    this.#retired = true;
    if (this.load > 0) await new Promise<void>((resolve) => (this.#onDrained = resolve));
    await this.#endIdle();
  }

  /** Ends all environments immediately. Running and waiting invocations fail. */
  async kill(): Promise<void> {
    this.#retired = true;
    const error = { errorType: "Runtime.ExitError", errorMessage: "The hub stopped before the invocation started." };
    for (const { requestId, resolve } of this.#waiting.splice(0)) resolve({ ok: false, requestId, error });
    await Promise.all([this.#endIdle(), ...[...this.#busy, ...this.#loading].map((worker) => this.#end(worker))]);
  }

  #next() {
    for (let job = this.#waiting[0]; job; job = this.#waiting[0]) {
      const worker = this.#takeIdle();
      if (!worker) break;
      this.#waiting.shift();
      void this.#run(worker, job);
    }
    this.#grow();
    if (this.load === 0) this.#onDrained?.();
  }

  /**
   * Starts another environment when no invocation could begin for as long as a start takes, and machine and hub have room for it. AWS starts one at
   * once, on another machine; here a start takes the CPU from the others, most of which end sooner.
   */
  #grow() {
    clearTimeout(this.#growth);
    const begun = this.#busy.size + this.#starting;
    if (this.#waiting.length === 0 || begun >= MAX_WORKERS) return;
    const left = begun === 0 ? 0 : this.#untilGrowth();
    if (left <= 0) void this.#start();
    else if (Number.isFinite(left)) this.#growth = setTimeout(() => this.#next(), left).unref();
  }

  /** Milliseconds until another environment may start, or until the machine is looked at again. */
  #untilGrowth(): number {
    const now = this.#meter.now();
    const [first] = this.#waiting;
    const { room } = this.#environments;
    const longest = first?.urgent && room ? LONGEST_DELAY_OF_CALLER_MS : LONGEST_DELAY_MS;
    if (first?.urgent && now - first.since >= longest) return 0;
    const oldest = Math.min(...this.#waiting.map(({ since }) => since));
    const waited = now - Math.max(oldest, this.#lastBegan.at);
    if (waited < this.#startMs) return this.#startMs - waited;
    if (room && this.#meter.shareSince(this.#lastBegan) < SATURATED) return 0;
    return Math.min(LOOK_AGAIN_MS, longest - waited);
  }

  async #run(worker: WorkerThread, { event, requestId, resolve }: PendingInvocation) {
    this.#busy.add(worker);
    this.#lastBegan = this.#meter.usage();
    const result = await worker.invoke(event, requestId);
    this.#busy.delete(worker);
    this.#keep(worker);
    resolve(result);
    this.#next();
  }

  /** Starts another environment. It runs the invocation that has waited longest when it is ready. */
  async #start() {
    const others = this.#busy.size + this.#idle.length + this.#starting;
    this.#starting += 1;
    this.#lastBegan = this.#meter.usage();
    const urgent = this.#waiting[0]?.urgent;
    // Busy environments may have finished and taken all waiting invocations.
    const load = async () => (this.#waiting.length === 0 ? undefined : this.#loaded());
    this.#place(await this.#gate.run(others, load, urgent));
  }

  async #loaded(): Promise<WorkerThread> {
    const beganAt = this.#meter.now();
    const created = this.#create();
    this.#loading.add(created);
    this.#environments.started(created, this.environments > 0);
    await created.ready();
    this.#startMs = this.#meter.now() - beganAt;
    this.#loading.delete(created);
    return created;
  }

  /** Gives a started environment its first invocation, or keeps it. */
  #place(worker: WorkerThread | undefined) {
    this.#starting -= 1;
    if (!worker) return;
    const job = this.#waiting.shift();
    // As on AWS, an environment that failed to initialize fails its invocation.
    if (job) void this.#run(worker, job);
    else this.#keep(worker);
    this.#grow();
  }

  #create(): WorkerThread {
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
    const stream = `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
    const onLog = (requestId: string | undefined, text: string) => this.#onLog(stream, requestId, text);
    return new WorkerThread(this.spec, stream, onLog, this.#servers, this.#environments.booted(this.spec));
  }

  #takeIdle(): WorkerThread | undefined {
    for (let entry = this.#idle.at(-1); entry; entry = this.#idle.at(-1)) {
      this.#withdraw(entry);
      if (!entry.worker.lost) return entry.worker;
      this.#environments.ended(entry.worker);
    }
    return undefined;
  }

  /** Keeps an environment without an invocation for the next, or counts it no longer. */
  #keep(worker: WorkerThread) {
    if (worker.lost) return this.#environments.ended(worker);
    if (this.#retired) return void this.#end(worker);
    const since = this.#meter.now();
    const end = () => {
      this.#withdraw(entry);
      void this.#end(worker);
    };
    const endSpare = () => {
      if (this.environments > 1) end();
      else entry.timer = setTimeout(end, IDLE_MS - SPARE_MS).unref();
    };
    const further = () => this.#waiting.length === 0 && this.environments > 1;
    const spare = () => further() || (this.#waiting.length === 0 && this.#meter.now() - since >= SPARE_MS);
    const entry = { worker, further, spare, end, timer: setTimeout(endSpare, SPARE_MS).unref() };
    this.#idle.push(entry);
    this.#environments.offer(entry);
  }

  #withdraw(entry: Idle) {
    clearTimeout(entry.timer);
    this.#idle.splice(this.#idle.indexOf(entry), 1);
    this.#environments.withdraw(entry);
  }

  #end(worker: WorkerThread): Promise<void> {
    this.#environments.ended(worker);
    return worker.end();
  }

  async #endIdle() {
    const entries = [...this.#idle];
    for (const entry of entries) this.#withdraw(entry);
    await Promise.all(entries.map(({ worker }) => this.#end(worker)));
  }
}
