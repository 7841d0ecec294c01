import type { AnyAdapter, Clients } from "./adapter.ts";
import type { Duration } from "./duration.ts";
import type { AnyEvent, DataOf, MessageOf, ReceivedOf } from "./event.ts";
import type { Awaited } from "./filter/filter.ts";
import type { CountedJoin, Join } from "./join.ts";
import type { Retry } from "./retry.ts";
import type { SerialOf } from "./serial.ts";

/** Writes one JSON line with correlation id, request id, flow, step, function and attempt. */
export type LogMethod = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface StepContext {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  /** 1 for the first run of this handler for this event, then 2, … */
  readonly attempt: number;
  /** Time of the (last) event that caused this step, ISO 8601. Prefer it to the clock: it is the same on a rerun. */
  readonly occurredAt: string;
  /**
   * Version of the event that came, before it was lifted; of a join, the lowest of its parts. A compensation gets the version in which the
   * handler got the event.
   */
  readonly eventVersion: number;
  /** The same on each rerun for the same cause. Pass it to third parties that accept an idempotency key. */
  readonly idempotencyKey: string;
  /** For a `serial` step with a version: true when a newer version of the same key has been handled already. Else false. */
  readonly superseded: boolean;
  readonly log: { readonly debug: LogMethod; readonly info: LogMethod; readonly warn: LogMethod; readonly error: LogMethod };
}

/** Names that a handler's tools have already: an adapter under one of them would be replaced by the context. */
export const CONTEXT_NAMES: Readonly<Record<keyof StepContext, true>> = {
  requestId: true,
  correlationId: true,
  tenant: true,
  attempt: true,
  occurredAt: true,
  eventVersion: true,
  idempotencyKey: true,
  superseded: true,
  log: true,
};
/** Part of the type of `uses`: no adapter has the name of a tool. */
export type NoContextNames = { readonly [Name in keyof StepContext]?: never };

type Awaitable<T> = T | Promise<T>;
/** What a step is `on`; the compiler shows this name where it is something else. */
type EventOrJoin = Awaited | { readonly kind: "join"; readonly parts: Readonly<Record<string, Awaited>> };

/** The event's payload, or the payloads of a join's parts by name. */
export type InputOf<On> =
  On extends CountedJoin<infer Of, infer All>
    ? { readonly of: DataOf<Of>; readonly all: readonly DataOf<All>[]; readonly missing: number }
    : On extends Join<infer Parts>
      ? { readonly [K in keyof Parts]: DataOf<Parts[K]> }
      : DataOf<On>;

export interface StepOptions {
  /** One sentence for the catalogue. */
  readonly summary?: string;
  /**
   * Former names in this flow, oldest first. The queue keeps its messages, incomplete joins continue, and requests that started under
   * those names finish. @error NAME
   * @default none
   */
  readonly formerly?: readonly string[];
  /**
   * `queue`: rule -> SQS -> Lambda, with backoff. `direct`: rule -> Lambda, about 20 ms faster, with at most two retries after one and
   * two minutes.
   * @default "queue"
   */
  readonly delivery?: "queue" | "direct";
  /** How a failed attempt is retried. @default the policy of the used adapter with the most attempts, else {@link DEFAULT_RETRY} */
  readonly retry?: Retry;
  /** Timeout of the Lambda function. @range 1 second to 15 minutes @default "30 seconds" */
  readonly timeout?: Duration;
  /** Memory of the Lambda function, in MB. @range 128 to 10240 @default 256 */
  readonly memory?: number;
  /**
   * Most batches processed at once; queue delivery only.
   * @range 2 to 1000
   * @default for a step that calls a third party with a rate limit, as many as that limit can keep busy; else the account's limit
   */
  readonly concurrency?: number;
  /** Most messages per invocation; queue delivery only. @range 1 to 10 @default 10 */
  readonly batchSize?: number;
}

/** A step reacts **on** an event, **emits** others and **uses** third parties. */
export interface Step<On, Emits extends readonly AnyEvent[], Uses> extends StepOptions {
  /** The event that the step waits for. @error UNREACHABLE */
  readonly on: On;
  /** All events that it may publish. */
  readonly emits: Emits;
  /** Adapters whose clients the handler gets, under these names. @default none @error ADAPTER */
  readonly uses?: Uses & NoContextNames;
  /**
   * Runs one delivery at a time per value of a field; queue delivery only. Waiting deliveries stay in the queue and use no attempt. A
   * failed attempt releases the key, so others may run before its retry. @error RANGE
   * @default none: deliveries run concurrently
   */
  readonly serial?: SerialOf<On>;
  /** Returns the message or messages to publish. Runs at least once, and not again after it succeeded. */
  readonly handler: (
    input: InputOf<On>,
    tools: Clients<Uses> & StepContext,
  ) => Awaitable<MessageOf<Emits[number]> | readonly MessageOf<Emits[number]>[]>;
  /** Undoes the handler's effect when the saga fails. The ledger decides when, and in which order. @default none: nothing is undone */
  readonly compensate?: (
    done: { readonly input: InputOf<On>; readonly emitted: readonly ReceivedOf<Emits[number]>[] },
    tools: Clients<Uses> & StepContext,
  ) => Awaitable<void>;
}

export function step<
  On extends EventOrJoin,
  const Emits extends readonly AnyEvent[],
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the empty set of adapters
  Uses extends Record<string, AnyAdapter> = {},
>(declaration: Step<On, Emits, Uses>): Step<On, Emits, Uses> {
  return declaration;
}
