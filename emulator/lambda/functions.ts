import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Measurement } from "../cloudwatch/metrics.ts";
import { type Authorizer, AwsError, type Caller } from "../endpoint/service.ts";
import { Environments } from "./environments.ts";
import type { FunctionSpec, InvokeResult } from "./function-spec.ts";
import { LoadMeter } from "./load-meter.ts";
import type { LocalServer } from "./local-call.ts";
import type { LogStore } from "./log-store.ts";
import { type Permission, policyDocument } from "./resource-policy.ts";
import { StartGate } from "./start-gate.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Maximum number of concurrent invocations of all functions: AWS's default account limit. */
const ACCOUNT_CONCURRENCY = 1_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** Its callers wait: their invocations go first. */
const API_GATEWAY = "apigateway.amazonaws.com";

/** Lambda functions. Each runs its bundle in warm worker threads. */
export class Functions {
  readonly #authorizer: Authorizer;
  readonly #logs: LogStore;
  readonly #logGroupArn: (name: string) => string;
  readonly #measure: (measurement: Measurement) => void;
  readonly #pools = new Map<string, WorkerPool>();
  readonly #permissions = new Map<string, { functionArn: string; permission: Permission }>();
  /** Qualified ARNs. */
  readonly #aliases = new Set<string>();
  readonly #meter = new LoadMeter();
  readonly #environments = new Environments();
  readonly #servers = new Map<string, LocalServer>();
  readonly #gate = new StartGate(availableParallelism());
  readonly #draining = new Set<Promise<void>>();

  /**
   * @param options.logGroupArn returns the ARN of a log group by its name
   * @param options.measure takes the values of Lambda's metrics. @default they are dropped
   */
  constructor(options: {
    readonly authorizer: Authorizer;
    readonly logs: LogStore;
    readonly logGroupArn: (name: string) => string;
    readonly measure?: (measurement: Measurement) => void;
  }) {
    this.#authorizer = options.authorizer;
    this.#logs = options.logs;
    this.#logGroupArn = options.logGroupArn;
    this.#measure = options.measure ?? (() => {});
  }

  /**
   * Takes the calls that functions make to a server of this process, by messages instead of connections. Environments that run already keep their
   * connections.
   * @param origin such as `http://127.0.0.1:40123`
   */
  serve(origin: string, server: LocalServer): void {
    this.#servers.set(origin, server);
  }

  /** Creates a function or replaces its code and configuration. Running invocations finish in the version that they started in. */
  put(spec: FunctionSpec): void {
    this.#retire(spec.arn);
    const onLog = (stream: string, requestId: string | undefined, text: string) => this.#log(spec, stream, requestId, text);
    this.#pools.set(spec.arn, new WorkerPool(spec, this.#gate, onLog, this.#servers, this.#meter, this.#environments));
  }

  /**
   * Boots threads for functions that have none yet. They have the memory that most functions have; the others start threads of their own.
   * @param threads number of threads, those that run functions included
   */
  boot(threads: number): void {
    const byMemory = Map.groupBy(this.#pools.values(), ({ spec }) => spec.memoryMb);
    const [most] = [...byMemory.values()].sort((a, b) => b.length - a.length);
    if (most?.[0]) this.#environments.boot(most[0].spec, threads);
  }

  /** Removes a function. Its running invocations finish. */
  remove(functionArn: string): void {
    this.#retire(functionArn);
  }

  /**
   * Adds an alias. All aliases invoke the current version.
   * @param arn the function's ARN, qualified by the alias's name
   */
  addAlias(arn: string): void {
    this.#aliases.add(arn);
  }

  removeAlias(arn: string): void {
    this.#aliases.delete(arn);
  }

  /**
   * Adds a statement to a function's resource-based policy.
   * @param id the statement's id; replaces a statement with the same id
   * @param functionArn the function's ARN, qualified if the statement is for an alias
   */
  permit(id: string, functionArn: string, permission: Permission): void {
    this.#permissions.set(id, { functionArn, permission });
  }

  /** Removes a statement by its id. */
  revoke(id: string): void {
    this.#permissions.delete(id);
  }

  /** Configuration of a function; undefined if it does not exist. */
  spec(functionArn: string): FunctionSpec | undefined {
    return this.#pools.get(unqualified(functionArn))?.spec;
  }

  /** Code hashes of all functions. */
  codeHashes(): ReadonlySet<string> {
    return new Set([...this.#pools.values()].map(({ spec }) => spec.codeHash));
  }

  /**
   * Invokes a function synchronously. An error of the function is in the result.
   *
   * @param caller principal of the invocation; undefined when Lambda itself invokes, for an event source mapping
   * @param requestId id of the invocation. @default a random id
   * @throws AwsError ResourceNotFoundException, AccessDeniedException, TooManyRequestsException or RequestTooLargeException
   */
  invoke(
    functionArn: string,
    event: unknown,
    caller: Caller | undefined,
    requestId: string = randomUUID(),
  ): Promise<InvokeResult> {
    const pool = this.admit(functionArn, caller);
    const payload = JSON.stringify(event) ?? "null";
    if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
      throw new AwsError(
        "RequestTooLargeException",
        `${Buffer.byteLength(payload)} byte payload is too large for the RequestResponse invocation type (limit ${MAX_PAYLOAD_BYTES} bytes)`,
        413,
      );
    }
    const limit = pool.spec.reservedConcurrency ?? ACCOUNT_CONCURRENCY;
    const total = [...this.#pools.values()].reduce((sum, { load }) => sum + load, 0);
    if (pool.load >= limit || total >= ACCOUNT_CONCURRENCY) {
      this.#count(pool.spec, "Throttles");
      throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    }
    return this.#measured(pool, payload, requestId, caller?.kind === "service" && caller.service === API_GATEWAY);
  }

  /** A throttled invocation is not counted as one. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
  async #measured(pool: WorkerPool, payload: string, requestId: string, urgent: boolean): Promise<InvokeResult> {
    const result = await pool.invoke(payload, requestId, urgent);
    this.#count(pool.spec, "Invocations");
    if (!result.ok) this.#count(pool.spec, "Errors");
    return result;
  }

  #count({ name }: FunctionSpec, metric: "Invocations" | "Errors" | "Throttles") {
    this.#measure({ namespace: "AWS/Lambda", metric, dimensions: { FunctionName: name }, value: 1 });
  }

  /** Starts an environment of the function if it has none. Resolves when it is loaded or has failed. */
  async warm(functionArn: string): Promise<void> {
    await this.#pools.get(unqualified(functionArn))?.warm();
  }

  /**
   * Checks that the function exists and that the caller may invoke it.
   * @throws AwsError ResourceNotFoundException, AccessDeniedException
   */
  admit(functionArn: string, caller: Caller | undefined): WorkerPool {
    const arn = functionArn.replace(/:\$LATEST$/, "");
    const pool = this.#pools.get(unqualified(arn));
    if (!pool || (arn !== pool.spec.arn && !this.#aliases.has(arn)))
      throw new AwsError("ResourceNotFoundException", `Function not found: ${functionArn}`, 404);
    if (caller) {
      const permissions = [...this.#permissions.entries()].filter(([, { functionArn }]) => functionArn === arn);
      const document = policyDocument(
        arn,
        permissions.map(([id, { permission }]) => [id, permission]),
      );
      const context =
        caller.kind === "service"
          ? { "aws:SourceArn": caller.sourceArn, "aws:SourceAccount": caller.sourceArn.split(":")[4] ?? "" }
          : {};
      this.#authorizer.authorize(caller, "lambda:InvokeFunction", arn, context, document);
    }
    return pool;
  }

  /**
   * Crashes the execution environment that uses this access key. Its invocation fails.
   * @param session access key id
   */
  async crash(session: string): Promise<void> {
    for (const pool of this.#pools.values()) await pool.crash(session);
  }

  /** Waits up to `graceMs` milliseconds for running invocations, then ends all workers. */
  async close(graceMs = 2_000): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([Promise.all([...pools.map((pool) => pool.drain()), ...this.#draining]), grace]);
    clearTimeout(timer);
    await Promise.all([...pools.map((pool) => pool.kill()), this.#environments.close()]);
  }

  #retire(arn: string) {
    const pool = this.#pools.get(arn);
    this.#pools.delete(arn);
    if (!pool) return;
    const drained = pool.drain();
    this.#draining.add(drained);
    void drained.then(() => this.#draining.delete(drained));
  }

  /** Writes a log line. As on AWS, the line is lost when the role may not write it, and the function continues. */
  #log(spec: FunctionSpec, stream: string, requestId: string | undefined, text: string) {
    const resource = `${this.#logGroupArn(spec.logGroupName)}:log-stream:${stream}`;
    try {
      this.#authorizer.authorize({ kind: "role", arn: spec.roleArn }, "logs:PutLogEvents", resource);
    } catch (error) {
      if (error instanceof AwsError) return;
      throw error;
    }
    this.#logs.append(spec.name, stream, requestId, text);
  }
}

/** `…:function:name:alias` -> `…:function:name`: all aliases invoke the current version. */
const unqualified = (arn: string) => arn.split(":").slice(0, 7).join(":");
