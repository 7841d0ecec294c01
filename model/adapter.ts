import type * as z from "zod";
import type { Auth } from "./auth.ts";
import type { Duration } from "./duration.ts";
import type { Retry } from "./retry.ts";

type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Params<Path> = Path extends `${string}:${infer P}/${infer Rest}`
  ? P | Params<`/${Rest}`>
  : Path extends `${string}:${infer P}`
    ? P
    : never;

/** One call that a third party offers. */
export interface Operation<Input = unknown, Output = unknown> {
  /** Method and path below the adapter's `baseUrl`; `:name` stands for a path parameter. */
  readonly route: string;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  readonly returns: z.ZodType;
  readonly example: unknown;
  /** Carries the types only; never set. */
  readonly "~io"?: (input: Input) => Output;
}

interface CallSchemas<Query, Body, Returns extends z.ZodType> {
  /** Query parameters; they are part of the operation's input. */
  readonly query?: Query;
  /** JSON request body; its fields are part of the operation's input. */
  readonly body?: Body;
  /** Schema of the JSON response. A response of another shape is an error and is retried. */
  readonly returns: Returns;
  /** A sample response, for the docs and the local sandbox. @default made from `returns` */
  readonly example?: z.input<Returns>;
}

type InputOf<Schema> = Schema extends z.ZodType ? z.input<Schema> : unknown;

/**
 * Declares an operation of a third party. Its input is one object that holds path parameters, query and body fields.
 *
 * @example call("POST /orders", { body: z.object({ sku: z.string() }), returns: z.object({ id: z.string() }) })
 * @example call("GET /customers/:id", { returns: z.object({ name: z.string() }) })
 */
export function call<
  const Path extends `/${string}`,
  Returns extends z.ZodType,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
>(
  route: `${Verb} ${Path}`,
  schemas: CallSchemas<Query, Body, Returns>,
): Operation<InputOf<Query> & InputOf<Body> & { readonly [P in Params<Path>]: string }, z.output<Returns>> {
  return { route, query: schemas.query, body: schemas.body, returns: schemas.returns, example: schemas.example };
}

/** Structural on purpose: `Operation<any, any>` here feeds `any` back during inference (60 times the work). */
type AnyOperations = Record<string, { readonly route: string; readonly returns: z.ZodType }>;

export interface AdapterOptions<Ops> {
  /** One sentence for the catalogue. */
  readonly summary?: string;
  /** `https://…`, without a trailing slash; a stack can override it (`hub:thirdParties.<name>.baseUrl`). */
  readonly baseUrl: string;
  readonly auth: Auth;
  /** Limit of one HTTP call, from connecting to the last byte. 100 ms (`"0.1 seconds"`) to 25 seconds. */
  readonly timeout: Duration;
  /** How a step that uses this adapter is retried, unless the step says otherwise. @default DEFAULT_RETRY */
  readonly retry?: Retry;
  /** Most calls that all functions of this hub together make. @default no limit */
  readonly rateLimit?: { readonly calls: number; readonly per: Duration };
  /**
   * `"fixed"` for a third party with an allow list of addresses: steps that use it run in the stack's network (`hub:egress`) and make all
   * their calls from there. Its URL must use port 443. @default any address of AWS
   */
  readonly egress?: "fixed";
  readonly operations: Ops;
}

/** A third party: its address, authentication, operations and limits. */
export interface Adapter<Ops = Readonly<Record<string, Operation>>> extends AdapterOptions<Ops> {
  readonly kind: "adapter";
  readonly name: string;
}
// biome-ignore lint/suspicious/noExplicitAny: a bound that accepts each adapter
export type AnyAdapter = Adapter<any>;

/**
 * Declares a third party.
 *
 * @param name kebab-case, unique in the hub; a step's `uses` may give it another name.
 */
export function adapter<Ops extends AnyOperations>(name: string, options: AdapterOptions<Ops>): Adapter<Ops> {
  return { kind: "adapter", name, ...options };
}

/** Clients that a handler receives for its `uses`: one typed async function per operation. */
export type Clients<Uses> = {
  readonly [A in keyof Uses]: Uses[A] extends { readonly operations: infer Ops }
    ? {
        readonly [K in keyof Ops]: Ops[K] extends Operation<infer Input, infer Output>
          ? keyof Input extends never
            ? () => Promise<Output>
            : (input: Input) => Promise<Output>
          : never;
      }
    : never;
};
