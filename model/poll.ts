import type * as z from "zod";
import type { AnyAdapter, Clients } from "./adapter.ts";
import type { Duration } from "./duration.ts";
import type { AnyEvent, MessageOf } from "./event.ts";
import type { ScheduleExpression, ScheduleOptions } from "./schedule.ts";
import type { ScheduleForm } from "./schedule-types.ts";
import type { NoContextNames, StepContext } from "./step.ts";

/** What the handler of a poll is given besides its third parties. */
export interface PollContext<Cursor> extends Pick<StepContext, "log"> {
  /** Where the last page ended; `start` before the first one. */
  readonly cursor: Cursor;
}

/** One page of what a third party has. */
export interface PollPage<Cursor, Message> {
  /** The message or messages to publish, in this order; each begins a request of its own. `[]` for none. */
  readonly events: Message | readonly Message[];
  /** Where the next page begins. It is stored once the events are on the bus. */
  readonly cursor: Cursor;
  /** True where the next page is there already: it is read in the same run, while there is time. */
  readonly more: boolean;
}

type Awaitable<T> = T | Promise<T>;

interface PollSettings extends ScheduleOptions {
  /**
   * Timeout of the function. After half of it no further page begins, so that each page has at least the other half. The timeouts of all
   * used third parties must add up to less than that half. @range 30 seconds to 15 minutes @default "5 minutes" @error DURATION
   */
  readonly timeout?: Duration;
  /** Memory of the Lambda function, in MB. @range 128 to 10240 @default 256 */
  readonly memory?: number;
}

export interface PollOptions<Cursor extends z.ZodObject, Emits extends readonly AnyEvent[], Uses> extends PollSettings {
  /** All events that it may publish. @range 1 or more */
  readonly emits: Emits;
  /** Adapters whose clients the handler gets, under these names. @default none @error ADAPTER */
  readonly uses?: Uses & NoContextNames & { readonly cursor?: never };
  /** Schema of the cursor, which the state table holds as JSON. @error SCHEMA */
  readonly cursor: Cursor;
  /** The first page's cursor. @error POLL */
  readonly start: z.input<Cursor>;
  /**
   * Reads one page. It runs at least once for each page, so it must change nothing at the third party, or only what may happen again. One
   * run at a time; a run that fails leaves the cursor where it was.
   */
  readonly page: (
    tools: Clients<Uses> & PollContext<z.output<Cursor>>,
  ) => Awaitable<PollPage<z.input<Cursor>, MessageOf<Emits[number]>>>;
}

/** EventBridge Scheduler invokes a function, which reads pages from a third party and publishes their events. */
export interface PollTrigger<Event = AnyEvent> extends PollSettings {
  readonly kind: "poll";
  readonly expression: ScheduleExpression;
  readonly emits: readonly Event[];
  readonly uses?: Readonly<Record<string, AnyAdapter>>;
  readonly cursor: z.ZodObject;
  readonly start: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: parameters are contravariant; the trigger's own types were checked by poll()
  readonly page: (...args: any) => any;
}

/**
 * Starts the flow by what a third party has that it had not before: by time, a function reads pages from where it ended, and publishes
 * their events. The state table keeps the cursor.
 * @param expression `rate(…)`, first run at deployment, or `cron(…)`
 * @example poll("rate(5 minutes)", { emits: [Arrived], uses: { port }, cursor: z.object({ after: z.string() }), start: { after: "" }, page })
 */
export function poll<
  const Text extends string,
  Cursor extends z.ZodObject,
  const Emits extends readonly AnyEvent[],
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the empty set of adapters
  Uses extends Record<string, AnyAdapter> = {},
>(expression: ScheduleForm<Text>, options: PollOptions<Cursor, Emits, Uses>): PollTrigger<Emits[number]> {
  return { kind: "poll", expression: expression as ScheduleExpression, ...options };
}

/** Default timeout of the function. */
export const POLL_TIMEOUT: Duration = "5 minutes";
/** Part of the timeout reserved for publishing a page's events and storing its cursor. Seconds. */
export const POLL_MARGIN = 5;
/** A further page begins before this part of the timeout is over. */
export const POLL_BEGINS = 1 / 2;
