import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { type Authorizer, AwsError, type Caller } from "../endpoint/service.ts";
import type { FunctionSpec, InvokeResult } from "./function-spec.ts";
import type { LogStore } from "./log-store.ts";
import { type Permission, policyDocument } from "./resource-policy.ts";
import { StartGate } from "./start-gate.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Beyond this many invocations at once, all functions together, AWS throttles. */
const ACCOUNT_CONCURRENCY = 1_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** The Lambda functions of the hub, each a real bundle in warm worker threads. */
export class Functions {
  readonly #authorizer: Authorizer;
  readonly #logs: LogStore;
  readonly #logGroupArn: (name: string) => string;
  readonly #pools = new Map<string, WorkerPool>();
  readonly #permissions = new Map<string, { functionArn: string; permission: Permission }>();
  /** ARNs with their qualifier. */
  readonly #aliases = new Set<string>();
  readonly #gate = new StartGate(availableParallelism());
  readonly #draining = new Set<Promise<void>>();

  /** @param options.logGroupArn ARN of a log group by its name */
  constructor(options: {
    readonly authorizer: Authorizer;
    readonly logs: LogStore;
    readonly logGroupArn: (name: string) => string;
  }) {
    this.#authorizer = options.authorizer;
    this.#logs = options.logs;
    this.#logGroupArn = options.logGroupArn;
  }

  /** Adds a function or replaces its code and configuration; invocations under way end in the version they began in. */
  put(spec: FunctionSpec): void {
    this.#retire(spec.arn);
    const onLog = (stream: string, requestId: string | undefined, text: string) => this.#log(spec, stream, requestId, text);
    this.#pools.set(spec.arn, new WorkerPool(spec, this.#gate, onLog));
  }

  remove(functionArn: string): void {
    this.#retire(functionArn);
  }

  /** Every alias answers with the version there is. @param arn of the function, then the alias's name */
  addAlias(arn: string): void {
    this.#aliases.add(arn);
  }

  removeAlias(arn: string): void {
    this.#aliases.delete(arn);
  }

  /**
   * @param id of the statement; another one of the same id is replaced
   * @param functionArn with the qualifier that the statement is for, if any
   */
  permit(id: string, functionArn: string, permission: Permission): void {
    this.#permissions.set(id, { functionArn, permission });
  }

  revoke(id: string): void {
    this.#permissions.delete(id);
  }

  spec(functionArn: string): FunctionSpec | undefined {
    return this.#pools.get(unqualified(functionArn))?.spec;
  }

  /** Of all functions that are there. */
  codeHashes(): ReadonlySet<string> {
    return new Set([...this.#pools.values()].map(({ spec }) => spec.codeHash));
  }

  /**
   * Invokes a function and waits for its answer; an error that the function throws is in the result.
   *
   * @param caller who invokes; `undefined` when Lambda itself does, for an event source mapping
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
    const all = [...this.#pools.values()].reduce((sum, { load }) => sum + load, 0);
    if (pool.load >= limit || all >= ACCOUNT_CONCURRENCY) throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    return pool.invoke(payload, requestId);
  }

  /** Checks that the function is there and that the caller may invoke it. @throws AwsError */
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

  /** Ends the environment that uses this access key, as a crash would: its invocation fails, and so is seen by whoever invoked it. */
  async crash(session: string): Promise<void> {
    for (const pool of this.#pools.values()) await pool.crash(session);
  }

  /** Lets invocations under way end for up to `graceMs`, then ends all workers. */
  async close(graceMs = 2_000): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([Promise.all([...pools.map((pool) => pool.drain()), ...this.#draining]), grace]);
    clearTimeout(timer);
    await Promise.all(pools.map((pool) => pool.kill()));
  }

  #retire(arn: string) {
    const pool = this.#pools.get(arn);
    this.#pools.delete(arn);
    if (!pool) return;
    const drained = pool.drain();
    this.#draining.add(drained);
    void drained.then(() => this.#draining.delete(drained));
  }

  /** A line that the role may not write is lost, as on AWS: the function runs on. */
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

/** `…:function:name:alias` -> `…:function:name`: on one machine an alias is the version there is. */
const unqualified = (arn: string) => arn.split(":").slice(0, 7).join(":");
