import { escapeJavaScript } from "./escape.ts";
import { jsonPath } from "./json-path.ts";
import { type Host, parseJson, toJson, toText, type VtlMap, type VtlValue } from "./values.ts";

export interface RequestParams {
  readonly path: VtlMap;
  readonly querystring: VtlMap;
  /** Names as the caller wrote them. */
  readonly header: VtlMap;
}

/**
 * `$input` over a body. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 * The body is read as JSON when the template first asks for a part of it; an empty one counts as `{}`.
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
      params: (name) => (name === undefined ? new Map<string, VtlValue>(Object.entries(params)) : oneParam(params, toText(name))),
    },
  };
}

/** Path, query string, header: the first that has it, `""` when none has. Header names match whatever their case. */
function oneParam({ path, querystring, header }: RequestParams, name: string): VtlValue {
  const byHeader = [...header].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  return path.get(name) ?? querystring.get(name) ?? byHeader ?? "";
}

/** `$util`. A method that is not listed here fails loudly, where AWS prints the reference as it stands. */
export const utilHost: Host = {
  kind: "host",
  name: "$util",
  properties: {},
  methods: {
    escapeJavaScript: (text) => escapeJavaScript(textOf(text)),
    parseJson: (text) => parseJson(textOf(text)),
    urlEncode: (text) => javaUrlEncode(textOf(text)),
    urlDecode: (text) => decodeURIComponent(textOf(text).replaceAll("+", " ")),
    base64Encode: (text) => Buffer.from(textOf(text)).toString("base64"),
    base64Decode: (text) => Buffer.from(textOf(text), "base64").toString(),
  },
};

const textOf = (value: VtlValue) => (value === null || value === undefined ? "" : toText(value));

/** Java's URLEncoder: a blank is a plus sign, and only letters, digits and `.-*_` stay as they are. */
function javaUrlEncode(text: string): string {
  const hex = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, hex)
    .replaceAll("%20", "+");
}
