import type { AnyAdapter } from "./adapter.ts";
import { callSite } from "./call-site.ts";
import type { Duration } from "./duration.ts";
import type { AnyEvent, NameOf } from "./event.ts";
import type { Awaited } from "./filter/filter.ts";
import type { AnyJoin, Join } from "./join.ts";
import type { Percentage } from "./percentage.ts";
import type { Serial } from "./serial.ts";
import type { StepOptions } from "./step.ts";
import type { Trigger, WebhookTrigger } from "./trigger.ts";

/** A step without its type parameters, as the graph, the components and the runtime read it. */
export interface AnyStep extends StepOptions {
  readonly on: Awaited | AnyJoin;
  readonly emits: readonly AnyEvent[];
  readonly uses?: Readonly<Record<string, AnyAdapter>>;
  readonly serial?: Serial;
  // biome-ignore lint/suspicious/noExplicitAny: parameters are contravariant; the step's own types were checked by step()
  readonly handler: (...args: any) => any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly compensate?: (...args: any) => any;
}
type Bound = { readonly on: unknown; readonly emits: readonly AnyEvent[]; readonly handler: AnyStep["handler"] };

type EmittedBy<Steps> = {
  [K in keyof Steps]: Steps[K] extends { emits: readonly (infer E)[] } ? NameOf<E> : never;
}[keyof Steps];
type TriggeredBy<Triggers> = {
  [K in keyof Triggers]: Triggers[K] extends WebhookTrigger<infer E>
    ? NameOf<E>
    : Triggers[K] extends { emits: readonly (infer E)[] }
      ? NameOf<E>
      : Triggers[K] extends { emits: infer E }
        ? NameOf<E>
        : never;
}[keyof Triggers];
type AwaitedBy<S> = S extends { on: infer On } ? (On extends Join<infer Parts> ? NameOf<Parts[keyof Parts]> : NameOf<On>) : never;
/** The steps that were inferred; of a declaration without steps nothing is. */
type StepsOf<Steps> = string extends keyof Steps ? Readonly<Record<string, AnyStep>> : Steps;
/** A step that waits for an unpublished event becomes a string type that explains the mistake, to which the step is not assignable. */
type Wired<Steps, Known> = {
  [K in keyof Steps]: [Exclude<AwaitedBy<Steps[K]>, Known>] extends [never]
    ? Steps[K]
    : `step '${K & string}' waits for '${Exclude<AwaitedBy<Steps[K]>, Known> & string}', which no step or trigger emits and 'imports' does not list`;
};

export interface FlowOptions {
  /** One sentence: what the integration does and for which users. */
  readonly summary: string;
  /** Responsible team, shown in the catalogue and in alarms. */
  readonly owner: string;
  /**
   * URL of the module that exports this flow as default, `import.meta.url`.
   * @default the module that called flow()
   */
  readonly source?: string;
  /**
   * Former names, oldest first. The queues keep their messages, and requests that started under those names finish. @error NAME
   * @default none
   */
  readonly formerly?: readonly string[];
  /**
   * Files that the handlers read, by their paths from the flow's folder, such as `templates/order.txt`. They are packed with the code of the
   * flow's functions; read them by `new URL("./templates/order.txt", import.meta.url)`.
   * @default none
   */
  readonly files?: readonly string[];
  /**
   * Refuses requests while the flow is behind: its routes answer 503 with `Retry-After` while its steps receive messages that waited
   * longer than `oldest` for their first attempt. Schedules go on; polls read no further page.
   * @default none: the routes take every request; its messages wait for four days at most
   */
  readonly admission?: Admission;
  /**
   * Service level objective: most requests complete in time. Two metrics count those that do and those that do not, and two alarms ring when
   * late requests use up the error budget of 30 days too fast.
   * @default none: no objective is measured
   */
  readonly slo?: Slo;
}

export interface Admission {
  /** Longest wait of a message for its first attempt while the routes take requests. @range 1 minute to 1 day */
  readonly oldest: Duration;
}

export interface Slo {
  /** Longest time from the first event of a request to its completion. @range 1 second to 30 days */
  readonly completedWithin: Duration;
  /** Share of the requests that complete in that time, such as `"99.9 %"`; the others are the error budget. @range 95 % to 99.99 % @error RANGE */
  readonly for: Percentage;
}

export interface Flow<Steps = Readonly<Record<string, AnyStep>>> extends FlowOptions {
  readonly kind: "flow";
  readonly name: string;
  readonly source: string;
  readonly triggers: Readonly<Record<string, Trigger>>;
  /** Events of other flows that this flow waits for. */
  readonly imports: readonly AnyEvent[];
  readonly steps: Steps;
}

/**
 * Declares an integration. Make it the default export of a file in `flows/`; checkFlow() checks what types can't express.
 *
 * @param name kebab-case, unique in the hub, at most 24 characters; part of the names of its resources
 */
export function flow<
  Steps extends Record<string, Bound>,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the empty set of triggers
  Triggers extends Record<string, Trigger> = {},
  const Imports extends readonly AnyEvent[] = [],
>(
  name: string,
  declaration: FlowOptions & {
    /** What starts the flow, by name: `api`, `webhook`, `schedule`, `poll`. @default none: another flow's events start it @error NAME */
    readonly triggers?: Triggers;
    /** Events of other flows that this flow waits for. @default none @error EVENT */
    readonly imports?: Imports;
    /** The steps, by name. `{}` where each trigger is a synchronous endpoint that needs none. @range 1 or more @error RANGE */
    readonly steps: Wired<Steps, EmittedBy<Steps> | TriggeredBy<Triggers> | NameOf<Imports[number]>>;
  },
): Flow<StepsOf<Steps>> {
  return {
    kind: "flow",
    triggers: {},
    imports: [],
    ...declaration,
    name,
    source: declaration.source ?? callSite(flow),
  } as unknown as Flow<StepsOf<Steps>>;
}
