import type * as z from "zod";
import type { AnyAdapter, Clients } from "./adapter.ts";
import type { CallerAuth } from "./caller-auth.ts";
import type { Duration } from "./duration.ts";
import type { AnyEvent, MessageOf } from "./event.ts";
import type { RouteSettings } from "./route-settings.ts";
import type { StepContext } from "./step.ts";

/** What the handler of a synchronous endpoint gets beside its clients; a caller waits, so there is one attempt. */
export type SyncContext = Omit<StepContext, "attempt">;

interface SyncSettings extends RouteSettings {
  /**
   * Of the function, and so the longest that a caller waits; at the end of it a 504 is answered. 3 to 28 seconds: the gateway itself
   * waits for 29. All third parties that it uses have to be able to time out within it, one after the other.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html @default "28 seconds"
   */
  readonly timeout?: Duration;
  /** Of the Lambda function, in MB. 128 to 10240. @default 256 */
  readonly memory?: number;
  /**
   * Environments that are kept warm, paid by the hour: `min` at all times, up to `max` while more than 70 % of them are in use. 1 to 1000
   * each. Without effect on a stack with `hub:provisionedConcurrency: false`. @default none
   */
  readonly provisionedConcurrency?: { readonly min: number; readonly max: number };
  /**
   * For a GET: how long the gateway gives the same caller the same answer to the same parameters, errors included. 1 second to 1 hour,
   * whole seconds. Without effect on a stack without `hub:cache`. @default it does not
   */
  readonly cache?: Duration;
}

type Awaitable<T> = T | Promise<T>;

/** What a synchronous endpoint answers, and the fact that it states: the event is on the bus before the caller has the answer. */
export interface Reply<Answer, Message> {
  readonly answer: Answer;
  readonly event: Message;
}

export interface SyncOptions<Request extends z.ZodObject, Answer extends z.ZodObject, Event extends AnyEvent, Uses>
  extends SyncSettings {
  readonly mode: "sync";
  /** How its callers are authenticated. @default apiKeyAuth() */
  readonly auth?: CallerAuth;
  /** The JSON body; of a GET the query parameters, which are texts, numbers or booleans. */
  readonly request: Request;
  /** The JSON body of the answer. */
  readonly answers: Answer;
  readonly emits: Event;
  readonly uses?: Uses;
  /** One sentence for the API's documentation. */
  readonly summary?: string;
  /** Asks, works it out, answers. A TerminalError of its own is told to the caller as a 422, a RetryLaterError as a 503. */
  readonly handler: (
    request: z.output<Request>,
    tools: Clients<Uses> & SyncContext,
  ) => Awaitable<Reply<z.input<Answer>, MessageOf<Event>>>;
}

/** A function behind an alias answers the caller, and publishes the event before it does. */
export interface SyncTrigger<Event = AnyEvent> extends SyncSettings {
  readonly kind: "sync";
  readonly auth: CallerAuth;
  readonly route: `${string} /${string}`;
  readonly request: z.ZodObject;
  readonly answers: z.ZodObject;
  readonly emits: Event;
  readonly uses?: Readonly<Record<string, AnyAdapter>>;
  readonly summary?: string;
  // biome-ignore lint/suspicious/noExplicitAny: parameters are contravariant; the trigger's own types were checked by api()
  readonly handler: (...args: any) => any;
}

/** Of the function, where the flow does not say. */
export const SYNC_TIMEOUT: Duration = "28 seconds";
/** What is left of it for publishing the event and answering. Seconds. */
export const SYNC_MARGIN = 2;
