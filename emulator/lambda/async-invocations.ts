import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { type Authorizer, AwsError, type Caller } from "../endpoint/service.ts";
import type { QueuePort } from "../sqs/queues.ts";
import { isOutOfSpace, type Store } from "../store.ts";
import type { InvokeResult } from "./function-spec.ts";
import type { Functions } from "./functions.ts";

/** Configuration of asynchronous invocation. https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
export interface EventInvokeConfig {
  /** 0 to 2. @default 2 */
  readonly maximumRetryAttempts?: number;
  /** 60 to 21600. @default 21600 */
  readonly maximumEventAgeInSeconds?: number;
  /** ARN of a queue. @default none */
  readonly onFailure?: string;
  /** ARN of a queue. @default none */
  readonly onSuccess?: string;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 1024 * 1024;
/** Delays before the first and the second retry. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RETRY_MS = [60_000, 120_000];
const MAX_AGE_SECONDS = 21_600;
/** Lambda retries a throttled event after 1 second to 5 minutes, with exponential backoff, until the event is too old. */
const FIRST_THROTTLE_DELAY_MS = 1_000;
const MAX_THROTTLE_DELAY_MS = 300_000;

interface Row {
  readonly id: string;
  readonly function_arn: string;
  readonly payload: string;
  readonly accepted_at: number;
  readonly attempts: number;
  readonly throttles: number;
  readonly due_at: number;
}

interface Ports {
  readonly store: Store;
  readonly functions: Functions;
  readonly queues: QueuePort;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** Called with a message when an invocation record can't be delivered, or an invocation fails unexpectedly. */
  readonly onProblem?: (message: string) => void;
}

/** Lambda's asynchronous invocation. Accepted events are durable until they succeed or their retries are exhausted. */
export class AsyncInvocations {
  readonly #ports: Ports;
  readonly #configs = new Map<string, EventInvokeConfig>();
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(ports: Ports) {
    this.#ports = ports;
    ports.store
      .sql(
        `CREATE TABLE IF NOT EXISTS lambda_events (id TEXT PRIMARY KEY, function_arn TEXT NOT NULL, payload TEXT NOT NULL,
           accepted_at REAL NOT NULL, attempts INTEGER NOT NULL, throttles INTEGER NOT NULL, due_at REAL NOT NULL) STRICT`,
      )
      .run();
  }

  /** @param config undefined restores the defaults */
  configure(functionArn: string, config: EventInvokeConfig | undefined): void {
    if (config) this.#configs.set(functionArn, config);
    else this.#configs.delete(functionArn);
  }

  /** Resumes the events of the previous process. Call it when the functions are defined. */
  resume(): void {
    const rows = this.#ports.store.sql("SELECT * FROM lambda_events ORDER BY due_at").all() as unknown as Row[];
    for (const row of rows) this.#start(row);
  }

  /**
   * Accepts an event for asynchronous invocation. The event is durable when this returns or the open transaction commits.
   * @returns the request id
   * @throws AwsError ResourceNotFoundException, AccessDeniedException; RequestTooLargeException beyond 1 MB
   */
  accept(functionArn: string, event: unknown, caller: Caller): string {
    const { store, functions, clock } = this.#ports;
    const { spec } = functions.admit(functionArn, caller);
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
      throw new AwsError(
        "RequestTooLargeException",
        `${Buffer.byteLength(payload)} byte payload is too large for the Event invocation type (limit ${MAX_PAYLOAD_BYTES} bytes)`,
        413,
      );
    }
    const now = clock.now();
    const row: Row = {
      id: randomUUID(),
      function_arn: spec.arn,
      payload,
      accepted_at: now,
      attempts: 0,
      throttles: 0,
      due_at: now,
    };
    store
      .sql(
        "INSERT INTO lambda_events (id, function_arn, payload, accepted_at, attempts, throttles, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .run(row.id, row.function_arn, row.payload, row.accepted_at, row.attempts, row.throttles, row.due_at);
    store.afterCommit(() => this.#start(row));
    return row.id;
  }

  /** Resolves when no invocation is running. Pending events stay in the store. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  #start(row: Row) {
    const running = this.#run(row).catch((error: unknown) =>
      this.#ports.onProblem?.(error instanceof Error ? error.message : String(error)),
    );
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  async #run(first: Row) {
    const { clock } = this.#ports;
    const { signal } = this.#stop;
    for (let row: Row | undefined = first; row && !signal.aborted; ) {
      await clock.wait(Math.max(0, row.due_at - clock.now()), signal);
      if (signal.aborted) return;
      row = await this.#attempted(row);
    }
  }

  /** An attempt whose outcome can't be stored is made again. */
  async #attempted(row: Row): Promise<Row | undefined> {
    try {
      return await this.#attempt(row);
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      return { ...row, due_at: this.#ports.clock.now() + FIRST_THROTTLE_DELAY_MS };
    }
  }

  /** @returns the row for the next attempt; undefined when the event is finished */
  async #attempt(row: Row): Promise<Row | undefined> {
    const { functions, clock } = this.#ports;
    const config = this.#configs.get(row.function_arn) ?? {};
    const tooOld = (at: number) => at - row.accepted_at > (config.maximumEventAgeInSeconds ?? MAX_AGE_SECONDS) * 1_000;
    if (tooOld(clock.now())) return this.#finish(row, config, "EventAgeExceeded", undefined);
    let result: InvokeResult;
    try {
      result = await functions.invoke(row.function_arn, JSON.parse(row.payload), undefined, row.id);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // The events of a deleted function are dropped.
      if (error.code !== "TooManyRequestsException") return this.#finish(row, {}, "RetriesExhausted", undefined);
      const delay = Math.min(FIRST_THROTTLE_DELAY_MS * 2 ** row.throttles, MAX_THROTTLE_DELAY_MS);
      return this.#postpone({ ...row, throttles: row.throttles + 1, due_at: clock.now() + delay });
    }
    // The hub is stopping and may have killed the worker, so keep the event for the next start.
    if (this.#stop.signal.aborted && !result.ok) return undefined;
    const attempted = { ...row, attempts: row.attempts + 1 };
    if (result.ok) return this.#finish(attempted, config, "Success", result);
    const delay = RETRY_MS[row.attempts];
    if (delay === undefined || attempted.attempts > (config.maximumRetryAttempts ?? RETRY_MS.length))
      return this.#finish(attempted, config, "RetriesExhausted", result);
    if (tooOld(clock.now() + delay)) return this.#finish(attempted, config, "EventAgeExceeded", result);
    return this.#postpone({ ...attempted, due_at: clock.now() + delay });
  }

  #postpone(row: Row): Row {
    this.#ports.store
      .sql("UPDATE lambda_events SET attempts = ?, throttles = ?, due_at = ? WHERE id = ?")
      .run(row.attempts, row.throttles, row.due_at, row.id);
    return row;
  }

  #finish(
    row: Row,
    config: EventInvokeConfig,
    condition: "Success" | "RetriesExhausted" | "EventAgeExceeded",
    result: InvokeResult | undefined,
  ): undefined {
    const { store } = this.#ports;
    const destination = condition === "Success" ? config.onSuccess : config.onFailure;
    store.transaction(() => {
      store.sql("DELETE FROM lambda_events WHERE id = ?").run(row.id);
      if (destination) this.#sendRecord(destination, row, condition, result);
    });
    return undefined;
  }

  /** Sends the invocation record to a destination. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
  #sendRecord(queueArn: string, row: Row, condition: string, result: InvokeResult | undefined) {
    const { functions, queues, authorizer, clock, onProblem } = this.#ports;
    const record = {
      version: "1.0",
      timestamp: new Date(clock.now()).toISOString(),
      requestContext: {
        requestId: row.id,
        functionArn: `${row.function_arn}:$LATEST`,
        condition,
        approximateInvokeCount: row.attempts,
      },
      requestPayload: JSON.parse(row.payload) as unknown,
      ...(result && {
        responseContext: { statusCode: 200, executedVersion: "$LATEST", ...(!result.ok && { functionError: "Unhandled" }) },
        responsePayload: result.ok ? result.payload : result.error,
      }),
    };
    try {
      const role = functions.spec(row.function_arn)?.roleArn ?? "";
      authorizer.authorize({ kind: "role", arn: role }, "sqs:SendMessage", queueArn);
      queues.send(queueArn, JSON.stringify(record));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      onProblem?.(`The invocation record of ${row.function_arn} can't be sent to ${queueArn}: ${error.message}`);
    }
  }
}
