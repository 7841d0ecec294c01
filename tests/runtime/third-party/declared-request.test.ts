import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { isTerminal } from "../../../model/errors.ts";
import {
  type AdapterOptions,
  type AnyAdapter,
  adapter,
  bearer,
  bytes,
  call,
  form,
  fromInput,
  fromSecret,
  multipart,
  noAuth,
  nothing,
  type Operation,
  text,
} from "../../../model/index.ts";
import { xml } from "../../../model/xml.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { SECRET_LIFE_MS } from "../../../runtime/limits.ts";
import { FAILURES_TO_OPEN } from "../../../runtime/third-party/breaker.ts";
import { reply, useShop } from "../fakes/shop.ts";

const shop = useShop();
const returns = z.object({ ok: z.boolean() });

const connect = (operations: Readonly<Record<string, unknown>>, more: Partial<AdapterOptions<unknown>> = {}) => {
  const options = { baseUrl: "https://shop.example.com", auth: noAuth(), timeout: "5 seconds", ...more } as const;
  const fixture = shop.connectTo(
    adapter("shop", { ...options, operations: operations as Record<string, Operation> }) as AnyAdapter,
  );
  fixture.secrets.set("arn:shop", JSON.stringify({ token: "t0ken", account: "acct_1" }));
  return fixture;
};
const last = () => shop.seen.at(-1) ?? expect.fail("nothing was called");

describe("third party / headers", () => {
  const operations = {
    put: call("PUT /things/:id", {
      headers: {
        "Stripe-Version": "2026-01-01",
        "If-Match": fromInput("etag", z.string()),
        "X-Dry": fromInput("dry", z.boolean().optional()),
      },
      body: z.object({ name: z.string() }),
      returns,
    }),
  };
  const more = {
    auth: bearer({ secret: "shop/key" }),
    headers: { "Notion-Version": "2022-06-28", "Stripe-Account": fromSecret("account") },
  };

  it("are those of the adapter and of the operation: fixed, from the input, from the secret", async () => {
    await connect(operations, more).use("put", { id: "7", etag: '"v1"', dry: true, name: "n" });
    expect(last().headers).to.include({
      "stripe-version": "2026-01-01",
      "if-match": '"v1"',
      "x-dry": "true",
      "notion-version": "2022-06-28",
      "stripe-account": "acct_1",
      authorization: "Bearer t0ken",
    });
    expect(last().body).to.equal('{"name":"n"}');
  });

  it("leave an optional one out, and refuse a missing or an unsendable one before anything is sent", async () => {
    const { use, fails } = connect(operations, more);
    await use("put", { id: "7", etag: "x", name: "n" });
    expect(last().headers).not.to.have.property("x-dry");
    for (const etag of [undefined, "a\r\nX-Evil: 1", "żółw"]) {
      const error = await fails("put", { id: "7", etag, name: "n" });
      expect([failureOf(error).code, isTerminal(error)]).to.deep.equal(["INVALID_REQUEST", true]);
    }
    expect(shop.seen).to.have.length(1);
  });

  it("refuse a value of the secret that no header can carry, without showing it", async () => {
    const fixture = connect(operations, more);
    fixture.secrets.set("arn:shop", JSON.stringify({ token: "t0ken\n", account: "a" }));
    const error = await fixture.fails("put", { id: "7", etag: "x", name: "n" });
    expect(failureOf(error).code).to.equal("SECRET_INVALID");
    expect(error.message).not.to.include("t0ken");
    expect(shop.seen).to.deep.equal([]);
  });

  it("that can't be sent count for no circuit breaker, whether the input or the secret is at fault", async () => {
    const fixture = connect(operations, more);
    const codes = async (input: object) => {
      const all = [];
      for (let n = 0; n <= FAILURES_TO_OPEN; n += 1) all.push(failureOf(await fixture.fails("put", input)).code);
      return new Set(all);
    };
    expect(await codes({ id: "7", etag: "żółw", name: "n" })).to.deep.equal(new Set(["INVALID_REQUEST"]));
    const good = fixture.secrets.get("arn:shop") ?? "";
    fixture.secrets.set("arn:shop", JSON.stringify({ token: "t0ken\n", account: "a" }));
    expect(await codes({ id: "7", etag: "x", name: "n" })).to.deep.equal(new Set(["SECRET_INVALID"]));
    fixture.secrets.set("arn:shop", good);
    fixture.clock.advance(SECRET_LIFE_MS + 1);
    await fixture.use("put", { id: "7", etag: "x", name: "n" });
    expect(shop.seen).to.have.length(1);
  });

  for (const [what, own, common, expected] of [
    ["the default", undefined, undefined, "idempotency-key"],
    ["the adapter's", undefined, "X-Idempotency-Key", "x-idempotency-key"],
    ["the operation's", "PayPal-Request-Id", "X-Idempotency-Key", "paypal-request-id"],
    ["none", "none", "X-Idempotency-Key", undefined],
  ] as const)
    it(`carry the idempotency key under ${what}`, async () => {
      const operation = call("POST /things", { returns, ...(own && { idempotencyHeader: own }) });
      await connect({ operation }, common ? { idempotencyHeader: common } : {}).use("operation");
      const names = Object.keys(last().headers).filter((name) => /idempotency|request-id/.test(name));
      expect(names).to.deep.equal(expected === undefined ? [] : [expected]);
      if (expected) expect(last().headers[expected]).to.match(/^[0-9a-f]{32}$/);
    });
});

describe("third party / bodies", () => {
  const sent = async (body: Parameters<typeof call>[1]["body"], input: unknown) => {
    const fixture = connect({ send: call("POST /things", { body, returns } as never) });
    await fixture.use("send", input);
    return { type: last().headers["content-type"], body: last().body };
  };

  it("JSON of any shape", async () => {
    expect(await sent(z.array(z.int()), { body: [1, 2] })).to.deep.equal({ type: "application/json", body: "[1,2]" });
    const union = z.union([z.object({ a: z.string() }), z.string()]);
    expect((await sent(union, { body: "text" })).body).to.equal('"text"');
    expect((await sent(union, { body: { a: "b" } })).body).to.equal('{"a":"b"}');
  });

  it("a form, nested as Stripe writes it, with lists in each style", async () => {
    const fields = z.object({
      amount: z.int(),
      capture: z.boolean().default(false),
      metadata: z.record(z.string(), z.string()),
      items: z.array(z.object({ price: z.string() })),
      tags: z.array(z.string()),
      note: z.string().nullable().optional(),
    });
    const input = {
      amount: 5,
      metadata: { "order id": "a&b" },
      items: [{ price: "p1" }, { price: "p2" }],
      tags: ["x", "y"],
      note: null,
    };
    const decoded = async (lists: "indexed" | "brackets" | "repeat") => {
      const { type, body } = await sent(form(fields, { lists }), input);
      expect(type).to.equal("application/x-www-form-urlencoded");
      return [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`);
    };
    const common = ["amount=5", "metadata[order id]=a&b"];
    expect(await decoded("indexed")).to.deep.equal([
      ...common,
      "items[0][price]=p1",
      "items[1][price]=p2",
      "tags[0]=x",
      "tags[1]=y",
      "note=",
      "capture=false",
    ]);
    expect(await decoded("brackets")).to.include.members(["tags[]=x", "tags[]=y", "items[][price]=p1"]);
    expect(await decoded("repeat")).to.include.members(["tags=x", "tags=y"]);
  });

  it("text, in UTF-8", async () => {
    expect(await sent(text({ type: "text/csv" }), { body: "a,é\n" })).to.deep.equal({
      type: "text/csv; charset=utf-8",
      body: "a,é\n",
    });
  });

  it("XML, escaped, with attributes and namespaces", async () => {
    const envelope = z.object({ "s:Envelope": z.object({ "@xmlns:s": z.string(), "s:Body": z.object({ Name: z.string() }) }) });
    const input = { body: { "s:Envelope": { "@xmlns:s": "urn:s", "s:Body": { Name: "a<b & c" } } } };
    expect(await sent(xml(envelope, { type: "text/xml" }), input)).to.deep.equal({
      type: "text/xml; charset=utf-8",
      body: '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="urn:s"><s:Body><Name>a&lt;b &amp; c</Name></s:Body></s:Envelope>',
    });
  });

  it("bytes, and files beside fields", async () => {
    expect(await sent(bytes({ type: "image/png" }), { body: new Uint8Array([65, 66]) })).to.deep.equal({
      type: "image/png",
      body: "AB",
    });
    const body = multipart({ fields: z.object({ title: z.string() }), files: ["document"] });
    const file = { name: "a.txt", type: "text/plain", data: new TextEncoder().encode("hello") };
    const written = await sent(body, { title: "T", document: [file, { ...file, name: "b.txt" }] });
    const read = await new Response(written.body, { headers: { "content-type": written.type ?? "" } }).formData();
    expect(read.get("title")).to.equal("T");
    const files = read.getAll("document") as File[];
    expect(files.map(({ name, type }) => [name, type])).to.deep.equal([
      ["a.txt", "text/plain"],
      ["b.txt", "text/plain"],
    ]);
    expect(await files[0]?.text()).to.equal("hello");
  });

  it("are refused before anything is sent when the input does not fit", async () => {
    for (const [body, input] of [
      [z.array(z.int()), { body: ["x"] }],
      [form(z.object({ a: z.int() })), { a: "x" }],
      [text(), { body: 7 }],
      [text(), { body: "\ud800" }],
      [bytes(), { body: "text" }],
      [multipart({ fields: z.object({}), files: ["f"] }), { f: "no file" }],
      [multipart({ fields: z.object({}), files: ["f"] }), {}],
    ] as const) {
      const fixture = connect({ send: call("POST /things", { body, returns } as never) });
      expect(failureOf(await fixture.fails("send", input)).code).to.equal("INVALID_REQUEST");
    }
    expect(shop.seen).to.deep.equal([]);
  });
});

describe("third party / query and method", () => {
  for (const [lists, expected] of [
    ["repeat", "/things?tag=a&tag=b%2Cc&n=1"],
    ["comma", "/things?tag=a%2Cb%2Cc&n=1"],
    ["brackets", "/things?tag%5B%5D=a&tag%5B%5D=b%2Cc&n=1"],
  ] as const)
    it(`writes lists as ${lists}`, async () => {
      const query = z.object({ tag: z.array(z.string()), n: z.int() });
      await connect({ find: call("GET /things", { query, queryLists: lists, returns }) }).use("find", {
        tag: ["a", "b,c"],
        n: 1,
      });
      expect(last().url).to.equal(`/v1${expected}`);
      await connect({ find: call("GET /things", { query, returns }) }, { queryLists: lists }).use("find", {
        tag: ["a", "b,c"],
        n: 1,
      });
      expect(last().url).to.equal(`/v1${expected}`);
    });

  it("asks by HEAD", async () => {
    shop.replies = [reply(200, "")];
    expect(await connect({ has: call("HEAD /things/:id", { returns: nothing() }) }).use("has", { id: "7" })).to.equal(null);
    expect([last().method, last().url]).to.deep.equal(["HEAD", "/v1/things/7"]);
  });
});
