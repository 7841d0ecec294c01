import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import {
  type AdapterOptions,
  adapter,
  apiKey,
  bearer,
  bytes,
  call,
  checkFlow,
  flow,
  form,
  fromInput,
  fromSecret,
  hmacSigned,
  multipart,
  noAuth,
  nothing,
  oauth2ClientCredentials,
  secretUrl,
  step,
  stream,
  text,
  withHeaders,
} from "../../../model/index.ts";
import { Asked } from "../samples.ts";

const returns = z.object({ ok: z.boolean(), next: z.string().nullable(), items: z.array(z.string()) });
const good = call("GET /ping", { returns });

const problems = (operation: unknown, more: Partial<AdapterOptions<unknown>> = {}) => {
  const options = {
    baseUrl: "https://x.example.com",
    auth: bearer({ secret: "x/token" }),
    timeout: "1 second",
    ...more,
  } as const;
  const uses = { x: adapter("x", { ...options, operations: { go: operation as typeof good } }) };
  return checkFlow(
    flow("tested", {
      summary: "s",
      owner: "o",
      source: import.meta.url,
      imports: [Asked],
      steps: { use: step({ on: Asked, emits: [], uses, handler: () => [] }) },
    }),
  ).filter(({ where }) => where.includes("adapter x"));
};

describe("checkFlow / adapters", () => {
  it("finds nothing wrong with a sound one", () => {
    expect(problems(good)).to.deep.equal([]);
    for (const route of ["GET /v1/:id.json", "POST /", "PUT /a/:b/c~d/%20e/@f", "DELETE /a:b"] as const)
      expect(problems(call(route, { returns })), route).to.deep.equal([]);
    expect(problems(call("POST /", { headers: { "User-Agent": "acme", Accept: "x/y", "Content-Type": "a/b" }, returns }))).to.eql(
      [],
    );
    expect(problems(good, { baseUrl: secretUrl({ secret: "x/hook", host: "hooks.example.com" }), auth: noAuth() })).to.eql([]);
    const query = z.object({ cursor: z.string().optional() });
    expect(
      problems(call("GET /a", { query, returns, pages: { by: "cursor", from: "next", parameter: "cursor" } })),
    ).to.deep.equal([]);
  });

  it("takes answers without content, and answers of any type of a kind", () => {
    for (const answer of [nothing(), withHeaders(["Location"], nothing()), text({ type: "text/*" }), bytes({ type: "*/*" })])
      expect(problems(call("DELETE /a/:id", { returns: answer, errors: { 404: nothing() } }))).to.deep.equal([]);
  });

  it("takes streams of calls that change nothing, or may be repeated", () => {
    expect(problems(call("GET /a", { returns: stream({ maxBytes: 10_000_000_000 }) }))).to.deep.equal([]);
    expect(problems(call("POST /a", { returns: stream({ maxBytes: 1 }), safeToRepeat: true }))).to.deep.equal([]);
  });

  const wrong: readonly (readonly [string, unknown, RegExp, Partial<AdapterOptions<unknown>>?])[] = [
    ["a GET with a body", call("GET /a", { body: z.object({}), returns }), /a GET can't have a body/],
    ["a HEAD with an answer", call("HEAD /a", { returns }), /answer to a HEAD has no body/],
    ["a form as an answer", call("GET /a", { returns: form(z.object({})) as never }), /can't be a form/],
    [
      "a stream of a call that changes something",
      call("POST /a", { returns: stream({ maxBytes: 9 }) }),
      /may break off when the call has taken effect/,
    ],
    [
      "a stream without a cap",
      call("GET /a", { returns: stream({ maxBytes: Number.POSITIVE_INFINITY }) }),
      /is not a whole number from 1/,
    ],
    [
      "a stream of pages",
      call("GET /a", { returns: stream({ maxBytes: 9 }), pages: { by: "link" } }),
      /a page can't be a stream/,
    ],
    ["a stream as a body", call("POST /a", { body: stream({ maxBytes: 9 }) as never, returns }), /a body can't be a stream/],
    [
      "a stream as an error",
      call("GET /a", { returns, errors: { 404: stream({ maxBytes: 9 }) } }),
      /an answer that is an error can't be a stream/,
    ],
    ["nothing as a body", call("POST /a", { body: nothing() as never, returns }), /no body/],
    ["a malformed header", call("GET /a", { headers: { "X Y": "1" }, returns }), /"X Y" can't name a header/],
    ["a header of the hub", call("GET /a", { headers: { Authorization: "x" }, returns }), /Authorization is set by the hub/],
    [
      "a header that can't be sent",
      call("GET /a", { headers: { "X-A": "a\nb" }, returns }),
      /characters that no header can carry/,
    ],
    ["a secret header without a secret", good, /the adapter has none/, { auth: noAuth(), headers: { "X-A": fromSecret("a") } }],
    [
      "a content type of a multipart body",
      call("POST /a", { headers: { "Content-Type": "x" }, body: multipart({ fields: z.object({}), files: ["f"] }), returns }),
      /boundary/,
    ],
    ["an idempotency header that is none", call("POST /a", { idempotencyHeader: "a b", returns }), /"a b" can't carry/],
    ["a success among the errors", call("GET /a", { returns, errors: { 200: nothing() } }), /200 is not a status/],
    [
      "a status twice",
      call("GET /a", { returns, errors: { 404: nothing() }, statuses: { retry: [404] } }),
      /404 is declared twice/,
    ],
    ["a status that is none", call("GET /a", { returns, statuses: { refuse: [700] } }), /700 is not a status/],
    ["a field twice", call("GET /a/:id", { headers: { "X-A": fromInput("id", z.string()) }, returns }), /have the field "id"/],
    [
      "a field named body",
      call("POST /a", { query: z.object({ body: z.string() }), body: z.array(z.int()), returns }),
      /have the field "body"/,
    ],
    [
      "a cursor that is not there",
      call("GET /a", {
        query: z.object({ c: z.string() }),
        returns,
        pages: { by: "cursor", from: "nope" as never, parameter: "c" },
      }),
      /no field "nope"/,
    ],
    [
      "a parameter that is not there",
      call("GET /a", { returns, pages: { by: "page", parameter: "p" as never, items: "items" } }),
      /no field "p"/,
    ],
    [
      "items that are no list",
      call("GET /a", { query: z.object({ p: z.int() }), returns, pages: { by: "page", parameter: "p", items: "ok" as never } }),
      /is no list/,
    ],
    [
      "a URL that its answer does not have",
      call("GET /a", { returns, pages: { by: "link", from: "nope" as never } }),
      /no field "nope"/,
    ],
    [
      "an item without the field that leads on",
      call("GET /a", {
        query: z.object({ p: z.int() }),
        returns: z.array(z.object({ id: z.int() })),
        pages: { by: "last", parameter: "p", from: "nope" as never },
      }),
      /an item has no field "nope"/,
    ],
    ["too many pages", call("GET /a", { returns, pages: { by: "link", atMost: 20_000 } }), /not a whole number/],
    ["a schema that can't be expressed", call("GET /a", { returns, errors: { 404: z.string().transform(Number) } }), /./],
    [
      "an unknown part of what is signed",
      good,
      /"{nope}" is no part/,
      { auth: hmacSigned({ secret: "x/k", signed: "{nope}", headers: { s: "{signature}" } }) },
    ],
    ["a signature that is not sent", good, /carries the signature/, { auth: hmacSigned({ secret: "x/k", signed: "{body}" }) }],
    [
      "a signature of itself",
      good,
      /contains the signature/,
      { auth: hmacSigned({ secret: "x/k", signed: "{signature}", headers: { s: "{signature}" } }) },
    ],
    ["a malformed key header", good, /can't name a header/, { auth: apiKey({ secret: "x/k", header: "a b" }) }],
    ["no key header", good, /names no header/, { auth: apiKey({ secret: "x/k", headers: {} }) }],
    [
      "a token URL without TLS",
      good,
      /neither an https URL nor a path/,
      { auth: oauth2ClientCredentials({ secret: "x/k", tokenUrl: "http://x.example.com/t" }) },
    ],
    ["a method that there is not", call("TRACE /a" as never, { returns }), /"TRACE \/a" is not a method and a path/],
    ["a query in the path", call("GET /a?b=c", { returns }), /is not a method and a path/],
    ["a path that is not ASCII", call("GET /préço", { returns }), /is not a method and a path/],
    ["a parameter without a name", call("GET /a/:" as never, { returns }), /is not a method and a path/],
    ["a broken escape", call("GET /a%2" as never, { returns }), /is not a method and a path/],
    ["a path that walks up", call("GET /a/%2E%2e/b", { returns }), /walks up the path/],
    ["a parameter twice", call("GET /a/:id/b/:id", { returns }), /parameter id twice/],
    ["an emoji in a header", call("GET /a", { headers: { "X-A": "✓" }, returns }), /characters that no header can carry/],
    ["a header twice", call("GET /a", { headers: { "X-A": "1", "x-a": "2" }, returns }), /x-a is declared twice/],
    [
      "a header that is the idempotency key's",
      call("POST /a", { headers: { "idempotency-key": "1" }, returns }),
      /carries the idempotency key/,
    ],
    [
      "a header that is the adapter's key",
      call("POST /a", { idempotencyHeader: "X-Key", returns }),
      /x-key is set by `auth`/,
      { auth: apiKey({ secret: "x/k", header: "X-Key" }) },
    ],
    ["a header without a key of the secret", call("GET /a", { headers: { "X-A": fromSecret("") }, returns }), /names no key/],
    ["a content type that is none", call("POST /a", { body: text({ type: "text/csv\nX: y" }), returns }), /is no content type/],
    ["a body of no type of its own", call("POST /a", { body: bytes({ type: "image/*" }), returns }), /is no content type/],
    [
      "an answer to an error of a type that is none",
      call("GET /a", { returns, errors: { 404: text({ type: "*" }) } }),
      /"\*" is no content type/,
    ],
    [
      "an answer's header that is none",
      call("GET /a", { returns: withHeaders(["E Tag"], returns) }),
      /"E Tag" can't name a header of an answer/,
    ],
    [
      "a key in a header of the connection",
      good,
      /content-length is set by the hub/,
      { auth: apiKey({ secret: "x/k", header: "Content-Length" }) },
    ],
    ["a key in a query parameter without a name", good, /has no name/, { auth: apiKey({ secret: "x/k", query: "" }) }],
    [
      "a signature that no header can carry",
      good,
      /no header can carry/,
      { auth: hmacSigned({ secret: "x/k", signed: "{body}", headers: { s: "№ {signature}" } }) },
    ],
    ["a port of another protocol", good, /no HTTP client calls port 6667/, { baseUrl: "https://x.example.com:6667" }],
    ["an address that is no URL", good, /is no URL/, { baseUrl: "https://[::1" }],
    [
      "a secret URL whose host is a URL",
      good,
      /is not a host/,
      { baseUrl: secretUrl({ secret: "x/hook", host: "https://hooks.example.com" }) },
    ],
    [
      "a secret URL at a port that a fixed network blocks",
      good,
      /blocks/,
      { egress: "fixed", baseUrl: secretUrl({ secret: "x/hook", host: "hooks.example.com:8443" }) },
    ],
    [
      "a secret URL without a secret's name",
      good,
      /can't name a secret/,
      { baseUrl: secretUrl({ secret: "a b", host: "hooks.example.com" }) },
    ],
    ["a malformed name of the certificate's secret", good, /can't name a secret/, { clientCertificate: { secret: "a b" } }],
  ];
  for (const [what, operation, fact, more] of wrong)
    it(`reports ${what}, with the place and a remedy`, () => {
      const found = problems(operation, more);
      expect(found.map((problem) => problem.fact).join("; ")).to.match(fact);
      for (const { where, remedy } of found) {
        expect(where).to.match(/^flow tested, adapter x/);
        expect(remedy).to.match(/^[A-Z]/);
      }
    });
});
