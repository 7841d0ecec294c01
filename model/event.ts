import type * as z from "zod";
import { firstName } from "./first-name.ts";

/** A payload with the name of its event. Event constructors make it, and handlers return it. */
export interface Message<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** Turns a payload of one version into one of the next. */
export interface Lift<Old = never, Next = unknown> {
  /** Schema of the older version. The payload is validated against it, its defaults filled in, before it is lifted. @default none */
  readonly schema?: z.ZodObject;
  /** Pure and synchronous: it runs again for each delivery, also of messages that are months old. */
  readonly lift: (old: Old) => Next;
}

export interface EventOptions {
  /**
   * Version of the payload's schema. Raise it when a payload of the old schema may not fit the new one.
   * @range 1 or more
   * @default 1
   */
  readonly version?: number;
  /** One sentence for the catalogue: the fact that this event states. */
  readonly summary?: string;
  /**
   * Former names, oldest first. The first one stays the event's name on the bus, so that messages keep their meaning whatever code published
   * them. Code and catalogue use the new name. @error NAME
   * @default none
   */
  readonly formerly?: readonly string[];
}

/** Business keys of an event: fields by whose values a request is found. */
interface KeyOptions<S extends z.ZodObject> {
  /**
   * Fields of the payload by whose values an operator finds the request, such as the order's number: each a string or a number.
   * Of a field that is personal (`.meta({ personal: true })`) only a hash is kept. A request keeps its first 10 values, 90 days long.
   * @range 1 to 3
   * @default none
   */
  readonly keys?: readonly (keyof z.output<S> & string)[];
}

/**
 * An event contract that is also the constructor of its messages.
 *
 * `Data` is what handlers receive (defaults filled in); `Input` is what the constructor takes.
 */
export interface EventType<Name extends string = string, Data = unknown, Input = Data> {
  (data: Input): Message<Name, Input>;
  readonly kind: "event";
  /** PascalCase, a fact in the past tense. EventBridge's `detail-type`, unless the event was renamed: see `busName`. */
  readonly type: Name;
  readonly formerly: readonly string[];
  readonly version: number;
  readonly summary: string | undefined;
  /** Fields by whose values requests are found. */
  readonly keys: readonly string[];
  readonly schema: z.ZodType;
  /** By the older version: what makes a payload of the next version of it. */
  readonly from: Readonly<Record<number, Lift>>;
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

/** `Successors[n]` is n + 1. */
type Successors = readonly [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
/** What a lift from this version returns: the next version's payload, or the current one's when no lift starts from the next. */
type NextInput<Olds, Version, Current> = Version extends keyof Successors
  ? `${Successors[Version] & number}` extends infer Next extends keyof ByText<Olds>
    ? ByText<Olds>[Next] extends z.ZodObject
      ? z.input<ByText<Olds>[Next]>
      : Readonly<Record<string, unknown>>
    : Current
  : unknown;
type ByText<Olds> = { [Version in keyof Olds as `${Version & (string | number)}`]: Olds[Version] };
/** Lifts by the version that they start from. A function alone takes a payload that no schema describes. */
type Lifts<Olds, Current> = {
  readonly [Version in keyof Olds]:
    | {
        readonly schema: Olds[Version] & z.ZodObject;
        readonly lift: (
          old: Olds[Version] extends z.ZodObject ? z.output<Olds[Version]> : never,
        ) => NextInput<Olds, Version, Current>;
      }
    | ((old: Readonly<Record<string, unknown>>) => NextInput<Olds, Version, Current>);
};

/**
 * Declares an event: a fact that happened, with the schema of its payload.
 *
 * @param type PascalCase, past tense, such as `"OrderRegistered"`; unique within its flow.
 * @param schema a zod object; it must be expressible as JSON Schema (no transforms), since the
 *   gateway and the Lambda validate with JSON Schema.
 * @param options.keys fields by whose values a request is found. @default none
 * @param options.from lifts from older versions, each to the next one. Messages of an older version that no lift starts from, and those
 *   of a newer version, wait as dead letters (`UNSUPPORTED_VERSION`) until the code knows their version. @default none
 * @example
 * export const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string() }));
 * OrderPlaced({ orderId: "1" }); // a message
 * @example
 * event("OrderPlaced", z.object({ orderId: z.string(), currency: z.string() }), {
 *   version: 2,
 *   from: { 1: { schema: z.object({ orderId: z.string() }), lift: (old) => ({ ...old, currency: "EUR" }) } },
 * });
 */
export function event<
  const Name extends string,
  S extends z.ZodObject,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the empty set of older versions
  Olds = {},
>(
  type: Name,
  schema: S,
  options: EventOptions &
    KeyOptions<S> & {
      /** By older version: its schema, and the `lift` to the next version. @default none: older events wait as dead letters @error RANGE */
      readonly from?: Lifts<Olds, z.input<S>>;
    } = {},
): EventType<Name, z.output<S>, z.input<S>> {
  const construct = (data: z.input<S>): Message<Name, z.input<S>> => ({ type, data });
  const lifts = Object.entries<Lift | Lift["lift"]>(options.from ?? {});
  return Object.assign(construct, {
    kind: "event",
    type,
    formerly: options.formerly ?? [],
    version: options.version ?? 1,
    summary: options.summary,
    keys: options.keys ?? [],
    schema,
    from: Object.fromEntries(lifts.map(([version, lift]) => [version, typeof lift === "function" ? { lift } : lift])),
  } as const);
}

/** Name of the event on the bus, EventBridge's `detail-type`, and in the steps' reports: the first one that it had. */
export const busName = ({ type, formerly }: Pick<AnyEvent, "type" | "formerly">): string => firstName(type, formerly);

/** Every name that the event has had, the current one first. */
export const namesOf = ({ type, formerly }: Pick<AnyEvent, "type" | "formerly">): readonly string[] => [type, ...formerly];

/** Name of an older version's schema among the validators of a bundle. */
export const versionName = (type: string, version: number): string => `${type}@${version}`;

/** @returns the event's schema under its name, and those of its older versions that declare one under `versionName` */
export const schemasOfVersions = (event: AnyEvent): readonly (readonly [name: string, { readonly schema: z.ZodType }])[] => [
  [event.type, event],
  ...Object.entries<Lift>(event.from).flatMap(([version, { schema }]) =>
    schema ? [[versionName(event.type, Number(version)), { schema }] as const] : [],
  ),
];
