import type * as z from "zod";
import type { AnyAdapter } from "./adapter.ts";
import { apiKeyAuth, type CallerAuth } from "./caller-auth.ts";
import type { Duration } from "./duration.ts";
import type { AnyEvent, MessageOf } from "./event.ts";
import type { RouteSettings } from "./route-settings.ts";
import type { ScheduleExpression } from "./schedule.ts";
import type { Signature } from "./signature.ts";
import type { SyncOptions, SyncTrigger } from "./sync.ts";

type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** Method and path, such as `"POST /orders"`. */
export type Route = `${Verb} /${string}`;

interface TriggerOptions<Event> extends RouteSettings {
  /** The first event. Its `data` is the request's body, which has to be of the event's schema. */
  readonly emits: Event;
  /** One sentence for the API's documentation. */
  readonly summary?: string;
}

/** The gateway authenticates the caller and publishes the event itself; no Lambda is in the way. */
export interface ApiTrigger<Event = AnyEvent> extends TriggerOptions<Event> {
  readonly kind: "api";
  readonly route: Route;
  readonly auth: CallerAuth;
}

/** An ingress Lambda verifies the signature over the raw body, and publishes the event. */
export interface WebhookTrigger<Event = AnyEvent> extends TriggerOptions<Event> {
  readonly kind: "webhook";
  readonly route: Route;
  readonly verify: Signature;
}

/** EventBridge Scheduler publishes the event by time; no Lambda is in the way. */
export interface ScheduleTrigger<Event = AnyEvent> extends ScheduleOptions {
  readonly kind: "schedule";
  readonly expression: ScheduleExpression;
  /** The first event. */
  readonly emits: Event;
  /** The event's payload, the same at each run; `{}` where it is left out. */
  readonly data?: unknown;
}
interface ScheduleOptions {
  /** One sentence for the catalogue. */
  readonly summary?: string;
  /**
   * IANA name, such as `"Europe/Lisbon"`, in which a cron is read. A local time that the zone skips does not run, one that it repeats runs once.
   * @default "UTC"
   */
  readonly timezone?: string;
  /** Runs may be spread over this much time after the scheduled one. 1 minute to 1 day. @default none: within the minute */
  readonly window?: Duration;
  /** False keeps the schedule without running it. @default true */
  readonly enabled?: boolean;
}

export type Trigger<Event = AnyEvent> = ApiTrigger<Event> | WebhookTrigger<Event> | SyncTrigger<Event> | ScheduleTrigger<Event>;
/** A trigger that has a route of the gateway's. */
export type RoutedTrigger = Exclude<Trigger, { readonly kind: "schedule" }>;

/** The routes of a flow's triggers, by the triggers' names. */
export const routedTriggers = (triggers: Readonly<Record<string, Trigger>>): readonly (readonly [string, RoutedTrigger])[] =>
  Object.entries(triggers).flatMap(([name, trigger]) => (trigger.kind === "schedule" ? [] : [[name, trigger] as const]));

type DataOption<Data> = Record<never, never> extends Data ? { readonly data?: Data } : { readonly data: Data };

/**
 * Starts the flow with an authenticated API request: 202, and the event is on the bus.
 * @param route fixed path, no parameters; unique in the hub.
 */
export function api<Event extends AnyEvent>(
  route: Route,
  options: TriggerOptions<Event> & {
    readonly mode?: never;
    /** @default apiKeyAuth() */
    readonly auth?: CallerAuth;
  },
): ApiTrigger<Event>;
/**
 * Answers an authenticated API request: a function asks third parties, publishes what it found out, and answers.
 * @param route fixed path, no parameters; unique in the hub. A GET takes its input from the query.
 */
export function api<
  Request extends z.ZodObject,
  Answer extends z.ZodObject,
  Event extends AnyEvent,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the empty set of adapters
  Uses extends Record<string, AnyAdapter> = {},
>(route: Route, options: SyncOptions<Request, Answer, Event, Uses>): SyncTrigger<Event>;
export function api(route: Route, options: object): ApiTrigger | SyncTrigger {
  const { mode, ...rest } = options as { readonly mode?: "sync" };
  return { kind: mode ?? "api", route, auth: apiKeyAuth(), ...rest } as unknown as ApiTrigger | SyncTrigger;
}

/** Starts the flow with a third party's signed call. */
export function webhook<Event extends AnyEvent>(
  route: Route,
  options: TriggerOptions<Event> & { readonly verify: Signature },
): WebhookTrigger<Event> {
  return { kind: "webhook", route, ...options };
}

/**
 * Starts the flow by time. A run of the hub's own making: its request belongs to nobody's API key, and its id is made of the flow, the
 * trigger and the scheduled time, so a run that AWS delivers twice is one request.
 * @param expression `rate(…)`, first run when it is deployed, or `cron(…)`
 * @example schedule("rate(5 minutes)", { emits: StockAsked })
 * @example schedule("cron(0 6 ? * MON-FRI *)", { emits: ReportDue, data: { kind: "daily" }, timezone: "Europe/Lisbon" })
 */
export function schedule<Event extends AnyEvent>(
  expression: ScheduleExpression,
  options: ScheduleOptions & { readonly emits: Event } & DataOption<MessageOf<Event>["data"]>,
): ScheduleTrigger<Event> {
  return { kind: "schedule", expression, ...options };
}

/** @returns the route by which the third party asks whether the URL is the hub's; `undefined` where it does not, or posts that, too. */
export const handshakeRoute = (trigger: Trigger): Route | undefined =>
  trigger.kind === "webhook" && trigger.verify.handshake === "meta"
    ? `GET ${trigger.route.slice(trigger.route.indexOf("/")) as `/${string}`}`
    : undefined;
