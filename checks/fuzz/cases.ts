import { JSON_TYPE, type ProbeRequest } from "./probe.ts";

const KB = 1_024;
const MB = 1_024 * KB;
const json = (of: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({ orderId: "O-1", customerId: "C-9", lines: [{ sku: "coffee", quantity: 1, unitCents: 5 }], ...of });
const nested = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;

type Refused = readonly [what: string, body: string | Buffer, status: number];
/** Bodies of `POST /orders` that must be refused. */
export const REFUSED_BODIES: readonly Refused[] = [
  ["nothing", "", 400],
  ["no JSON", "{'orderId':1}", 400],
  ["JSON with a byte order mark", `\ufeff${json()}`, 400],
  ["JSON in UTF-16", Buffer.from(json(), "utf16le"), 400],
  ["JSON that is cut off", json().slice(0, -1), 400],
  ["JSON twice", json() + json(), 400],
  ["JSON that is no object", `[${json()}]`, 400],
  ["null", "null", 400],
  ["a raw control character in a string", json().replace("O-1", "O\u0001"), 400],
  ["a raw line break in a string", json().replace("O-1", "O\r\n1"), 400],
  ["a number that is none", json().replace('"quantity":1', '"quantity":NaN'), 400],
  ["a number beyond all", json().replace('"quantity":1', '"quantity":1e400'), 400],
  ["a number below the least", json().replace('"quantity":1', '"quantity":-0'), 400],
  ["a key twice, the last of them unsound", json().replace(/}$/, ',"orderId":5}'), 400],
  ["a schema's field in __proto__ alone", `{"__proto__":${json()}}`, 400],
  ["half a surrogate pair", json({ note: "\ud800" }), 400],
  ["half a surrogate pair as a key", json({ "\udc00": 1 }), 400],
  ["U+FFFF", json({ note: "\uffff" }), 400],
  ["U+FFFE", json({ note: "\ufffe" }), 400],
  ["1,100 levels", nested(1_100), 400],
  ["30,000 levels", nested(30_000), 400],
  ["30,000 levels that never end", "[".repeat(30_000), 400],
  ["bytes that claim to be JSON", Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0xff]), 400],
  ["more than 64 KB", json({ note: "x".repeat(64 * KB) }), 413],
  ["10 MB", "x".repeat(10 * MB), 413],
  ["more than 10 MB", "x".repeat(10 * MB + 1), 413],
];

/** Bodies of `POST /echoes` that must reach the bus as JSON.parse reads them. */
export const CARRIED_BODIES: readonly (readonly [what: string, body: string])[] = [
  ["apostrophes", `{"a":"it's '' \\\\'"}`],
  ["quotes and backslashes", '{"a":"\\"\\\\\\"","\\"":"\\\\u0022"}'],
  ["escaped line breaks and controls", '{"a":"\\r\\n\\t\\u0000\\u001f\\u007f\\u0085\\u2028"}'],
  ["a surrogate pair, escaped and not", '{"a":"\\ud83d\\ude00","b":"😀"}'],
  ["an escape of an escape", '{"a":"\\\\ud800 \\\\uffff"}'],
  ["a key twice", '{"a":1,"a":2}'],
  ["__proto__ and constructor", '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'],
  ["the envelope's own names", '{"metadata":{"tenant":"other"},"data":{},"requestId":"stolen"}'],
  ["a template", '{"a":"$util.urlDecode(\\"%22%7D\\") #set($x=1) ${context.requestId} $input.json(\'$\')"}'],
  ["a directive that never ends", '{"a":"#if(true) #foreach($i in [1..9]) #* ## #[["}'],
  ["what would close the entry", '{"a":"\\"}}\\"}],\\"Entries\\":[{\\"Source\\":\\"hub.stolen"}'],
  ["500 levels", `{"a":${"[".repeat(500)}${"]".repeat(500)}}`],
  ["nearly 64 KB", JSON.stringify({ a: "ß".repeat(31 * KB) })],
];

type Asked = readonly [what: string, request: ProbeRequest, status: number];
/** Method and path tricks of a caller with a valid key. */
export const TRICKS: readonly Asked[] = [
  ["a method that the route lacks", { method: "DELETE", target: "/orders" }, 405],
  ["a method in small letters", { method: "post", target: "/orders" }, 400],
  ["an unknown method", { method: "HACK", target: "/orders" }, 400],
  ["TRACE", { method: "TRACE", target: "/orders" }, 404],
  ["CONNECT", { method: "CONNECT", target: "127.0.0.1:22" }, 400],
  ["an override of the method", { method: "GET", target: "/orders", headers: [["X-HTTP-Method-Override", "POST"]] }, 405],
  ["an encoded slash", { method: "GET", target: "/ops%2fdead-letters" }, 404],
  ["an encoded slash in a parameter", { method: "GET", target: "/requests/..%2fops%2fdead-letters" }, 400],
  ["dot segments", { method: "GET", target: "/requests/../ops/dead-letters" }, 404],
  ["encoded dot segments", { method: "GET", target: "/requests/%2e%2e/ops/dead-letters" }, 404],
  ["a null byte", { method: "GET", target: "/requests/r%00" }, 400],
  ["line breaks", { method: "GET", target: "/requests/r%0d%0aX-Injected:%201" }, 400],
  ["an invalid encoding", { method: "GET", target: "/requests/%zz" }, 400],
  ["an overlong encoding", { method: "GET", target: "/requests/%c0%ae%c0%ae" }, 400],
  ["an overlong id", { method: "GET", target: `/requests/${"r".repeat(4_000)}` }, 400],
  ["two slashes", { method: "GET", target: "//ops/dead-letters" }, 404],
  ["another case", { method: "GET", target: "/OPS/dead-letters" }, 404],
  ["an address of another host", { method: "GET", target: "http://evil.example.com/ops/dead-letters" }, 404],
  ["an asterisk", { method: "OPTIONS", target: "*" }, 404],
  ["the route of a parameter", { method: "GET", target: "/requests/{requestId}" }, 400],
  ["ops without being an operator", { method: "GET", target: "/ops/dead-letters" }, 403],
  ["a parameter twice", { method: "GET", target: "/requests?limit=1&limit=2" }, 400],
  ["an unknown parameter", { method: "GET", target: "/requests?__proto__=1" }, 400],
  ["a template in the query", { method: "GET", target: "/requests?flow=%24%7Bcontext.requestId%7D" }, 400],
];

/** Content types other than JSON, which must be refused. */
export const TYPES: readonly string[] = [
  "text/plain",
  "application/xml",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "application/json, text/plain",
  "application/vnd.api+json",
  "*/*",
  "#set($x=1)",
];

/** Headers that a template might interpret, or that would end one. */
export const HEADERS: readonly string[] = [
  '$util.urlDecode("%22%7D")',
  "#set($requestId = 'stolen')",
  "${context.requestId}",
  "$context.identity.apiKey",
  '","requestId":"stolen","x":"',
  "it's \\' \\\\' \\",
  '"',
  "\u00e9\u00ff",
  "x".repeat(1_000),
];

export const order = (headers: ProbeRequest["headers"] = [JSON_TYPE]): ProbeRequest => ({
  target: "/orders",
  headers,
  body: json(),
});
export const withBody = (target: string, body: string | Buffer): ProbeRequest => ({ target, headers: [JSON_TYPE], body });
