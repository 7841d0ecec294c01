import { digitsOf } from "../../exact-json.ts";
import { headersOf, rawBodyOf } from "../../http/request.ts";
import type { ProxyEvent } from "../../lambda.ts";

/** The parts of a call that a signature may cover, unparsed. */
export interface Call {
  /** Upper case. */
  readonly method: string;
  /** All values of a header. @param name lower case */
  headers(name: string): readonly string[];
  /** All values of a parameter of the query string, decoded. */
  query(name: string): readonly string[];
  /** The query string's parameters, decoded, as the gateway passes them: those of one name together, in their order. */
  readonly parameters: readonly Parameter[];
  readonly body: Buffer;
  /** Without query string. */
  readonly url: string;
}
export type Parameter = readonly [name: string, value: string];

/** Call this before anything parses the body. */
export function callOf(event: ProxyEvent): Call {
  const query = queryOf(event);
  const body = rawBodyOf(event);
  return {
    method: event.httpMethod ?? "POST",
    headers: (name) => headersOf(event, name),
    query: (name) => query.filter(([key]) => key === name).map(([, value]) => value),
    parameters: query,
    body,
    get url() {
      const { domainName, path = "" } = event.requestContext;
      const scheme = headersOf(event, "x-forwarded-proto")[0] === "http" ? "http" : "https";
      return `${scheme}://${domainName}${path}`;
    },
  };
}

function queryOf({ multiValueQueryStringParameters: many, queryStringParameters: single }: ProxyEvent) {
  if (many) return Object.entries(many).flatMap(([key, values = []]) => values.map((value) => [key, value] as const));
  return Object.entries(single ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
}

/** @returns a body as JSON, each number as the text that was sent; `undefined` when it is not JSON */
export function jsonOf(body: Buffer): unknown {
  try {
    return digitsOf(body.toString());
  } catch {
    return undefined;
  }
}

/** Fields of an HTML form; a repeated one is a list. */
export type Fields = Readonly<Record<string, string | readonly string[]>>;

/** @returns the fields of `application/x-www-form-urlencoded`, in the order of first occurrence */
export function formFields(body: Buffer): Fields {
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(body.toString())) fields.set(name, [...(fields.get(name) ?? []), value]);
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]));
}
