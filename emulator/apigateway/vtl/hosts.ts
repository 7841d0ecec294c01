import { jsonPath } from "./json-path.ts";
import { type Host, parseJson, toJson, toText, type VtlMap, type VtlValue } from "./values.ts";
import { VtlError } from "./vtl-error.ts";

export interface RequestParams {
  readonly path: VtlMap;
  readonly querystring: VtlMap;
  /** Names as the caller wrote them. */
  readonly header: VtlMap;
}

/**
 * `$input` for a body. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 * The body is parsed as JSON when the template first reads a part of it. An empty body is `{}`.
 */
export function inputHost(body: string, params: RequestParams): Host {
  let parsed: { readonly value: VtlValue } | undefined;
  const at = (path: VtlValue) => {
    parsed ??= { value: body.trim() === "" ? new Map() : parseJson(body) };
    return jsonPath(parsed.value, path === undefined ? "$" : toText(path));
  };
  return {
    kind: "host",
    name: "$input",
    properties: { body: () => body },
    methods: {
      path: at,
      json: (path) => {
        const value = at(path);
        return value === undefined ? '""' : toJson(value);
      },
      params: (name) => (name === undefined ? new Map<string, VtlValue>(Object.entries(params)) : paramOf(params, toText(name))),
    },
  };
}

/** A parameter of the path, query string or headers, in this order; `""` when absent. Header names are case-insensitive. */
function paramOf({ path, querystring, header }: RequestParams, name: string): VtlValue {
  const byHeader = [...header].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  return path.get(name) ?? querystring.get(name) ?? byHeader ?? "";
}

/** `$util`. An unknown method throws an error, where AWS prints the reference unchanged. */
export const utilHost: Host = {
  kind: "host",
  name: "$util",
  properties: {},
  methods: {
    escapeJavaScript: (text) => escapeJavaScript(textOf(text)),
    parseJson: (text) => parseJson(textOf(text)),
    urlEncode: (text) => javaUrlEncode(textOf(text)),
    urlDecode: (text) => javaUrlDecode(textOf(text)),
    base64Encode: (text) => Buffer.from(textOf(text)).toString("base64"),
    base64Decode: (text) => Buffer.from(textOf(text), "base64").toString(),
  },
};

const textOf = (value: VtlValue) => (value === null || value === undefined ? "" : toText(value));

/** Java's URLEncoder: a space becomes a plus sign; only letters, digits and `.-*_` are not encoded. */
function javaUrlEncode(text: string): string {
  const hex = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, hex)
    .replaceAll("%20", "+");
}

/** Java's URLDecoder: a plus sign is a space, bytes that are not UTF-8 become U+FFFD, and a malformed `%` is an error. */
function javaUrlDecode(text: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw new VtlError("$util.urlDecode: the text has a % without two hex digits.");
  const bytes = (run: string) => Buffer.from(run.replaceAll("%", ""), "hex").toString();
  return text.replaceAll("+", " ").replace(/(?:%[0-9A-Fa-f]{2})+/g, bytes);
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\n": "\\n",
  "\t": "\\t",
  "\f": "\\f",
  "\r": "\\r",
  "'": "\\'",
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
};

/**
 * `$util.escapeJavaScript`, exactly as StringEscapeUtils of Apache commons-lang 2: escapes `/` and `'` too, and all non-ASCII characters
 * as `\uXXXX`. `\'` is not valid in JSON, hence the `.replaceAll("\\'","'")` that AWS documents.
 */
function escapeJavaScript(text: string): string {
  return text.replace(
    /["'/\\]|[^ -\u007f]/g,
    (char) => SHORT_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}
