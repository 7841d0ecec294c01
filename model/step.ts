import type { AnyAdapter, Clients } from "./adapter.ts";
import type { Duration } from "./duration.ts";
import type { AnyEvent, DataOf, MessageOf, ReceivedOf } from "./event.ts";
import type { Join } from "./join.ts";
import type { Retry } from "./retry.ts";
import type { SerialOf } from "./serial.ts";

/** Writes one JSON line that carries correlation id, request id, flow, step, function and attempt. */
export type LogMethod = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface StepContext {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  /** 1 for the first start of this handler for this event, then 2, … */
  readonly attempt: number;
  /** When the (last) event that caused this step happened, ISO 8601. Prefer it to the clock: it is the same on a rerun. */
  readonly occurredAt: string;
  /** The same on each rerun for the same cause: hand it to a third party that takes an idempotency key. */
  readonly idempotencyKey: string;
  /** Where the step is `serial` with a version: true when a newer version of the same key has been handled already. Else false. */
  readonly superseded: boolean;
  readonly log: { readonly debug: LogMethod; readonly info: LogMethod; readonly warn: LogMethod; readonly error: LogMethod };
}

type Awaitable<T> = T | Promise<T>;
type Source = AnyEvent | { readonly kind: "join"; readonly parts: Readonly<Record<string, AnyEvent>> };

/** An event's payload, or the payloads of a join's parts under their names. */
export type InputOf<On> = On extends Join<infer Parts> ? { readonly [K in keyof Parts]: DataOf<Parts[K]> } : DataOf<On>;

export interface StepOptions {
  /** One sentence for the catalogue. */
  readonly summary?: string;
  /**
   * Names it had before in this flow, the first one first. Its queue stays with what it holds, half-collected joins go on, and requests
   * that started under those names finish.
   * @default none
   */
  readonly formerly?: readonly string[];
  /**
   * `queue`: rule -> SQS -> Lambda, with backoff. `direct`: rule -> Lambda, some 20 ms sooner, with at most two
   * retries a minute or two apart.
   * @default "queue"
   */
  readonly delivery?: "queue" | "direct";
  /** @default the retry of the adapter with the most attempts, else DEFAULT_RETRY */
  readonly retry?: Retry;
  /** Of the Lambda function. 1 second to 15 minutes. @default "30 seconds" */
  readonly timeout?: Duration;
  /** Of the Lambda function, in MB. 128 to 10240. @default 256 */
  readonly memory?: number;
  /** The most batches worked on at once. 2 to 1000; queue delivery only. @default no limit but the account's */
  readonly concurrency?: number;
  /** The most messages handed to one invocation. 1 to 10; queue delivery only. @default 10 */
  readonly batchSize?: number;
}

/** A reaction: **on** an event it **emits** others, and **uses** third parties. */
export interface Step<On, Emits extends readonly AnyEvent[], Uses> extends StepOptions {
  readonly on: On;
  readonly emits: Emits;
  readonly uses?: Uses;
  /**
   * One at a time by a field of the event; queue delivery only. What has to wait waits in the queue and uses no attempt up. An attempt that
   * failed frees the key: others pass while it waits to be tried again.
   * @default none: as many at once as there are
   */
  readonly serial?: SerialOf<On>;
  /** Returns the message or messages to publish. Runs at least once; on a rerun after success it is not called again. */
  readonly handler: (
    input: InputOf<On>,
    tools: Clients<Uses> & StepContext,
  ) => Awaitable<MessageOf<Emits[number]> | readonly MessageOf<Emits[number]>[]>;
  /** Undoes what the handler did, when its saga fails; when and in which order is the flow ledger's to decide. */
  readonly compensate?: (
    done: { readonly input: InputOf<On>; readonly emitted: readonly ReceivedOf<Emits[number]>[] },
    tools: Clients<Uses> & StepContext,
  ) => Awaitable<void>;
}

// biome-ignore lint/complexity/noBannedTypes: `{}` is the empty set of adapters
export function step<On extends Source, const Emits extends readonly AnyEvent[], Uses extends Record<string, AnyAdapter> = {}>(
  declaration: Step<On, Emits, Uses>,
): Step<On, Emits, Uses> {
  return declaration;
}
