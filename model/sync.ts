import type * as z from "zod";
import type { AnyAdapter, Clients } from "./adapter.ts";
import type { CallerAuth } from "./caller-auth.ts";
import type { Duration } from "./duration.ts";
import type { AnyEvent, MessageOf } from "./event.ts";
import type { RouteSettings } from "./route-settings.ts";
import type { QueryNames } from "./route-types.ts";
import type { NoContextNames, StepContext } from "./step.ts";

/** Context of a synchronous endpoint's handler. There is one attempt, because the caller waits. */
export type SyncContext = Omit<StepContext, "attempt">;

interface SyncSettings extends RouteSettings {
  /**
   * Timeout of the function and longest wait of the caller, who then gets a 504. The gateway waits for 29 seconds. The timeouts of all used
   * third parties must add up to less.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   * @range 3 to 28 seconds @default "28 seconds"
   */
  readonly timeout?: Duration;
  /** Memory of the Lambda function, in MB. @range 128 to 10240 @default 512 */
  readonly memory?: number;
  /**
   * Provisioned concurrency, paid by the hour: `min` at all times, scaled out to `max` at a utilisation above 70 %. No effect on a stack with `hub:provisionedConcurrency: false`. @default none
   */
  readonly provisionedConcurrency?: {
    /** Environments at all times. @range 1 to 1000 */
    readonly min: number;
    /** Environments at most. @range 1 to 1000 */
    readonly max: number;
  };
  /**
   * For a GET: how long the gateway caches the response per caller and parameters, errors included. No effect on a stack without
   * `hub:cache`. @range 1 second to 1 hour, whole seconds @default no caching
   */
  readonly cache?: Duration;
}

type Awaitable<T> = T | Promise<T>;

/** Response of a synchronous endpoint and the event to publish. The event is on the bus before the caller gets the response. */
export interface Reply<Answer, Message> {
  readonly answer: Answer;
  readonly event: Message;
}

export interface SyncOptions<Request extends z.ZodObject, Answer extends z.ZodObject, Event extends AnyEvent, Uses>
  extends SyncSettings {
  /** A function answers, and the caller waits. */
  readonly mode: "sync";
  /** Caller authentication: `apiKeyAuth()` or `jwtAuth({ scopes })`. @default apiKeyAuth() @error AUTH */
  readonly auth?: CallerAuth;
  /** Schema of the path's parameters and the JSON body, or of a GET's path and query (strings, numbers or booleans). @error SCHEMA */
  readonly request: Request;
  /** Fields of `request` that come from the query string; of a GET, all that are not in the path do. @default none @error ROUTE */
  readonly query?: QueryNames<z.output<Request>>;
  /** Schema of the JSON response. @error SCHEMA */
  readonly answers: Answer;
  /** The event that is published before the caller gets the response. */
  readonly emits: Event;
  /** Adapters whose clients the handler gets, under these names. @default none @error ADAPTER */
  readonly uses?: Uses & NoContextNames;
  /** One sentence for the API's documentation. */
  readonly summary?: string;
  /** Returns the response and the event. A TerminalError becomes a 422 with its `code` for the caller, a RetryLaterError a 503. */
  readonly handler: (
    request: z.output<Request>,
    tools: Clients<Uses> & SyncContext,
  ) => Awaitable<Reply<z.input<Answer>, MessageOf<Event>>>;
}

/** A function behind an alias publishes the event, then answers the caller. */
export interface SyncTrigger<Event = AnyEvent> extends SyncSettings {
  readonly kind: "sync";
  readonly auth: CallerAuth;
  readonly route: `${string} /${string}`;
  readonly request: z.ZodObject;
  readonly query?: readonly string[];
  readonly answers: z.ZodObject;
  readonly emits: Event;
  readonly uses?: Readonly<Record<string, AnyAdapter>>;
  readonly summary?: string;
  // biome-ignore lint/suspicious/noExplicitAny: parameters are contravariant; the trigger's own types were checked by api()
  readonly handler: (...args: any) => any;
}

/** Default timeout of the function. */
export const SYNC_TIMEOUT: Duration = "28 seconds";
/** Part of the timeout reserved for publishing the event and answering. Seconds. */
export const SYNC_MARGIN = 2;
