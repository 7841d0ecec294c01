import type { AnyAdapter, Operation } from "../adapter.ts";
import { type Auth, isOAuth2, templatesOf } from "../auth.ts";
import { shownUrl } from "../base-url.ts";
import { type HeaderValues, secretHeaders } from "../header.ts";
import { type Problem, problem } from "./problem.ts";

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
export const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
/** https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
export const isHeaderValue = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text);

const VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/** Characters of a path (https://www.rfc-editor.org/rfc/rfc3986#section-3.3), where `:name` is a parameter. */
const PATH = /^(?:\/(?:[\w.~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2}|:[A-Za-z0-9_]+)*)+$/;

/** Method and path of an operation. */
export function* checkRoute(where: string, route: string): Iterable<Problem> {
  const [verb = "", path = "", ...rest] = route.split(" ");
  if (!VERBS.includes(verb) || rest.length > 0 || !PATH.test(path)) {
    const remedy = `Write one of ${VERBS.join(", ")}, a space and a path such as "GET /orders/:id"; a query is declared as \`query\``;
    yield problem("ADAPTER", where, `"${route}" is not a method and a path that can be called`, remedy);
    return;
  }
  if (path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)))
    yield problem("ADAPTER", where, `"${route}" walks up the path`, "Write the path that is called, without . and ..");
  const params = [...path.matchAll(/:([A-Za-z0-9_]+)/g)].map(([, param = ""]) => param);
  const twice = params.find((param, i) => params.indexOf(param) !== i);
  if (twice !== undefined)
    yield problem("ADAPTER", where, `the path has the parameter ${twice} twice`, "Give each parameter a name of its own");
}

/** Ports that fetch calls nowhere. https://fetch.spec.whatwg.org/#port-blocking */
const BLOCKED_PORTS = new Set(
  (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 137 139 143 161 " +
    "179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 " +
    "5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080"
  ).split(" "),
);

/** Addresses of an adapter. */
export function* checkAddresses(where: string, { baseUrl: declared, auth }: AnyAdapter): Iterable<Problem> {
  const baseUrl = shownUrl(declared);
  if (!URL.canParse(baseUrl))
    yield problem("ADAPTER", where, `"${baseUrl}" is no URL`, 'Write it like "https://erp.example.com/api/v2"');
  const urls = [baseUrl, ...(isOAuth2(auth) ? [auth.tokenUrl] : [])].filter((url) => URL.canParse(url, baseUrl));
  for (const url of urls) {
    const { port } = new URL(url, baseUrl);
    if (BLOCKED_PORTS.has(port))
      yield problem(
        "ADAPTER",
        where,
        `no HTTP client calls port ${port}, which is another protocol's`,
        "Use the port of its HTTPS API",
      );
  }
}

const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(?:\s*;[\t\x20-\x7e]*)?$/;
/** What `Accept` may ask for beside a content type, such as `*\/*` of nothing(). RFC 9110, section 12.5.1 */
const MEDIA_RANGE = /^(?:\*|[\w.+-]+)\/\*$/;

/** Fixed headers of an adapter and one of its operations that get in each other's way, and content types that can't be sent. */
export function* checkSentHeaders(where: string, operation: Operation, adapter: AnyAdapter): Iterable<Problem> {
  const { sends, reads, errors = {} } = operation;
  for (const headers of [adapter.headers ?? {}, operation.headers]) yield* checkTwice(where, headers);
  const headers: HeaderValues = { ...adapter.headers, ...operation.headers };
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const key = (operation.idempotencyHeader ?? adapter.idempotencyHeader ?? "Idempotency-Key").toLowerCase();
  if (names.includes(key))
    yield problem(
      "ADAPTER",
      where,
      `the header ${key} carries the idempotency key`,
      'Leave the header out, or set `idempotencyHeader` to another name or "none"',
    );
  const own = ownHeaders(adapter.auth);
  const clash = [...names, ...(key === "none" ? [] : [key])].find((name) => own.includes(name));
  if (clash !== undefined)
    yield problem("ADAPTER", where, `the header ${clash} is set by \`auth\``, "Leave it out, or give one of them another name");
  for (const [header, secret] of secretHeaders(headers))
    if (secret === "")
      yield problem("ADAPTER", where, `the header ${header} names no key of the secret`, 'Write fromSecret("key")');
  const sent = [sends?.type].filter((type) => type !== undefined && !CONTENT_TYPE.test(type));
  const asked = [reads, ...Object.values(errors)]
    .map(({ content }) => content?.type)
    .filter((type) => type !== undefined && !CONTENT_TYPE.test(type) && !MEDIA_RANGE.test(type));
  for (const type of [...sent, ...asked])
    yield problem("ADAPTER", where, `"${type}" is no content type`, 'Write it like "text/csv"');
  for (const name of [reads, ...Object.values(errors)].flatMap(({ headers: wanted = [] }) => wanted))
    if (!isHeaderName(name)) yield problem("ADAPTER", where, `"${name}" can't name a header of an answer`, 'Name it like "ETag"');
}

function* checkTwice(where: string, headers: HeaderValues): Iterable<Problem> {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    yield problem("ADAPTER", where, `the header ${twice} is declared twice; names have no case`, "Declare it once");
}

/** Headers that carry credentials, in lower case. */
function ownHeaders(auth: Auth): readonly string[] {
  if (auth.kind === "none" || auth.kind === "connection") return [];
  if (auth.kind === "api-key" || auth.kind === "hmac") return Object.keys(auth.headers).map((name) => name.toLowerCase());
  if (auth.kind === "aws-sigv4") return ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
  return ["authorization"];
}

/** What credentials add to a call. @param taken headers that the hub or the connection sets, in lower case */
export function* checkSentCredentials(where: string, auth: Auth, taken: readonly string[]): Iterable<Problem> {
  if (auth.kind !== "api-key" && auth.kind !== "hmac") return;
  const place = `${where}, auth`;
  const clash = ownHeaders(auth).find((name) => name !== "authorization" && taken.includes(name));
  if (clash !== undefined)
    yield problem(
      "ADAPTER",
      place,
      `the header ${clash} is set by the hub, or by the connection`,
      "Name the header that the third party documents",
    );
  if (Object.keys(auth.query).includes(""))
    yield problem("ADAPTER", place, "a query parameter has no name", 'Name it like "api_key"');
  if (auth.kind === "hmac" && !templatesOf({ ...auth, signed: "", query: {} }).every(isHeaderValue))
    yield problem("ADAPTER", place, "a header has characters that no header can carry", "Encode them");
}
