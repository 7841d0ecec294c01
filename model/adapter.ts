import * as z from "zod";
import type { Auth } from "./auth.ts";
import type { SecretUrl } from "./base-url.ts";
import {
  type AnswerForm,
  type AnswerOutput,
  type AnyAnswer,
  type AnyContent,
  answerForm,
  type BodyInput,
  type BodyOutput,
  isContent,
  type QueryLists,
  type RequestBody,
} from "./content.ts";
import type { Duration } from "./duration.ts";
import type { Example } from "./example.ts";
import type { FromSecret, HeaderInput, HeaderValues } from "./header.ts";
import type { AnyPages, Pages } from "./pages.ts";
import type { Retry } from "./retry.ts";

type Verb = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
type Params<Path> = Path extends `${string}:${infer Rest}` ? ParamAt<Rest> | Params<Rest> : never;
/** The name ends at the first character that can't be part of it: `:id.json` is the parameter `id`. */
type ParamAt<Rest> = Until<Until<Until<Until<Until<Until<Rest, "/">, ".">, "-">, ":">, "~">, ",">;
type Until<Text, End extends string> = Text extends `${infer Before}${End}${string}` ? Before : Text;

/** One call that a third party offers. */
export interface Operation<Input = unknown, Output = unknown, Page = unknown> {
  /** Method and path below the adapter's `baseUrl`; `:name` stands for a path parameter. */
  readonly route: string;
  readonly headers: HeaderValues;
  readonly query: z.ZodObject | undefined;
  readonly queryLists: QueryLists | undefined;
  readonly body: z.ZodType | undefined;
  /** How the body is written; `undefined`: JSON. */
  readonly sends: AnyContent | undefined;
  /** True where the body is the field `body` of the input; false where its fields are the input's. */
  readonly bodyIsField: boolean;
  readonly returns: z.ZodType;
  readonly reads: AnswerForm;
  /** Answers by status that the client returns and does not throw; `undefined`: the client returns the value of `returns` alone. */
  readonly errors: Readonly<Record<number, AnswerForm>> | undefined;
  readonly statuses: Statuses;
  readonly pages: AnyPages | undefined;
  readonly idempotencyHeader: string | undefined;
  readonly safeToRepeat: boolean;
  readonly example: unknown;
  /** Carries the types only; never set. */
  readonly "~io"?: (input: Input) => Output;
  readonly "~page"?: Page;
}

/** Statuses that mean something else than usual: 408, 425, 429 and 5xx are retried, other 3xx and 4xx are refusals. */
export interface Statuses {
  /** The call is repeated, with the backoff of the step. */
  readonly retry?: readonly number[];
  /** The call is not repeated: the client throws a TerminalError `THIRD_PARTY_REFUSED`. */
  readonly refuse?: readonly number[];
}

/** What the client returns for an operation with `errors`. */
export type Result<Value, Errors> =
  | { readonly ok: true; readonly value: Value }
  | {
      [S in keyof Errors & number]: { readonly ok: false; readonly status: S; readonly error: AnswerOutput<Errors[S]> };
    }[keyof Errors & number];

type ParameterOf<Query, Body> = (Query extends z.ZodObject ? keyof z.input<Query> : never) | KeyOf<Body>;
type KeyOf<Body> = unknown extends BodyInput<Body> ? never : keyof BodyInput<Body>;

interface CallOptions<Returns extends AnyAnswer, Query, Body, Headers, Errors, Paging, Path> {
  /** Headers beside those of the adapter: a text, `fromInput(…)` or `fromSecret(…)`. */
  readonly headers?: Headers;
  /** Query parameters; they are part of the operation's input. */
  readonly query?: Query;
  /** How lists in the query are written. @default the adapter's, else "repeat" */
  readonly queryLists?: QueryLists;
  /** A zod object: JSON, its fields are part of the input. Another zod schema: JSON in the field `body`. Else `form`, `text`, `xml`, … */
  readonly body?: Body;
  /** Schema of the JSON of a 2xx answer, or `text()`, `xml(…)`, `bytes()`, `nothing()`. An answer of another shape is an error. */
  readonly returns: Returns;
  /**
   * Answers by status that are results and no errors. The client then returns `{ ok: true, value }` or
   * `{ ok: false, status, error }`.
   * @range 300 to 599
   */
  readonly errors?: Errors;
  /** Statuses that are retried or refused other than usual. */
  readonly statuses?: Statuses;
  /** How further pages are found. The client then has `pages(input)`, an async iterator. */
  readonly pages?: Paging;
  /** Name of the header for the idempotency key, or `"none"`. @default the adapter's */
  readonly idempotencyHeader?: string;
  /**
   * True for a call that changes nothing whatever its method, such as a search by POST, and for one that the third party documents as safe to
   * repeat. Its outcome never counts as unknown, and it is called again when its answer can't be read. GET and HEAD always are. @default false
   */
  readonly safeToRepeat?: boolean;
  /**
   * What the local sandbox and tests answer: a sample, or a function of the call. A function makes the whole answer, pages included, and is
   * never called on AWS. @default made from `returns`
   */
  readonly example?: Example<CallInput<Path, Query, Body, Headers>, Returns>;
}

type QueryInput<Query> = Query extends z.ZodObject ? z.input<Query> : unknown;
type CallInput<Path, Query, Body, Headers> = QueryInput<Query> &
  BodyInput<Body> &
  HeaderInput<Headers> & { readonly [P in Params<Path>]: string };

/**
 * Declares an operation of a third party. Its input is one object that holds path parameters, query, headers and body fields.
 *
 * @example call("POST /orders", { body: z.object({ sku: z.string() }), returns: z.object({ id: z.string() }) })
 * @example call("GET /customers/:id", { returns: z.object({ name: z.string() }), errors: { 404: nothing() } })
 */
export function call<
  const Path extends `/${string}`,
  Returns extends AnyAnswer,
  Query extends z.ZodObject | undefined = undefined,
  Body extends RequestBody | undefined = undefined,
  const Headers extends HeaderValues = Readonly<Record<never, never>>,
  Errors extends Readonly<Record<number, AnyAnswer>> | undefined = undefined,
  const Paging extends Pages<BodyOutput<Returns>, ParameterOf<Query, Body>> | undefined = undefined,
>(
  route: `${Verb} ${Path}`,
  options: CallOptions<Returns, Query, Body, Headers, Errors, Paging, Path>,
): Operation<
  CallInput<Path, Query, Body, Headers>,
  Errors extends undefined ? AnswerOutput<Returns> : Result<AnswerOutput<Returns>, Errors>,
  Paging extends undefined ? never : AnswerOutput<Returns>
> {
  const { body, returns, errors } = options;
  const reads = answerForm(returns);
  const sends = body !== undefined && isContent(body) ? body : undefined;
  return {
    route,
    headers: options.headers ?? {},
    query: options.query,
    queryLists: options.queryLists,
    body: sends ? sends.schema : (body as z.ZodType | undefined),
    sends,
    bodyIsField: sends ? !["form", "multipart"].includes(sends.form) : body !== undefined && !(body instanceof z.ZodObject),
    returns: reads.schema,
    reads,
    errors: errors && Object.fromEntries(Object.entries(errors).map(([status, answer]) => [status, answerForm(answer)])),
    statuses: options.statuses ?? {},
    pages: options.pages as AnyPages | undefined,
    idempotencyHeader: options.idempotencyHeader,
    safeToRepeat: options.safeToRepeat ?? false,
    example: options.example,
  };
}

/** Structural on purpose: `Operation<any, any>` here feeds `any` back during inference (60 times the work). */
type AnyOperations = Record<string, { readonly route: string; readonly returns: z.ZodType }>;

export interface AdapterOptions<Ops> {
  /** One sentence for the catalogue. */
  readonly summary?: string;
  /**
   * `https://…`, without a trailing slash; a stack can override it (`hub:thirdParties.<name>.baseUrl`). `secretUrl(…)` where the address is a
   * secret. @error ADAPTER
   */
  readonly baseUrl: string | SecretUrl;
  /** How calls are authenticated: `bearer`, `basic`, `apiKey`, `oauth2ClientCredentials`, `noAuth`, … @error ADAPTER */
  readonly auth: Auth;
  /**
   * Client certificate of mutual TLS (RFC 8446, section 4.4.2), also towards the token endpoint. Secret:
   * `{ "certificate": "<PEM, with the chain>", "privateKey": "<PEM>" }`, with `passphrase` where the key has one, and `ca` (PEM) where the
   * third party's own certificate is from a private authority.
   */
  readonly clientCertificate?: {
    /** Name of the secret. @error NAME */
    readonly secret: string;
  };
  /** Limit of one HTTP call, from connecting to the last byte. @range 0.1 to 25 seconds */
  readonly timeout: Duration;
  /** How a step that uses this adapter is retried, unless the step says otherwise. @default {@link DEFAULT_RETRY} */
  readonly retry?: Retry;
  /** Limit of the calls that all functions of this hub together make. @default no limit */
  readonly rateLimit?: {
    /** Calls in any window of `per`. @range 1 to 100000 */
    readonly calls: number;
    /** Length of the window. @range 1 second to 1 day */
    readonly per: Duration;
  };
  /**
   * `"fixed"` for a third party with an allow list of addresses: steps that use it run in the stack's network (`hub:egress`) and make all
   * their calls from there. Its URL must use port 443. @default any address of AWS
   */
  readonly egress?: "fixed";
  /** Headers of every call: a text or `fromSecret(…)`. */
  readonly headers?: Readonly<Record<string, string | FromSecret>>;
  /** How lists in queries are written. @default "repeat" */
  readonly queryLists?: QueryLists;
  /**
   * Header of the idempotency key, which stays the same when a delivery repeats a call; `"none"` where the third party refuses such a
   * header. @default "Idempotency-Key"
   */
  readonly idempotencyHeader?: string;
  /** Its calls, by name, made with `call`. @error ADAPTER */
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

/** Reads page after page; each call counts for the rate limit. Leaving the loop ends it. */
interface Paged<Input, Page> {
  readonly pages: keyof Input extends never ? () => AsyncIterable<Page> : (input: Input) => AsyncIterable<Page>;
}

/** What a handler gets for a connection in its `uses`. */
interface ConnectionClient<Key extends string> {
  /**
   * Reads the secret, at most five minutes old. Log lines and dead letters show `***` for its values of 8 characters or more.
   * @throws RetryableError `SECRET_UNAVAILABLE`; `SECRET_INVALID` when a key is missing
   */
  secret(): Promise<Readonly<Record<Key, string>>>;
}

/**
 * Clients that a handler receives for its `uses`: one typed async function per operation, with `pages` where the operation has pages; of a
 * connection, its secret.
 */
export type Clients<Uses> = {
  readonly [A in keyof Uses]: Uses[A] extends {
    readonly auth: { readonly kind: "connection"; readonly keys: readonly (infer Key extends string)[] };
  }
    ? ConnectionClient<Key>
    : Uses[A] extends { readonly operations: infer Ops }
      ? {
          readonly [K in keyof Ops]: Ops[K] extends Operation<infer Input, infer Output, infer Page>
            ? (keyof Input extends never ? () => Promise<Output> : (input: Input) => Promise<Output>) &
                ([Page] extends [never] ? unknown : Paged<Input, Page>)
            : never;
        }
      : never;
};
