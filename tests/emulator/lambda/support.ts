import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../emulator/clock.ts";
import { type Authorizer, AwsError } from "../../../emulator/endpoint/service.ts";
import type { FunctionSpec } from "../../../emulator/lambda/function-spec.ts";
import type { QueuePort, ReceivedMessage } from "../../../emulator/sqs/queues.ts";

export const FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:f";
export const QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:q";
const ROLE_ARN = "arn:aws:iam::123456789012:role/f";

/** A temporary folder; call `remove` after the tests. */
export function temporary() {
  const dir = mkdtempSync(join(tmpdir(), "hub-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Configuration of a function whose `index.mjs` contains this code. */
export function functionOf(dir: string, code: string, overrides: Partial<FunctionSpec> = {}): FunctionSpec {
  const codeDir = mkdtempSync(join(dir, "code-"));
  writeFileSync(join(codeDir, "index.mjs"), code);
  return {
    arn: FUNCTION_ARN,
    name: "f",
    handler: "index.handler",
    codeDir,
    codeHash: codeDir,
    environment: {},
    roleArn: ROLE_ARN,
    timeoutSeconds: 20,
    memoryMb: 128,
    logGroupName: "/aws/lambda/f",
    ...overrides,
  };
}

/** Allows all actions that are not in `denied`, and records its calls. */
export class FakeAuthorizer implements Authorizer {
  readonly denied = new Set<string>();
  readonly asked: { action: string; resource: string; policy: string | undefined; context: unknown }[] = [];
  authorize: Authorizer["authorize"] = (caller, action, resource, context, policy) => {
    this.asked.push({ action, resource, policy, context });
    if (this.denied.has(action))
      throw new AwsError(
        "AccessDeniedException",
        `${caller.kind} is not authorized to perform: ${action} on resource: ${resource}`,
        403,
      );
  };
}

/** A clock that advances only when the test advances it. */
export class ManualClock implements Clock {
  #now = Date.parse("2026-01-01T00:00:00Z");
  #waits: { at: number; resolve: () => void }[] = [];
  now = () => this.#now;
  wait = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted || ms <= 0) return resolve();
      this.#waits.push({ at: this.#now + ms, resolve });
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  /** Milliseconds until the next wait ends; undefined without waits. */
  get next(): number | undefined {
    return this.#waits.length === 0 ? undefined : Math.min(...this.#waits.map(({ at }) => at)) - this.#now;
  }
  advance(ms: number) {
    this.#now += ms;
    const due = this.#waits.filter(({ at }) => at <= this.#now);
    this.#waits = this.#waits.filter(({ at }) => at > this.#now);
    for (const { resolve } of due) resolve();
  }
}

/** A queue that delivers each message of the test once. */
export class FakeQueue implements QueuePort {
  readonly ready: ReceivedMessage[] = [];
  readonly deleted: string[] = [];
  readonly sent: { queueArn: string; body: string }[] = [];
  readonly received: { max: number; waitMs: number }[] = [];
  readonly #clock: Clock;
  #wake: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put(...bodies: string[]) {
    for (const body of bodies)
      this.ready.push({
        messageId: `id-${body}`,
        receiptHandle: `handle-${body}`,
        body,
        attributes: { ApproximateReceiveCount: "1" },
        messageAttributes: {},
      });
    for (const wake of this.#wake.splice(0)) wake();
  }

  policyOf: QueuePort["policyOf"] = () => "the queue's policy";
  receive: QueuePort["receive"] = async (_queue, { max, waitMs, signal }) => {
    this.received.push({ max, waitMs });
    const end = this.#clock.now() + waitMs;
    while (this.ready.length === 0 && this.#clock.now() < end && !signal?.aborted) {
      await Promise.race([
        new Promise<void>((resolve) => this.#wake.push(resolve)),
        this.#clock.wait(end - this.#clock.now(), signal),
      ]);
    }
    return this.ready.splice(0, max);
  };
  delete: QueuePort["delete"] = (_queue, handle) => {
    this.deleted.push(handle);
  };
  send: QueuePort["send"] = (queueArn, body) => {
    this.sent.push({ queueArn, body });
    return "sent";
  };
}

/** Resolves when the condition holds, which it checks at every turn of the event loop; rejects after 10 seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`timed out waiting until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
