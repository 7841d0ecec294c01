import type * as z from "zod";
import type { AnyAdapter } from "./adapter.ts";
import { apiKeyAuth, type CallerAuth } from "./caller-auth.ts";
import type { AnyEvent } from "./event.ts";
import type { Signature } from "./signature.ts";
import type { SyncOptions, SyncTrigger } from "./sync.ts";

type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** Method and path, such as `"POST /orders"`. */
export type Route = `${Verb} /${string}`;

interface TriggerOptions<Event> {
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

export type Trigger<Event = AnyEvent> = ApiTrigger<Event> | WebhookTrigger<Event> | SyncTrigger<Event>;

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

/** @returns the route by which the third party asks whether the URL is the hub's; `undefined` where it does not, or posts that, too. */
export const handshakeRoute = (trigger: Trigger): Route | undefined =>
  trigger.kind === "webhook" && trigger.verify.handshake === "meta"
    ? `GET ${trigger.route.slice(trigger.route.indexOf("/")) as `/${string}`}`
    : undefined;
