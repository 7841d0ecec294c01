import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import * as z from "zod";
import { describeThirdParty } from "../../../components/third-party/description.ts";
import { keyMaterial } from "../../../local/sandbox/key-material.ts";
import { type Sandbox, startSandbox } from "../../../local/sandbox/sandbox.ts";
import type { Call } from "../../../local/sandbox/types.ts";
import {
  type AdapterOptions,
  type AnyAdapter,
  type Auth,
  adapter,
  apiKey,
  awsSigV4,
  bytes,
  call,
  event,
  flow,
  form,
  fromInput,
  fromSecret,
  hmacSigned,
  int64,
  multipart,
  noAuth,
  nothing,
  type Operation,
  oauth2ClientCredentials,
  oauth2JwtBearer,
  oauth2RefreshToken,
  secretsOfAdapter,
  secretUrl,
  step,
  stream,
  text,
  withHeaders,
} from "../../../model/index.ts";
import { xml } from "../../../model/xml.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { createLogger } from "../../../runtime/logging/logger.ts";
import { clientFactory } from "../../../runtime/third-party/clients.ts";
import { fakeDependencies, validatorsOf } from "../../runtime/fakes/dependencies.ts";

type Options = Partial<AdapterOptions<unknown>>;

/** What the runtime sends, the sandbox takes, and what the sandbox answers, the runtime reads. */
describe("sandbox / plays what an adapter declares", () => {
  let folder: string;
  let sandbox: Sandbox | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "play-"));
  });
  afterEach(async () => {
    await sandbox?.close();
    sandbox = undefined;
    rmSync(folder, { recursive: true });
  });

  const play = async (operations: Readonly<Record<string, unknown>>, options: Options = {}) => {
    const common = { baseUrl: "https://party.example.com/v1", auth: noAuth(), timeout: "5 seconds", ...options } as const;
    const declared = adapter("party", { ...common, operations: operations as Record<string, Operation> }) as AnyAdapter;
    const party = describeThirdParty(declared, {});
    const secrets: Record<string, Record<string, string>> = {};
    for (const [name, keys] of secretsOfAdapter(declared))
      secrets[name] = {
        ...Object.fromEntries(keys.map((key) => [key, `${key}-value`])),
        ...(await keyMaterial(party, (other) => other === name, undefined)),
      };
    const around = fakeDependencies({ secrets: Object.fromEntries(Object.keys(secrets).map((name) => [name, name])) });
    sandbox = await startSandbox({
      port: 0,
      thirdParties: [party],
      webhooks: [],
      secret: (name) => secrets[name],
      dataFile: join(folder, "sandbox.db"),
      hubUrl: () => "http://127.0.0.1:1",
      clock: { now: () => around.clock.now(), wait: async () => {} } as never,
    });
    const origin = `http://127.0.0.1:${sandbox.port}`;
    const here = `${options.clientCertificate ? origin.replace("http:", "https:") : origin}/party`;
    Object.assign(around.services.environment.thirdParties, {
      party: {
        baseUrl: `${here}/v1`,
        ...(party.tokenUrl !== undefined && { tokenUrl: `${here}${new URL(party.tokenUrl).pathname}` }),
      },
    });
    for (const [name, value] of Object.entries(secrets)) around.secrets.set(name, JSON.stringify(value));
    const Done = event("Done", z.object({}));
    const used = flow("orders", {
      summary: "",
      owner: "",
      imports: [Done],
      steps: { go: step({ on: Done, emits: [], uses: { party: declared }, handler: () => [] }) },
    });
    const bind = (services = around.services) =>
      clientFactory(
        services,
        { party: declared },
        validatorsOf(used),
      )({
        origin: { flow: "orders", step: "go" },
        step: "go",
        requestId: "r-1",
        correlationId: "c-1",
        delivery: "e-1",
        repeated: false,
        log: createLogger({ level: "debug", functionName: "fn", to: around.services.logTo }),
        limit: new AbortController(),
        unknown: new Set(),
        unreadable: new Map(),
        answers: {},
        slots: new Map(),
      }).party ?? expect.fail();
    const clients = bind();
    return {
      ...around,
      bind,
      origin,
      use: (operation: string, input?: unknown) => clients[operation]?.(input) ?? expect.fail(),
      pages: (operation: string, input?: unknown) => clients[operation]?.pages?.(input) ?? expect.fail(),
      calls: async () => (await (await fetch(`${origin}/_calls`)).json()) as Call[],
      fault: (fault: object) =>
        fetch(`${origin}/_faults`, { method: "PUT", body: JSON.stringify({ target: "party", ...fault }) }),
      change: (name: string, value: Record<string, string>) => {
        secrets[name] = value;
      },
    };
  };
  const failure = (work: Promise<unknown>) => work.then(() => expect.fail("it went well"), failureOf);

  it("an address that is a secret: only its path is served, and it is not shown", async () => {
    const baseUrl = secretUrl({ secret: "party/hook", host: "hooks.example.com" });
    const { use, calls, origin, services, secrets } = await play(
      { post: call("POST /", { returns: text(), example: "ok" }) },
      { baseUrl },
    );
    Object.assign(services.environment.thirdParties, { party: { baseUrl: `${origin}/party` } });
    expect(await use("post")).to.equal("ok");
    const { url } = JSON.parse(secrets.get("party/hook") ?? "") as { url: string };
    expect(url).to.match(/^https:\/\/hooks\.example\.com\/in\/[\w-]{32}$/);
    expect((await fetch(`${origin}/party/in/another`, { method: "POST" })).status).to.equal(404);
    const shown = JSON.stringify([await calls(), await (await fetch(origin)).text()]);
    expect(shown).to.include("/party/***").and.not.include(new URL(url).pathname);
  });

  describe("bodies and answers", () => {
    const Order = z.object({
      Order: z.object({ "@id": z.string(), Line: z.array(z.object({ Sku: z.string(), Count: z.int() })) }),
    });
    const operations = {
      charge: call("POST /charges", {
        headers: { "Stripe-Version": "2026-01-01" },
        query: z.object({ expand: z.array(z.string()) }),
        queryLists: "brackets",
        body: form(z.object({ amount: z.int(), capture: z.boolean(), items: z.array(z.object({ price: z.string() })) })),
        returns: z.object({ id: z.string() }),
        errors: { 402: z.object({ code: z.string() }) },
        example: { id: "ch_1" },
      }),
      order: call("POST /orders", { body: xml(Order), returns: xml(Order) }),
      upload: call("POST /files", { body: multipart({ fields: z.object({ n: z.int() }), files: ["file"] }), returns: text() }),
      picture: call("PUT /picture", { body: bytes({ type: "image/png" }), returns: bytes({ type: "image/png" }) }),
      list: call("POST /list", { body: z.array(z.int()), returns: nothing() }),
      note: call("POST /note", { body: text(), returns: text(), example: "ok" }),
      has: call("HEAD /things/:id", { returns: withHeaders(["ETag"], nothing()) }),
      tagged: call("PUT /things/:id", {
        headers: { "If-Match": fromInput("etag", z.string()) },
        idempotencyHeader: "X-Idempotency-Key",
        returns: z.object({ id: z.string() }),
      }),
    };

    it("ids beyond 2^53 where there is no example", async () => {
      const { use } = await play({
        order: call("GET /orders/:no", { returns: z.object({ id: int64(), lines: z.array(int64()) }) }),
      });
      expect(await use("order", { no: "1" })).to.deep.equal({ id: "820982911946154508", lines: ["820982911946154508"] });
    });

    it("large answers as streams, and the cap of them", async () => {
      const hub = await play({
        all: call("GET /export", { returns: stream({ maxBytes: 6, type: "text/csv" }) }),
        tagged: call("GET /tagged", { returns: withHeaders(["ETag"], stream({ maxBytes: 5 })) }),
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await hub.use("all")) as AsyncIterable<Uint8Array>) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).to.equal("sample");
      const { headers, body } = (await hub.use("tagged")) as { headers: object; body: AsyncIterable<Uint8Array> };
      expect(headers).to.deep.equal({ ETag: "sandbox-etag" });
      const error = await body[Symbol.asyncIterator]()
        .next()
        .catch((thrown: unknown) => thrown);
      expect(failureOf(error).code).to.equal("RESPONSE_TOO_LARGE");
    });

    it("path parameters that are part of a segment", async () => {
      const hub = await play({
        file: call("GET /users/:user/:id.:format/v-:version", {
          returns: z.object({ id: z.string(), format: z.string(), version: z.string() }),
          example: { id: "", format: "", version: "" },
        }),
      });
      expect(await hub.use("file", { user: "a", id: "1.2", format: "json", version: "x/y" })).to.deep.equal({
        id: "1",
        format: "2.json",
        version: "x/y",
      });
      expect((await hub.calls()).map(({ path }) => path)).to.deep.equal(["/party/v1/users/a/1.2.json/v-x%2Fy"]);
    });

    it("forms, XML, files, bytes, text, JSON of any shape, HEAD", async () => {
      const { use, calls } = await play(operations);
      const charge = { amount: 5, capture: true, items: [{ price: "p" }], expand: ["a", "b"] };
      expect(await use("charge", charge)).to.deep.equal({ ok: true, value: { id: "ch_1" } });
      const order = { Order: { "@id": "7", Line: [{ Sku: "a<b", Count: 2 }] } };
      expect(await use("order", { body: order }))
        .to.have.nested.property("Order.Line")
        .that.is.an("array");
      expect(await use("upload", { n: 1, file: { name: "a", type: "text/plain", data: new Uint8Array([1]) } })).to.be.a("string");
      expect(await use("picture", { body: new Uint8Array([1, 2]) })).to.be.instanceOf(Uint8Array);
      expect(await use("list", { body: [1] })).to.equal(null);
      expect(await use("note", { body: "hello" })).to.equal("ok");
      expect(await use("has", { id: "7" })).to.deep.equal({ status: 204, headers: { ETag: "sandbox-etag" }, body: null });
      expect(await use("tagged", { id: "7", etag: "x" })).to.deep.equal({ id: "7" });
      const seen = await calls();
      expect(seen.map(({ effect }) => effect)).to.deep.equal([
        "applied",
        "applied",
        "applied",
        "applied",
        "applied",
        "applied",
        "none",
        "applied",
      ]);
      expect(seen.every(({ idempotencyKey }) => idempotencyKey?.length === 32)).to.equal(true);
    });

    it("refuses what is not of the declaration, and calls without its headers", async () => {
      const { origin } = await play(operations);
      const post = async (path: string, type: string, body: string, headers = {}) =>
        (await fetch(`${origin}/party/v1${path}`, { method: "POST", body, headers: { "content-type": type, ...headers } }))
          .status;
      const formType = "application/x-www-form-urlencoded";
      const version = { "stripe-version": "2026-01-01" };
      const good = "amount=5&capture=true&items[0][price]=p";
      const path = "/charges?expand[]=a";
      expect(await post(path, formType, good, version)).to.equal(200);
      expect(await post(path, formType, good)).to.equal(400);
      expect(await post(path, formType, "amount=x&capture=true&items[0][price]=p", version)).to.equal(400);
      expect(await post(path, "application/json", "{}", version)).to.equal(400);
      expect(await post("/charges", formType, good, version)).to.equal(400);
      expect(await post("/orders", "application/xml", "<Order>")).to.equal(400);
      expect(await post("/files", "multipart/form-data; boundary=x", "--x--")).to.equal(400);
    });

    it("a declared error, by the fault of its status", async () => {
      const { use, fault } = await play(operations);
      await fault({ operation: "charge", mode: "error", status: 402 });
      expect(await use("charge", { amount: 5, capture: true, items: [], expand: [] })).to.deep.include({
        ok: false,
        status: 402,
      });
    });
  });

  describe("pages", () => {
    const Items = z.array(z.object({ id: z.int() }));
    const query = z.object({ at: z.int().optional(), cursor: z.string().optional() });
    for (const [what, operation] of [
      ["by link", call("GET /a", { returns: Items, pages: { by: "link" } })],
      [
        "by cursor",
        call("GET /a", {
          query,
          returns: z.object({ items: Items, next: z.string().nullable() }),
          pages: { by: "cursor", from: "next", parameter: "cursor" },
        }),
      ],
      [
        "by a URL in the body",
        call("GET /a", {
          query,
          returns: z.object({ items: Items, "@odata.nextLink": z.string().optional() }),
          pages: { by: "link", from: "@odata.nextLink" },
        }),
      ],
      [
        "by the last item",
        call("GET /a", {
          query,
          returns: z.object({ items: Items, more: z.boolean() }),
          pages: { by: "last", items: "items", from: "id", parameter: "at", more: "more" },
        }),
      ],
      ["by page", call("GET /a", { query, returns: Items, pages: { by: "page", parameter: "at" } })],
      [
        "by offset",
        call("GET /a", { query, returns: z.object({ items: Items }), pages: { by: "offset", parameter: "at", items: "items" } }),
      ],
    ] as const)
      it(`two ${what}`, async () => {
        const { pages } = await play({ list: operation });
        let count = 0;
        for await (const _page of pages("list")) count += 1;
        expect(count).to.equal(2);
      });
  });

  it("a text of a pattern, also in an answer of XML; one that it knows no text for is refused with its place", async () => {
    const Iban = z.string().regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/);
    const hub = await play({
      json: call("GET /json", { returns: z.object({ iban: Iban, total: z.string().regex(/^\d+\.\d\d$/) }) }),
      document: call("GET /xml", { returns: xml(z.object({ Account: z.object({ Iban: Iban }) })) }),
      strict: call("GET /strict", { returns: z.object({ code: z.string().regex(/^(?!0)\d{5}$/) }) }),
    });
    expect(await hub.use("json")).to.have.property("iban");
    expect(await hub.use("document")).to.have.nested.property("Account.Iban");
    expect((await failure(hub.use("strict"))).code).to.equal("THIRD_PARTY_FAILED");
    const answer = await fetch(`${hub.origin}/party/v1/strict`);
    expect([answer.status, await answer.json()]).to.deep.equal([
      500,
      {
        error: "no_sample",
        message: "party.strict: no text is known for /properties/code (^(?!0)\\d{5}$). Give the operation an `example`.",
      },
    ]);
  });

  describe("faults", () => {
    const list = call("GET /a", {
      query: z.object({ cursor: z.string().optional() }),
      returns: z.object({ items: z.array(z.string()), next: z.string().nullable() }),
      pages: { by: "cursor", from: "next", parameter: "cursor" },
    });
    const kinds = [
      ["an error", { mode: "error", status: 503 }, "THIRD_PARTY_FAILED"],
      ["a rate limit", { mode: "rate-limit", retryAfter: 7 }, "THIRD_PARTY_BUSY"],
      ["an answer that can't be read", { mode: "invalid" }, "INVALID_RESPONSE"],
    ] as const;
    for (const [what, fault, code] of kinds) {
      it(`of a page: ${what}; all pages when it is over`, async () => {
        const hub = await play({ list });
        const reading = hub.pages("list")[Symbol.asyncIterator]();
        expect((await reading.next()).done).to.equal(false);
        await hub.fault({ operation: "list", ...fault });
        expect((await failure(reading.next())).code).to.equal(code);
        await hub.fault({ operation: "list", mode: "ok" });
        hub.clock.advance(60_000);
        let count = 0;
        for await (const _page of hub.pages("list")) count += 1;
        expect(count).to.equal(2);
      });

      it(`of the token endpoint, over TLS with a client certificate: ${what}; a token when it is over`, async () => {
        const auth = oauth2ClientCredentials({ secret: "party/key", tokenUrl: "/oauth/token" });
        const ping = call("POST /ping", { returns: z.object({ ok: z.boolean() }) });
        const hub = await play({ ping }, { auth, clientCertificate: { secret: "party/certificate" } });
        await hub.fault({ operation: "token", ...fault });
        expect((await failure(hub.use("ping"))).code).to.equal(code);
        await hub.fault({ operation: "token", mode: "ok" });
        hub.clock.advance(60_000);
        expect(await hub.use("ping")).to.have.property("ok");
        expect((await hub.calls()).at(-1)).to.include({ operation: "ping", status: 200 });
      });
    }

    it("of the connection: the third party's certificate has expired, also for who called before; then the answer", async () => {
      const ping = call("POST /ping", { returns: z.object({ ok: z.boolean() }) });
      const hub = await play({ ping }, { clientCertificate: { secret: "party/certificate" } });
      expect(await hub.use("ping")).to.have.property("ok");
      await hub.fault({ mode: "expired-certificate" });
      const { code, message } = await failure(hub.use("ping"));
      expect(code).to.equal("THIRD_PARTY_UNREACHABLE");
      expect(message).to.equal(
        "party.ping could not be reached: its certificate is not trusted (CERT_HAS_EXPIRED). It must be renewed. It is called again.",
      );
      expect(await hub.calls()).to.have.length(1);
      await hub.fault({ mode: "ok" });
      hub.clock.advance(60_000);
      expect(await hub.use("ping")).to.have.property("ok");
    });

    it("of the connection: of so many connections, and of no operation or third party without TLS", async () => {
      const ping = call("POST /ping", { returns: z.object({ ok: z.boolean() }) });
      const hub = await play({ ping }, { clientCertificate: { secret: "party/certificate" } });
      await hub.fault({ mode: "expired-certificate", times: 1 });
      expect((await failure(hub.use("ping"))).code).to.equal("THIRD_PARTY_UNREACHABLE");
      expect(await hub.use("ping")).to.have.property("ok");
      const refused = async (answer: Promise<Response>) => ((await (await answer).json()) as { problems: string[] }).problems;
      expect(await refused(hub.fault({ mode: "expired-certificate", operation: "ping" }))).to.deep.equal([
        'The mode "expired-certificate" is of the connection, and not of one operation. Leave "operation" out.',
      ]);
      await sandbox?.close();
      expect(await refused((await play({ ping })).fault({ mode: "expired-certificate" }))).to.deep.equal([
        "party is called without TLS: it has no `clientCertificate`. Use another mode.",
      ]);
    });

    it("of a call over TLS with a client certificate: an error, and then the answer", async () => {
      const ping = call("POST /ping", { returns: z.object({ ok: z.boolean() }) });
      const hub = await play({ ping }, { clientCertificate: { secret: "party/certificate" } });
      await hub.fault({ operation: "ping", mode: "error", status: 400, times: 1 });
      expect((await failure(hub.use("ping"))).code).to.equal("THIRD_PARTY_REFUSED");
      expect(await hub.use("ping")).to.have.property("ok");
    });
  });

  describe("credentials", () => {
    const ping = call("POST /ping", {
      body: z.object({ n: z.int() }),
      query: z.object({ q: z.string() }),
      returns: z.object({ ok: z.boolean() }),
    });
    const token = { secret: "party/key", tokenUrl: "/oauth/token" };
    const kinds: readonly (readonly [string, Auth])[] = [
      ["a key in the query", apiKey({ secret: "party/key", query: "api_key" })],
      [
        "several headers",
        apiKey({ secret: "party/key", headers: { "DD-API-KEY": "apiKey", "DD-APPLICATION-KEY": "applicationKey" } }),
      ],
      ["client_secret_basic", oauth2ClientCredentials({ ...token, audience: "https://api", resource: "https://r" })],
      ["client_secret_post", oauth2ClientCredentials({ ...token, clientAuth: "client_secret_post" })],
      ["private_key_jwt by RSA", oauth2ClientCredentials({ ...token, clientAuth: "private_key_jwt" })],
      ["private_key_jwt by ES256", oauth2ClientCredentials({ ...token, clientAuth: "private_key_jwt", algorithm: "ES256" })],
      ["a refresh token", oauth2RefreshToken(token)],
      ["a JWT bearer", oauth2JwtBearer({ ...token, claims: { scope: "a" } })],
      ["a JWT bearer by EdDSA", oauth2JwtBearer({ ...token, audience: "https://login", algorithm: "EdDSA" })],
      [
        "HMAC in headers",
        hmacSigned({
          secret: "party/key",
          signed: "{timestamp}{method}{target}{body}",
          headers: { "X-Key": "{secret:apiKey}", "X-Time": "{timestamp}", "X-Sign": "v1={signature}" },
        }),
      ],
      [
        "HMAC in the query",
        hmacSigned({
          secret: "party/key",
          signed: "{method}\n{host}\n{path}\n{query}\n{bodySha256}\n{nonce}",
          encoding: "base64",
          algorithm: "sha512",
          headers: { "X-Nonce": "{nonce}", "X-At": "{isoTime}" },
          query: { signature: "{signature}" },
        }),
      ],
      ["AWS SigV4", awsSigV4({ secret: "party/key", service: "execute-api", region: "eu-west-1" })],
    ];
    for (const [what, auth] of kinds)
      it(`by ${what}; another secret is refused, and none is listed`, async () => {
        const { use, change, calls, secrets } = await play({ ping }, { auth, headers: { "X-Account": fromSecret("account") } });
        expect(await use("ping", { n: 1, q: "a b+é" })).to.have.property("ok");
        const value = JSON.parse(secrets.get("party/key") ?? "{}") as Record<string, string>;
        const listed = JSON.stringify(await calls());
        for (const held of Object.values(value).filter(
          (text) => text !== value.clientId && text !== value.issuer && text !== value.accessKeyId,
        ))
          expect(listed).not.to.include(held);
        if (auth.kind.startsWith("oauth2")) return;
        change("party/key", Object.fromEntries(Object.keys(value).map((key) => [key, "other"])));
        expect((await failure(use("ping", { n: 1, q: "a" }))).code).to.equal("THIRD_PARTY_REFUSED");
      });

    it("by a client certificate, over TLS; also at the token endpoint", async () => {
      const { use, calls } = await play(
        { ping },
        { auth: oauth2ClientCredentials(token), clientCertificate: { secret: "party/certificate" } },
      );
      expect(await use("ping", { n: 1, q: "a" })).to.have.property("ok");
      expect((await calls()).map(({ operation, status }) => [operation, status])).to.deep.equal([
        ["token", 200],
        ["ping", 200],
      ]);
    });

    it("refuses plain calls and other certificates where one is asked for", async () => {
      const { use, change, origin } = await play({ ping }, { clientCertificate: { secret: "party/certificate" } });
      const plain = await fetch(`${origin}/party/v1/ping?q=a`, { method: "POST", body: '{"n":1}' });
      expect(plain.status).to.equal(403);
      const other = describeThirdParty(
        adapter("other", {
          baseUrl: "https://o.example.com",
          auth: noAuth(),
          timeout: "1 second",
          clientCertificate: { secret: "s" },
          operations: {},
        }),
        {},
      );
      change("party/certificate", { ...(await keyMaterial(other, () => true, undefined)) } as Record<string, string>);
      const error = await failure(use("ping", { n: 1, q: "a" }));
      expect(error.code).to.be.oneOf(["THIRD_PARTY_UNREACHABLE", "THIRD_PARTY_REFUSED"]);
    });

    it("reports a certificate that is none, without showing it", async () => {
      const { use, secrets } = await play({ ping }, { clientCertificate: { secret: "party/certificate" } });
      secrets.set("party/certificate", JSON.stringify({ certificate: "no pem", privateKey: "s3cret" }));
      const error = await failure(use("ping", { n: 1, q: "a" }));
      expect(error.code).to.equal("SECRET_INVALID");
      expect(error.message).not.to.include("s3cret");
    });
  });
});
