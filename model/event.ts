import type * as z from "zod";

/** A payload with the name of its event. Event constructors make it, and handlers return it. */
export interface Message<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

export interface EventOptions {
  /**
   * Major version of the payload's schema; raise it when a change would break a consumer.
   * @default 1
   */
  readonly version?: number;
  /** One sentence for the catalogue: the fact that this event states. */
  readonly summary?: string;
}

/**
 * An event contract that is also the constructor of its messages.
 *
 * `Data` is what handlers receive (defaults filled in); `Input` is what the constructor takes.
 */
export interface EventType<Name extends string = string, Data = unknown, Input = Data> {
  (data: Input): Message<Name, Input>;
  readonly kind: "event";
  /** PascalCase, a fact in the past tense. EventBridge's `detail-type`. */
  readonly type: Name;
  readonly version: number;
  readonly summary: string | undefined;
  readonly schema: z.ZodType;
  /** Carries the payload's type only; never set. */
  readonly "~data"?: Data;
}

// biome-ignore lint/suspicious/noExplicitAny: a bound that accepts each event; `unknown` would reject them by variance
export type AnyEvent = EventType<any, any, any>;
export type NameOf<E> = E extends { readonly type: infer Name extends string } ? Name : never;
export type DataOf<E> = E extends { readonly "~data"?: infer Data } ? Exclude<Data, undefined> : never;
export type MessageOf<E> = E extends (data: infer Input) => Message<infer Name, unknown> ? Message<Name, Input> : never;
/** The message a consumer sees, with its schema's defaults filled in. */
export type ReceivedOf<E> = E extends AnyEvent ? Message<NameOf<E>, DataOf<E>> : never;

/** Names of events that the hub publishes about steps; a flow can't declare them. */
export const HUB_EVENTS = ["StepSucceeded", "StepFailed", "StepGivenUp", "JoinTimedOut", "CompensateStep"] as const;

/**
 * Declares an event: a fact that happened, with the schema of its payload.
 *
 * @param type PascalCase, past tense, such as `"OrderRegistered"`; unique within its flow.
 * @param schema a zod object; it must be expressible as JSON Schema (no transforms), since the
 *   gateway and the Lambda validate with JSON Schema.
 * @example
 * export const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string() }));
 * OrderPlaced({ orderId: "1" }); // a message
 */
export function event<const Name extends string, S extends z.ZodObject>(
  type: Name,
  schema: S,
  options: EventOptions = {},
): EventType<Name, z.output<S>, z.input<S>> {
  const construct = (data: z.input<S>): Message<Name, z.input<S>> => ({ type, data });
  return Object.assign(construct, {
    kind: "event",
    type,
    version: options.version ?? 1,
    summary: options.summary,
    schema,
  } as const);
}
