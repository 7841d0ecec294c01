import type * as z from "zod";
import type { AnyAdapter } from "./adapter.ts";
import { apiKeyAuth, type CallerAuth } from "./caller-auth.ts";
import type { AnyEvent, DataOf, MessageOf } from "./event.ts";
import type { PollTrigger } from "./poll.ts";
import type { RouteSettings } from "./route-settings.ts";
import type { QueryNames, Route, RouteForm, RouteWithin } from "./route-types.ts";
import type { ScheduleExpression, ScheduleOptions } from "./schedule.ts";
import type { ScheduleForm } from "./schedule-types.ts";
import type { Handshake, Place, Signature } from "./signature.ts";
import type { StepContext } from "./step.ts";
import type { SyncOptions, SyncTrigger } from "./sync.ts";

/** First part of the paths of webhooks whose bodies the web ACL leaves to their signatures. */
export const WEBHOOKS = "hooks";

interface TriggerOptions<Event> extends RouteSettings {
  /** The first event. Its `data` is the request's body, with the fields that path and query hold. It must match the event's schema. @error SCHEMA */
  readonly emits: Event;
  /** One sentence for the API's documentation. */
  readonly summary?: string;
}

/** The gateway authenticates the caller and publishes the event itself, without a Lambda function. */
export interface ApiTrigger<Event = AnyEvent> extends TriggerOptions<Event> {
  readonly kind: "api";
  readonly route: Route;
  readonly auth: CallerAuth;
  /** Fields of the data that come from the query string. */
  readonly query?: readonly string[];
}

interface WebhookSettings extends RouteSettings {
  /** How the caller is verified: a preset such as `stripe`, or `hmac`, `publicKey`, `sharedSecret`, `signature`. @error WEBHOOK */
  readonly verify: Signature;
  /** One sentence for the API's documentation. */
  readonly summary?: string;
  /**
   * The calls hold lists: each item is one event and one request of its own, and a call's items are taken all or none. `true`: the body
   * is the list. `body:…`: the list is that field of the body. Types and delivery ids of the body are then those of an item.
   * @default one event a call
   * @error WEBHOOK
   */
  readonly batch?: true | `body:${string}`;
}
interface OneEvent<Event extends AnyEvent> {
  /** The event of every call. Its `data` is the body, which must match the event's schema. */
  readonly emits: Event;
  /** Fields of the data that hold a header of the call: `{ topic: "x-shopify-topic" }`. Most senders sign no header. @error WEBHOOK */
  readonly headers?: { readonly [Field in keyof DataOf<Event> & string]?: string };
}
type Awaitable<T> = T | Promise<T>;

/** What a webhook with `mode: "sync"` answers. */
export interface WebhookReply {
  /** 200 to 299. @default the preset's, else 200 */
  readonly status?: number;
  /** Of `body`. @default the preset's, else "text/plain; charset=utf-8" */
  readonly contentType?: string;
  /** `""` for none. */
  readonly body: string;
}
/** What the handler of such a webhook is given besides the data. */
export type WebhookContext = Pick<StepContext, "requestId" | "correlationId" | "tenant" | "log">;

interface Answering<Event extends AnyEvent> {
  /** The handler makes the answer. @default the preset's answer */
  readonly mode: "sync";
  /**
   * Makes the answer, after the signature and the data were verified and before the event is published. It runs for each call, also for a
   * delivery that was sent before, so it must change nothing. A TerminalError becomes a 422 with its `code` for the sender, any other error a 503; then
   * nothing is published.
   */
  readonly handler: (data: DataOf<Event>, tools: WebhookContext) => Awaitable<WebhookReply>;
  readonly batch?: never;
}
interface NotAnswering {
  readonly mode?: never;
  readonly handler?: never;
}
interface EventsByType<Events extends Readonly<Record<string, AnyEvent>>> {
  /** The sender's name for a type of event -> the event that is published for it. */
  readonly events: Events;
  /** Where the sender writes the type: `body:…` or `header:…`. @error WEBHOOK */
  readonly by: Place;
  /**
   * A type that `events` does not list. `refuse`: 400, so the sender repeats the call and reports the failure. `accept`: the sender's
   * usual answer; nothing is published, and the call is logged and counted (`WebhooksIgnored`). @default "refuse"
   */
  readonly otherwise?: "accept" | "refuse";
  /** Fields of the data that hold a header of the call. @error WEBHOOK */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An ingress function verifies the signature over the raw body and publishes the event. */
export interface WebhookTrigger<Event = AnyEvent> extends WebhookSettings {
  readonly kind: "webhook";
  readonly route: Route;
  /** The event of every call; absent where `events` and `by` decide. */
  readonly emits?: Event;
  readonly events?: Readonly<Record<string, Event>>;
  readonly by?: Place;
  readonly otherwise?: "accept" | "refuse";
  /** Field of the data -> header. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** The handler makes the answer. */
  readonly mode?: "sync";
  // biome-ignore lint/suspicious/noExplicitAny: parameters are contravariant; the trigger's own types were checked by webhook()
  readonly handler?: (...args: any) => any;
}

/** EventBridge Scheduler publishes the event, without a Lambda function. */
export interface ScheduleTrigger<Event = AnyEvent> extends ScheduleOptions {
  readonly kind: "schedule";
  readonly expression: ScheduleExpression;
  /** The first event. */
  readonly emits: Event;
  /** The event's payload, the same at each run. @default {} */
  readonly data?: unknown;
}
export type Trigger<Event = AnyEvent> =
  | ApiTrigger<Event>
  | WebhookTrigger<Event>
  | SyncTrigger<Event>
  | ScheduleTrigger<Event>
  | PollTrigger<Event>;
/** A trigger with a route of the gateway. */
export type RoutedTrigger = Extract<Trigger, { readonly route: string }>;
/** A trigger that EventBridge Scheduler starts. */
export type TimedTrigger = Exclude<Trigger, RoutedTrigger>;
export const isTimed = (trigger: Trigger): trigger is TimedTrigger => trigger.kind === "schedule" || trigger.kind === "poll";

/** Triggers with a route, by name. */
export const routedTriggers = (triggers: Readonly<Record<string, Trigger>>): readonly (readonly [string, RoutedTrigger])[] =>
  Object.entries(triggers).flatMap(([name, trigger]) => (isTimed(trigger) ? [] : [[name, trigger] as const]));

/** The events that a trigger may publish, in the order of declaration. */
export function emittedBy<Event>(trigger: Trigger<Event>): readonly Event[] {
  if (trigger.kind === "poll") return trigger.emits;
  if (trigger.kind !== "webhook") return [trigger.emits];
  return trigger.emits === undefined ? [...new Set(Object.values(trigger.events ?? {}))] : [trigger.emits];
}

type DataOption<Data> =
  Record<never, never> extends Data
    ? { readonly data?: Data }
    : {
        /** The event's payload, the same at each run. @default {} @error SCHEDULE */
        readonly data: Data;
      };

/**
 * Starts the flow by an authenticated API request, which gets 202 once the event is on the bus.
 * @param route unique in the hub. `{name}` in its path is the field of that name: a text, number or boolean of the event's schema.
 * @example api("PUT /stock/{sku}", { emits: StockCounted, query: ["dryRun"] })
 */
export function api<const Path extends string, Event extends AnyEvent>(
  route: RouteWithin<Path, DataOf<Event>>,
  options: TriggerOptions<Event> & {
    readonly mode?: never;
    /** Caller authentication: `apiKeyAuth()` or `jwtAuth({ scopes })`. @default apiKeyAuth() @error AUTH */
    readonly auth?: CallerAuth;
    /** Fields of the data that come from the query string. They are not in the body. @default none @error ROUTE */
    readonly query?: QueryNames<DataOf<Event>>;
  },
): ApiTrigger<Event>;
/**
 * Answers an authenticated API request synchronously: a function calls third parties, publishes the event and answers.
 * @param route unique in the hub. `{name}` in its path is the field of that name of `request`. A GET takes its other input from the query
 *   string.
 */
export function api<
  const Path extends string,
  Request extends z.ZodObject,
  Answer extends z.ZodObject,
  Event extends AnyEvent,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the empty set of adapters
  Uses extends Record<string, AnyAdapter> = {},
>(route: RouteWithin<Path, z.output<Request>>, options: SyncOptions<Request, Answer, Event, Uses>): SyncTrigger<Event>;
export function api(route: string, options: object): ApiTrigger | SyncTrigger {
  const { mode, ...rest } = options as { readonly mode?: "sync" };
  return { kind: mode ?? "api", route, auth: apiKeyAuth(), ...rest } as unknown as ApiTrigger | SyncTrigger;
}

/**
 * Starts the flow by a third party's signed call.
 * @example webhook("POST /hooks/parcels", { emits: ParcelMoved, verify: hmac({ … }) })
 */
export function webhook<const Path extends string, Event extends AnyEvent>(
  route: RouteForm<Path>,
  options: WebhookSettings & OneEvent<Event> & (Answering<Event> | NotAnswering),
): WebhookTrigger<Event>;
/**
 * Starts the flow by a third party's signed calls of several types, each with its own schema.
 * @example webhook("POST /hooks/stripe", { events: { "charge.succeeded": Charged }, by: "body:type", otherwise: "accept", verify: … })
 */
export function webhook<const Path extends string, Events extends Readonly<Record<string, AnyEvent>>>(
  route: RouteForm<Path>,
  options: WebhookSettings & EventsByType<Events> & NotAnswering,
): WebhookTrigger<Events[keyof Events]>;
export function webhook(route: string, options: Omit<WebhookTrigger, "kind" | "route">): WebhookTrigger {
  const { headers, by, ...rest } = options;
  return {
    kind: "webhook",
    route: route as Route,
    ...rest,
    ...(by && { by: by.startsWith("header:") ? (by.toLowerCase() as Place) : by }),
    ...(headers && { headers: Object.fromEntries(Object.entries(headers).map(([field, name]) => [field, name?.toLowerCase()])) }),
  };
}

/**
 * Starts the flow by time. The request belongs to no consumer. Its id is made of the flow, the trigger and the scheduled time, so a run
 * that AWS delivers twice is one request.
 * @param expression `rate(…)`, first run at deployment, or `cron(…)`
 * @example schedule("rate(5 minutes)", { emits: StockAsked })
 * @example schedule("cron(0 6 ? * MON-FRI *)", { emits: ReportDue, data: { kind: "daily" }, timezone: "Europe/Lisbon" })
 */
export function schedule<const Text extends string, Event extends AnyEvent>(
  expression: ScheduleForm<Text>,
  options: ScheduleOptions & {
    /** The first event. */
    readonly emits: Event;
  } & DataOption<MessageOf<Event>["data"]>,
): ScheduleTrigger<Event> {
  return { kind: "schedule", expression: expression as ScheduleExpression, ...options };
}

/** Methods of handshakes that don't use the trigger's own route. */
const HANDSHAKE_METHODS: Readonly<Partial<Record<Handshake, "GET" | "HEAD">>> = { meta: "GET", dropbox: "GET", trello: "HEAD" };

/** @returns the route of the third party's handshake; `undefined` when it has none or uses the trigger's own route */
export function handshakeRoute(trigger: Trigger): `${"GET" | "HEAD"} /${string}` | undefined {
  const method = trigger.kind === "webhook" && trigger.verify.handshake && HANDSHAKE_METHODS[trigger.verify.handshake];
  return method ? `${method} ${trigger.route.slice(trigger.route.indexOf("/")) as `/${string}`}` : undefined;
}
