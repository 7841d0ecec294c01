import * as fc from "fast-check";
import { webhookTenant } from "../../protocol/first-event.ts";
import type { HardenedHub } from "./hardened-hub.ts";
import { brokenBody, objectText, valueText } from "./json-text.ts";
import { brokenHeaderText, headerText, nasty, shortNasty, unfit } from "./nasty.ts";
import { JSON_TYPE, keyOf, type MakeProbe, probe } from "./probe.ts";
import { SIGNED } from "./sign.ts";
import { FORGERIES, soundToken } from "./tokens.ts";

type Headers = readonly (readonly [name: string, value: string])[];

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "get", "PURGE"];
const POSTS = ["/orders", "/fulfilments", "/echoes"];
const PATHS = [
  ...POSTS,
  "/sealed",
  "/hooks/stripe",
  "/hooks/github",
  "/hooks/slack",
  "/hooks/meta",
  "/freight-quotes",
  "/requests",
  "/requests/r-1",
  "/ops/dead-letters",
  "/ops/dead-letters/0123456789abcdef",
  "/ops/dead-letters/redrive",
  "/ops/dead-letters/discard",
  "/ops/replays",
  "/ops/replays/hub-x",
];
const CONSUMERS = ["default", "operations"];
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());
const path = fc.constantFrom(...PATHS);
const object = (value: unknown) => Buffer.from(JSON.stringify(value));

/** A hostile path segment, which must not end the request line. */
const segment = fc.oneof(
  nasty.map(encoded),
  headerText.map((text) => text.replace(/[\s?#]/g, "_")),
  fc.constantFrom(
    "%2f",
    "%2e%2e",
    "..",
    ".",
    "",
    "%00",
    "%5c",
    ";x=1",
    "%",
    "%c0%ae",
    "a".repeat(4_000),
    "*",
    "{requestId}",
    "$default",
    "@connections",
  ),
);

const target: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(path, segment).map(([one, more]) => `${one}/${more}`),
  fc.tuple(path, segment).map(([one, more]) => one.replace(/\/[^/]*$/, `/${more}`)),
  fc.array(segment, { maxLength: 4 }).map((all) => `/${all.join("/")}`),
  path.map((one) => `/${one}`),
  path.map((one) => `${one}/`),
  path.map((one) => one.toUpperCase()),
  path.map((one) => one.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)),
  path.map((one) => `/v1${one}`),
  path.map((one) => `/v1/../v1${one}`),
  path.map((one) => `http://evil.example.com${one}`),
  path.map((one) => `${one}#fragment`),
  fc.constantFrom(
    "*",
    "/",
    "//",
    "/v1",
    "/v1/",
    "/?",
    "http://",
    "/%",
    "/.well-known/x",
    "/requests/%2e%2e%2fops%2fdead-letters",
  ),
);

/** Headers that a component between the socket and the bus reads, and some that none does. */
const NAMES = [
  ...[
    "X-Correlation-ID",
    "x-correlation-id",
    "X-Amzn-Trace-Id",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Request-ID",
    "User-Agent",
  ],
  ...["Host", "Accept", "Cookie", "Cache-Control", "X-HTTP-Method-Override", "Origin", "Referer", "Via", "Prefer", "TE"],
  ...[
    "__proto__",
    "constructor",
    "X-Amz-Target",
    "X-Amz-Security-Token",
    "X-Original-URL",
    "Content-Encoding",
    "Range",
    "If-None-Match",
  ],
];
const headers = (text: fc.Arbitrary<string>): fc.Arbitrary<Headers> =>
  fc.array(fc.tuple(fc.constantFrom(...NAMES), text), { maxLength: 5 });
const LONG: Headers = [["X-Long", "x".repeat(8_500)]];

/** No credentials, valid ones and invalid ones. */
const credentials: fc.Arbitrary<(hub: HardenedHub) => Headers> = fc.oneof(
  fc.constant(() => []),
  fc.constantFrom(...CONSUMERS).map((consumer) => (hub: HardenedHub) => [keyOf(hub, consumer)]),
  headerText.map((text) => () => [["X-Api-Key", text] as const]),
  headerText.map((text) => () => [["Authorization", text] as const]),
  fc.constant((hub: HardenedHub) => [keyOf(hub), keyOf(hub)]),
);

const routed: fc.Arbitrary<MakeProbe> = fc
  .record({ method: fc.constantFrom(...METHODS), target, credentials, headers: headers(headerText), text: objectText })
  .map(({ method, target, credentials, headers, text }) => (hub) => {
    const all = [...credentials(hub), JSON_TYPE, ...headers];
    return probe(
      "method and path",
      { method, target, headers: all, body: method === "POST" ? text : "" },
      { tenants: CONSUMERS },
    );
  });

const queried: fc.Arbitrary<MakeProbe> = fc
  .record({
    path: fc.constantFrom("/requests", "/freight-quotes", "/ops/dead-letters", "/hooks/meta"),
    query: fc.array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom("flow", "status", "correlationId", "from", "to", "limit", "cursor", "state", "step", "error"),
          fc.constantFrom(
            "country",
            "postcode",
            "weightGrams",
            "express",
            "hub.mode",
            "hub.verify_token",
            "hub.challenge",
            "__proto__",
          ),
          nasty.map(encoded),
        ),
        fc.oneof(
          nasty.map(encoded),
          headerText.map((text) => text.replace(/[\s#]/g, "+")),
          fc.constantFrom("order-to-erp", "completed", "1", "0", "-1", "1e9", "2026-11-25", "9999-12-31"),
        ),
      ),
      { maxLength: 4 },
    ),
    consumer: fc.constantFrom(...CONSUMERS),
  })
  .map(({ path, query, consumer }) => (hub) => {
    const search = query.map(([name, value]) => `${name}=${value}`).join("&");
    return probe("query", { method: "GET", target: `${path}?${search}`, headers: [keyOf(hub, consumer)] });
  });

/** Valid requests with hostile text in every field, to routes with a schema and to one that accepts any body. */
const orders: fc.Arbitrary<MakeProbe> = fc
  .record({
    orderId: shortNasty(30),
    customerId: shortNasty(30),
    sku: shortNasty(30),
    note: fc.oneof(nasty, fc.constant("x")),
    more: valueText,
    headers: headers(headerText),
  })
  .map(({ more, headers, note, sku, ...order }) => (hub) => {
    const fields = JSON.stringify({
      ...order,
      note: [...note].slice(0, 200).join(""),
      lines: [{ sku, quantity: 1, unitCents: 5 }],
    });
    const body = `${fields.slice(0, -1)},"more":${more}}`;
    return probe("order", { target: "/orders", headers: [keyOf(hub), JSON_TYPE, ...headers], body }, { due: "accepted" });
  });
const echoes: fc.Arbitrary<MakeProbe> = fc
  .record({ text: objectText, headers: headers(headerText), long: fc.boolean(), sealed: fc.boolean() })
  .map(({ text, headers, long, sealed }) => (hub) => {
    const token = sealed ? soundToken(hub.issuer) : "";
    const proof = sealed ? (["Authorization", `Bearer ${token}`] as const) : keyOf(hub);
    return probe(
      sealed ? "any object, with a token" : "any object",
      { target: sealed ? "/sealed" : "/echoes", headers: [proof, JSON_TYPE, ...(long ? LONG : headers)], body: text },
      { due: "accepted", proofs: sealed ? [token] : [], tenants: [sealed ? "acme" : "default"] },
    );
  });

const tenantOf = (kind: string) =>
  kind === "stripe" ? webhookTenant("payment-notifications", "stripe") : webhookTenant("echo", kind);
const payment = (text: string) =>
  object({ id: text, type: "payment_intent.succeeded", data: { object: { id: text, metadata: { orderId: text } } } });
const unfitBodies: fc.Arbitrary<MakeProbe> = fc
  .record({ text: unfit, asKey: fc.boolean(), kind: fc.constantFrom("echoes", "stripe", "github") })
  .map(({ text, asKey, kind }) => (hub) => {
    const body = kind === "stripe" ? payment(text) : object(asKey ? { [text]: 1 } : { a: [text] });
    if (kind === "echoes") return probe("what no event carries", { headers: [keyOf(hub), JSON_TYPE], body }, { due: "refused" });
    const { proof, ...call } = SIGNED[kind === "stripe" ? "stripe" : "github"](hub, body);
    return probe("what no event carries", call, { due: "refused", proofs: [proof] });
  });

const bodies: fc.Arbitrary<MakeProbe> = fc
  .record({
    target: fc.constantFrom(...POSTS),
    body: fc.oneof(
      brokenBody,
      valueText.map((text) => Buffer.from(text)),
    ),
    type: fc.boolean(),
  })
  .map(
    ({ target, body, type }) =>
      (hub) =>
        probe("body", { target, headers: [keyOf(hub), ...(type ? [JSON_TYPE] : [])], body }),
  );

const ops: fc.Arbitrary<MakeProbe> = fc
  .record({
    target: fc.constantFrom("/ops/dead-letters/redrive", "/ops/dead-letters/discard", "/ops/replays"),
    field: fc.constantFrom("ids", "filter", "flow", "steps", "from", "to", "reason", "all", "x"),
    value: valueText,
    body: brokenBody,
    broken: fc.boolean(),
  })
  .map(
    ({ target, field, value, body, broken }) =>
      (hub) =>
        probe("ops", { target, headers: [keyOf(hub, "operations"), JSON_TYPE], body: broken ? body : `{"${field}":${value}}` }),
  );

const TYPES = [
  "text/plain",
  "text/xml",
  "application/xml",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
];
const contentTypes: fc.Arbitrary<MakeProbe> = fc
  .record({
    target: fc.constantFrom(...POSTS),
    type: fc.oneof(
      fc.constantFrom(...TYPES, "application/jsonp", "application/json, text/xml", "application/vnd.api+json", "*/*"),
      headerText,
    ),
    encoding: fc.constantFrom("gzip", "br", "deflate", "identity", "chunked", ""),
  })
  .map(({ target, type, encoding }) => (hub) => {
    const claims: Headers = [["Content-Type", type], ...(encoding === "" ? [] : [["Content-Encoding", encoding] as const])];
    return probe("content type", { target, headers: [keyOf(hub), ...claims], body: "{}" });
  });

const keys: fc.Arbitrary<MakeProbe> = fc
  .record({
    target: fc.constantFrom(...PATHS),
    text: headerText,
    kind: fc.constantFrom("wrong", "cut", "more", "in the query", "cookie"),
  })
  .map(({ target, text, kind }) => (hub) => {
    const [, key] = keyOf(hub);
    const wrong =
      new Map([
        ["wrong", text],
        ["cut", key.slice(0, -1)],
        ["more", `${key}x`],
      ]).get(kind) ?? "";
    const claims: Headers = kind === "cookie" ? [["Cookie", `x-api-key=${key}`]] : [["x-api-key", wrong]];
    const where = kind === "in the query" ? `${target}?x-api-key=${encodeURIComponent(key)}` : target;
    return probe("API key", { method: "POST", target: where, headers: [...claims, JSON_TYPE], body: "{}" }, { due: "refused" });
  });

const tokens: fc.Arbitrary<MakeProbe> = fc
  .record({
    forgery: fc.constantFrom(...Object.keys(FORGERIES)),
    text: nasty,
    scheme: fc.constantFrom("Bearer", "bearer", "Basic", ""),
  })
  .map(({ forgery, text, scheme }) => (hub) => {
    const token = FORGERIES[forgery]?.(hub.issuer, text) ?? "";
    const headers = [["Authorization", `${scheme} ${token}`], JSON_TYPE] as const;
    return probe("token", { target: "/sealed", headers, body: "{}" }, { due: "refused", proofs: [token] });
  });

const webhooks: fc.Arbitrary<MakeProbe> = fc
  .record({
    kind: fc.constantFrom("stripe", "github", "slack", "meta"),
    text: objectText,
    id: shortNasty(60),
    headers: headers(headerText),
  })
  .map(({ kind, text, id, headers }) => (hub) => {
    const { proof, headers: own, ...call } = SIGNED[kind](hub, kind === "stripe" ? payment(id) : Buffer.from(text));
    // Such a key is refused at any depth, and so is a number beyond 1.8e308.
    let refused = false;
    JSON.parse(call.body.toString(), (key, value: unknown) => {
      refused ||= key === "__proto__" || value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
      return value;
    });
    const due = refused ? "refused" : "accepted";
    return probe(
      "signed webhook",
      { ...call, headers: [...headers, ...own] },
      { due, proofs: [proof], tenants: [tenantOf(kind)] },
    );
  });
const forgedWebhooks: fc.Arbitrary<MakeProbe> = fc
  .record({
    kind: fc.constantFrom("stripe", "github", "slack", "meta"),
    how: fc.constantFrom("late", "early", "truncated", "changed", "re-ordered", "doubled", "unsigned", "text"),
    text: headerText,
    body: objectText,
  })
  .map(({ kind, how, text, body }) => (hub) => {
    const sound = Buffer.from(`{"first":1,"next":${body}}`);
    const dated = kind === "stripe" || kind === "slack";
    const off =
      new Map([
        ["late", -3_600],
        ["early", 3_600],
      ]).get(how) ?? 0;
    const signed = SIGNED[kind](hub, sound, Math.floor(Date.now() / 1_000) + off);
    const changes: Readonly<Record<string, Buffer>> = {
      truncated: sound.subarray(0, -1),
      changed: Buffer.from(sound.toString().replace("1", "2")),
      "re-ordered": Buffer.from(`{"next":${body},"first":1}`),
    };
    const forged = {
      doubled: [...signed.headers, ...signed.headers],
      unsigned: [],
      text: signed.headers.map(([name]) => [name, text] as const),
    }[how as "doubled"];
    const isForged = changes[how] !== undefined || forged !== undefined || (off !== 0 && dated);
    const request = { target: signed.target, headers: forged ?? signed.headers, body: changes[how] ?? sound };
    return probe("forged webhook", request, {
      due: isForged ? "refused" : "either",
      proofs: [signed.proof],
      tenants: [tenantOf(kind)],
    });
  });

/** Malformed HTTP. */
const wire: fc.Arbitrary<MakeProbe> = fc
  .record({ path, text: brokenHeaderText, kind: fc.integer({ min: 0, max: 7 }) })
  .map(({ path, text, kind }) => (hub) => {
    const [name, key] = keyOf(hub);
    const start = `POST ${path} HTTP/1.1\r\nHost: x\r\n${name}: ${key}\r\nConnection: close\r\n`;
    const all = [
      `${start}X-Correlation-ID: ${text}\r\nContent-Length: 2\r\n\r\n{}`,
      `${start}${text}: x\r\nContent-Length: 2\r\n\r\n{}`,
      `${start}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${start}Content-Length: ${text}\r\n\r\n{}`,
      `${start}Transfer-Encoding: ${text}\r\n\r\n{}`,
      `POST ${path} ${text} HTTP/1.1\r\nHost: x\r\n\r\n`,
      // Empty lines alone are not a request and get no response. https://www.rfc-editor.org/rfc/rfc9112#section-2.2
      `x${text}\r\n\r\n`,
      `POST ${path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    ];
    const bytes = Buffer.from(`${all[kind]}`, "latin1");
    return { what: "wire", bytes, sent: "{}", due: "either", proofs: [], tenants: ["default"] };
  });

/** Number of each kind; about a quarter must be accepted. */
export const SHARES: readonly (readonly [share: number, make: fc.Arbitrary<MakeProbe>])[] = [
  [0.16, routed],
  [0.07, queried],
  [0.02, orders],
  [0.18, echoes],
  [0.02, unfitBodies],
  [0.18, bodies],
  [0.04, ops],
  [0.12, contentTypes],
  [0.05, keys],
  [0.03, tokens],
  [0.04, webhooks],
  [0.04, forgedWebhooks],
  [0.05, wire],
];
