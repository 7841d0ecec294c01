import * as z from "zod";

/** How lists are written in a form: `a[0]=`, `a[]=`, or `a=` for each item. */
export type FormLists = "indexed" | "brackets" | "repeat";
/** How lists are written in a query: `a=1&a=2`, `a=1,2`, or `a[]=1&a[]=2`. */
export type QueryLists = "repeat" | "comma" | "brackets";

/** A file of a multipart body. */
export interface FilePart {
  /** File name that the third party sees. */
  readonly name: string;
  /** Content type, such as `application/pdf`. */
  readonly type: string;
  readonly data: Uint8Array;
}

/** Reads and writes text of one format. */
interface Codec {
  /** @throws Error when the text is malformed */
  read(text: string): unknown;
  write(value: unknown): string;
}

/** A body other than JSON. Made by `form`, `text`, `bytes`, `multipart`, `nothing`, and `xml` of model/xml.ts. */
export interface Content<In = unknown, Out = In, Form extends ContentForm = ContentForm> {
  readonly kind: "content";
  readonly form: Form;
  /** Content type of the request's body, or what an answer is asked for with `Accept`. */
  readonly type: string;
  /** What the value must be. For `bytes` and `nothing`, anything. */
  readonly schema: z.ZodType;
  /** For `form`. */
  readonly lists?: FormLists;
  /** For `multipart`: names of the fields that hold files. */
  readonly files?: readonly string[];
  /** For `stream`. */
  readonly maxBytes?: number;
  /** For `xml`. */
  readonly codec?: Codec;
  /** Carries the types only; never set. */
  readonly "~io"?: (value: In) => Out;
}
type ContentForm = "form" | "text" | "xml" | "bytes" | "stream" | "multipart" | "nothing";
// biome-ignore lint/suspicious/noExplicitAny: a bound that accepts each content
export type AnyContent = Content<any, any>;

/**
 * A body of `application/x-www-form-urlencoded`; its fields are part of the operation's input. Objects in it are written as `a[b]=c`,
 * booleans as `true` and `false`, `null` as an empty value.
 *
 * @param options.lists `indexed`: `a[0]=x&a[1]=y`; `brackets`: `a[]=x&a[]=y`; `repeat`: `a=x&a=y`. @default "indexed"
 * @example call("POST /v1/charges", { body: form(z.object({ amount: z.int(), metadata: z.record(z.string(), z.string()) })), … })
 */
export const form = <Fields extends z.ZodObject>(
  fields: Fields,
  { lists = "indexed" }: { readonly lists?: FormLists } = {},
): Content<z.input<Fields>, z.output<Fields>, "form"> => ({
  kind: "content",
  form: "form",
  type: "application/x-www-form-urlencoded",
  schema: fields,
  lists,
});

/**
 * Text. As a body it is the field `body` of the input, sent in UTF-8. As an answer, its charset is that of the `Content-Type`; without one,
 * UTF-8.
 * @param options.type content type. @default "text/plain"
 */
export const text = ({ type = "text/plain" }: { readonly type?: string } = {}): Content<string, string, "text"> => ({
  kind: "content",
  form: "text",
  type,
  schema: z.string(),
});

/**
 * Bytes, unchanged. As a body they are the field `body` of the input.
 * @param options.type content type. @default "application/octet-stream"
 */
export const bytes = ({
  type = "application/octet-stream",
}: {
  readonly type?: string;
} = {}): Content<Uint8Array, Uint8Array, "bytes"> => ({ kind: "content", form: "bytes", type, schema: z.unknown().optional() });

/**
 * A large answer, read piece by piece: the client returns an async iterable of chunks. The adapter's `timeout` is the limit until the
 * answer begins, and for each chunk. Only for operations that change nothing, since a stream may break off; the step's retry reads it anew.
 * @param options.maxBytes most bytes of the decoded body, 1 to 10 GB; one more is `RESPONSE_TOO_LARGE`
 * @param options.type what `Accept` asks for. @default "application/octet-stream"
 * @example for await (const chunk of await erp.export({ day })) hash.update(chunk);
 */
export const stream = ({
  maxBytes,
  type = "application/octet-stream",
}: {
  readonly maxBytes: number;
  readonly type?: string;
}): Content<Uint8Array, AsyncIterable<Uint8Array>, "stream"> => ({
  kind: "content",
  form: "stream",
  type,
  schema: z.unknown().optional(),
  maxBytes,
});

/**
 * A body of `multipart/form-data` (RFC 7578); its fields and files are part of the operation's input.
 * @param options.files names of the fields that hold a file, or a list of files
 */
export const multipart = <Fields extends z.ZodObject, const Files extends readonly string[]>({
  fields,
  files,
}: {
  readonly fields: Fields;
  readonly files: Files;
}): Content<z.input<Fields> & { readonly [F in Files[number]]: FilePart | readonly FilePart[] }, never, "multipart"> => ({
  kind: "content",
  form: "multipart",
  type: "multipart/form-data",
  schema: fields,
  files,
});

/** An answer without content, such as 204, or one whose content does not matter. The client returns `null`. */
export const nothing = (): Content<null, null, "nothing"> => ({
  kind: "content",
  form: "nothing",
  type: "*/*",
  schema: z.null(),
});

/** An answer of which status and headers count, too. */
export interface WithHeaders<Name extends string = string, Body = z.ZodType | AnyContent> {
  readonly kind: "with-headers";
  readonly headers: readonly Name[];
  readonly body: Body;
}

/**
 * The client returns `{ status, headers, body }` instead of the body alone.
 * @param headers the wanted headers; one that the answer lacks is `undefined`
 * @example returns: withHeaders(["ETag"], z.object({ id: z.string() }))
 */
export const withHeaders = <const Name extends string, Body extends z.ZodType | AnyContent>(
  headers: readonly Name[],
  body: Body,
): WithHeaders<Name, Body> => ({ kind: "with-headers", headers, body });

/** What `body` of an operation may be. A zod object is JSON whose fields are part of the input; any other schema is JSON in the field `body`. */
export type RequestBody = z.ZodType | AnyContent;
/** What `returns` and `errors` of an operation may be. A zod schema is JSON. */
type AnswerBody = z.ZodType | Content<never, unknown, "text" | "xml" | "bytes" | "stream" | "nothing">;
export type AnyAnswer = AnswerBody | WithHeaders<string, AnswerBody>;

type OfContent<C> = C extends { readonly "~io"?: (value: infer In) => infer Out }
  ? { readonly in: In; readonly out: Out }
  : never;

/** Part of the input that a body adds. */
export type BodyInput<Body> = Body extends { readonly kind: "content"; readonly form: infer Form }
  ? Form extends "form" | "multipart"
    ? OfContent<Body>["in"]
    : { readonly body: OfContent<Body>["in"] }
  : Body extends z.ZodObject
    ? z.input<Body>
    : Body extends z.ZodType
      ? { readonly body: z.input<Body> }
      : unknown;

/** The value of an answer's body. */
export type BodyOutput<Answer> = Answer extends { readonly kind: "with-headers"; readonly body: infer Body }
  ? BodyOutput<Body>
  : Answer extends { readonly kind: "content" }
    ? OfContent<Answer>["out"]
    : Answer extends z.ZodType
      ? z.output<Answer>
      : never;

/** What the client returns for an answer. */
export type AnswerOutput<Answer> =
  Answer extends WithHeaders<infer Name, infer Body>
    ? { readonly status: number; readonly headers: { readonly [N in Name]: string | undefined }; readonly body: BodyOutput<Body> }
    : BodyOutput<Answer>;

/** A sample of an answer. */
export type AnswerExample<Answer> =
  Answer extends WithHeaders<infer Name, infer Body>
    ? { readonly headers?: { readonly [N in Name]?: string }; readonly body: AnswerExample<Body> }
    : Answer extends { readonly kind: "content" }
      ? OfContent<Answer>["in"]
      : Answer extends z.ZodType
        ? z.input<Answer>
        : never;

export const isContent = (value: RequestBody | AnyAnswer): value is AnyContent => "kind" in value && value.kind === "content";
const isWithHeaders = (value: AnyAnswer): value is WithHeaders<string, AnswerBody> =>
  "kind" in value && value.kind === "with-headers";

/** An answer, taken apart. */
export interface AnswerForm {
  readonly schema: z.ZodType;
  /** `undefined`: JSON. */
  readonly content: AnyContent | undefined;
  /** Headers that the client returns; `undefined`: the body alone is returned. */
  readonly headers: readonly string[] | undefined;
}

export function answerForm(answer: AnyAnswer): AnswerForm {
  if (isWithHeaders(answer)) return { ...answerForm(answer.body), headers: answer.headers };
  return isContent(answer)
    ? { schema: answer.schema, content: answer, headers: undefined }
    : { schema: answer as z.ZodType, content: undefined, headers: undefined };
}
