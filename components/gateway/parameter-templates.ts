import type { RouteParameters } from "../../model/index.ts";
import { PARAMETER_TEXTS } from "../../protocol/routes.ts";
import { escaped, UNFIT } from "./template-text.ts";

/** Characters that the path may add to a request id; the id's own limit is 512. */
const LONGEST_IN_ID = 256;
/** U+FFFD is what bytes become that are not UTF-8. */
const NOT_UTF8 = "(?s).*\\ufffd.*";
/** Java's URLDecoder throws for a sign of percent without two digits. */
const NOT_ENCODED = "(?s).*%(?![0-9A-Fa-f]{2}).*";

const hasAny = ({ path, query }: RouteParameters) => Object.keys(path).length + Object.keys(query).length > 0;

/**
 * Sets $fields, the JSON text of the fields that path and query hold, each after a comma; $pathId, which keeps the calls of one
 * Idempotency-Key to two paths apart; and $fault, why a parameter is refused, or `""`.
 *
 * A path parameter comes as the caller sent it, percent-encoded; one of the query comes decoded. Of a name that the query has several times,
 * templates see the last value. `$util.urlDecode` reads a plus sign as a space, which only queries mean by it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 * @returns `""` for a route without parameters
 */
export function readParameters(parameters: RouteParameters): string {
  if (!hasAny(parameters)) return "";
  const lines = [
    ...Object.entries(parameters.path).map(([name, type]) => readPath(name, type)),
    ...Object.entries(parameters.query).map(([name, type]) => readQuery(name, type)),
  ];
  return `#set($q = '"')
#set($fields = "")
#set($pathId = "")
#set($fault = "")
${lines.join("\n")}
#if($pathId.length() > ${LONGEST_IN_ID} && $requestId != $context.requestId)
#set($fault = "The path is too long for a call with an Idempotency-Key.")
#elseif($requestId != $context.requestId)
#set($requestId = "\${requestId}\${pathId}")
#end
`;
}

const fault = (name: string, what: string) => `#set($fault = "The parameter ${name} ${what}.")`;

const readPath = (name: string, type: unknown) => `#set($value = $input.params().path.get("${name}"))
#if($value.matches('${NOT_ENCODED}'))
${fault(name, "of the path is not percent-encoded")}
#else
#set($value = $util.urlDecode($value.replaceAll('[+]', '%2B')))
#set($part = $util.urlEncode($value).replaceAll('[+]', ':20').replaceAll('[*]', ':2A').replaceAll('[.]', ':2E').replaceAll('%', ':'))
#set($pathId = "\${pathId}.\${part}")
${addField(name, type)}
#end`;

const readQuery = (name: string, type: unknown) => `#if($input.params().querystring.containsKey("${name}"))
#set($value = $input.params().querystring.get("${name}"))
${addField(name, type)}
#end`;

function addField(name: string, type: unknown): string {
  const texts = PARAMETER_TEXTS[String(type)];
  // JSON writes no leading zeros.
  const value = texts === undefined ? escaped("$value") : "$value.replaceFirst('^(-?)0+([0-9])', '$1$2')";
  const quote = texts === undefined ? `\${q}` : "";
  const kind = type === "boolean" ? "neither true nor false" : type === "integer" ? "no whole number" : "no number";
  return `#if($value.matches('${UNFIT}'))
${fault(name, "holds U+FFFE, U+FFFF or half a surrogate pair, which no event can carry")}
#elseif($value.matches('${NOT_UTF8}'))
${fault(name, "is not percent-encoded UTF-8")}
${texts === undefined ? "" : `#elseif(!$value.matches('${texts}'))\n${fault(name, `is ${kind}`)}\n`}#else
#set($text = ${value})
#set($fields = "\${fields},\${q}${name}\${q}:${quote}\${text}${quote}")
#end`;
}

/** Whether a parameter is refused; a condition of Velocity. */
export const refuses = (parameters: RouteParameters): string | undefined => (hasAny(parameters) ? '$fault != ""' : undefined);

/**
 * Sets $data, the payload's JSON. `$input.json` re-serialises the body, which the model requires to be an object without the parameters'
 * names.
 */
export function setData(parameters: RouteParameters): string {
  if (!hasAny(parameters)) return "#set($data = $input.json('$'))";
  const open = parameters.body ? "$input.json('$').replaceAll('[}]$', '')" : '"{"';
  return `#set($open = ${open})
#if($open == "{")
#set($fields = $fields.replaceFirst('^,', ''))
#end
#set($close = '}')
#set($data = "\${open}\${fields}\${close}")`;
}

/** What a body is refused with where none is taken. */
export const NO_BODY = "The route takes no body: path and query hold all its fields.";

/** Sets $hasBody: whether there is a body although none is taken. A template of a response can't see the request's body. */
export const checkNoBody = ({ body }: RouteParameters): string =>
  body ? "" : `#set($hasBody = $input.body && !$input.body.matches('\\s*([{]\\s*[}]\\s*)?'))\n`;
