import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { isRetryLater, isTerminal } from "../../../model/errors.ts";
import {
  type AnyAdapter,
  adapter,
  bytes,
  call,
  int64,
  noAuth,
  nothing,
  type Operation,
  text,
  withHeaders,
} from "../../../model/index.ts";
import { xml } from "../../../model/xml.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { type Reply, reply, useShop } from "../fakes/shop.ts";

const shop = useShop();

const connect = (operation: unknown) => {
  const options = { baseUrl: "https://shop.example.com", auth: noAuth(), timeout: "5 seconds" } as const;
  return shop.connectTo(adapter("shop", { ...options, operations: { get: operation as Operation } }) as AnyAdapter);
};
const raw =
  (status: number, body: Uint8Array, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(status, headers).end(body);
const latin1 = (value: string) => Buffer.from(value, "latin1");

describe("third party / errors that are answers", () => {
  const operation = call("GET /things/:id", {
    returns: z.object({ name: z.string() }),
    errors: { 404: nothing(), 422: z.object({ field: z.string() }), 503: text() },
    statuses: { retry: [409], refuse: [501] },
  });

  it("come back with their status, and need no catching", async () => {
    shop.replies = [reply(200, { name: "n" }), reply(404, "<html>"), reply(422, { field: "f" }), reply(503, "later")];
    const { use } = connect(operation);
    const results = [];
    for (let n = 0; n < 4; n += 1) results.push(await use("get", { id: "1" }));
    expect(results).to.deep.equal([
      { ok: true, value: { name: "n" } },
      { ok: false, status: 404, error: null },
      { ok: false, status: 422, error: { field: "f" } },
      { ok: false, status: 503, error: "later" },
    ]);
    // A declared 503 is no outage: one call each.
    expect(shop.seen).to.have.length(4);
  });

  it("are held to their schema", async () => {
    shop.replies = [reply(422, { field: 7 })];
    expect(failureOf(await connect(operation).fails("get", { id: "1" })).code).to.equal("INVALID_RESPONSE");
  });

  it("do not open the breaker", async () => {
    shop.replies = [reply(503, "later")];
    const { use } = connect(operation);
    for (let n = 0; n < 7; n += 1) expect(await use("get", { id: "1" })).to.include({ status: 503 });
  });

  for (const [status, headers, kind] of [
    [409, {}, "retry"],
    [409, { "retry-after": "7" }, "later"],
    [501, {}, "terminal"],
    [403, {}, "terminal"],
    [500, {}, "retry"],
  ] as const)
    it(`take ${status} ${JSON.stringify(headers)} as ${kind}`, async () => {
      shop.replies = [reply(status, {}, headers)];
      const error = await connect(operation).fails("get", { id: "1" });
      expect(isTerminal(error) ? "terminal" : isRetryLater(error) ? "later" : "retry").to.equal(kind);
    });

  it("repeat a 2xx that the operation says is not ready", async () => {
    shop.replies = [reply(202, {})];
    const waiting = call("GET /report", { returns: z.object({}), statuses: { retry: [202] } });
    expect(failureOf(await connect(waiting).fails("get")).code).to.equal("THIRD_PARTY_FAILED");
  });
});

describe("third party / contents", () => {
  it("text, bytes, nothing, and headers beside a body", async () => {
    shop.replies = [reply(200, "ok", { "content-type": "text/plain" })];
    expect(await connect(call("GET /x", { returns: text() })).use("get")).to.equal("ok");
    shop.replies = [raw(200, new Uint8Array([0, 255]))];
    expect(await connect(call("GET /x", { returns: bytes({ type: "application/pdf" }) })).use("get")).to.deep.equal(
      new Uint8Array([0, 255]),
    );
    expect(shop.seen.at(-1)?.headers.accept).to.equal("application/pdf");
    shop.replies = [reply(204, "")];
    expect(await connect(call("POST /x", { returns: nothing() })).use("get")).to.equal(null);
    shop.replies = [reply(201, { id: "7" }, { etag: '"v"' })];
    const created = call("POST /x", { returns: withHeaders(["ETag", "Location"], z.object({ id: z.string() })) });
    expect(await connect(created).use("get")).to.deep.equal({
      status: 201,
      headers: { ETag: '"v"', Location: undefined },
      body: { id: "7" },
    });
  });

  it("XML by its schema: lists, numbers, texts with leading zeros, attributes; prefixes are left out", async () => {
    const Order = z.object({
      Envelope: z.object({
        Body: z.object({
          Order: z.object({
            "@id": z.string(),
            Code: z.string(),
            Total: z.number(),
            Paid: z.boolean(),
            Line: z.array(z.object({ Sku: z.string() })),
            Note: z.string().optional(),
          }),
        }),
      }),
    });
    shop.replies = [
      reply(
        200,
        '<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="urn:x"><SOAP-ENV:Body><o:Order id="007" xmlns:o="urn:o"><o:Code>0042</o:Code><Total>12.50</Total><Paid>1</Paid><Line><Sku>a &amp; b</Sku></Line></o:Order></SOAP-ENV:Body></SOAP-ENV:Envelope>',
        { "content-type": "text/xml" },
      ),
    ];
    const { Envelope } = (await connect(call("GET /x", { returns: xml(Order) })).use("get")) as z.output<typeof Order>;
    expect(Envelope.Body.Order).to.deep.include({
      "@id": "007",
      Code: "0042",
      Total: 12.5,
      Paid: true,
      Line: [{ Sku: "a & b" }],
    });
  });

  for (const [what, body] of [
    ["malformed XML", "<a><b></a>"],
    ["a document type", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ["XML of another shape", "<b/>"],
  ] as const)
    it(`refuses ${what}`, async () => {
      shop.replies = [reply(200, body)];
      const error = await connect(call("GET /x", { returns: xml(z.object({ a: z.string() })) })).fails("get");
      expect(failureOf(error).code).to.equal("INVALID_RESPONSE");
    });
});

describe("third party / digits of an answer", () => {
  it("are kept where the schema says int64(), and an error says so elsewhere", async () => {
    shop.replies = [raw(200, Buffer.from('{"id":820982911946154508}'))];
    expect(await connect(call("GET /x", { returns: z.object({ id: int64() }) })).use("get")).to.deep.equal({
      id: "820982911946154508",
    });
    const error = await connect(call("GET /x", { returns: z.object({ id: z.number() }) })).fails("get");
    expect(failureOf(error).code).to.equal("INVALID_RESPONSE");
    expect(error.message).to.include("int64()");
  });
});

describe("third party / charsets", () => {
  const json = call("GET /x", { returns: z.looseObject({ name: z.string() }) });
  const bom = new Uint8Array(readFileSync(new URL("../../cases/answer-with-bom.json", import.meta.url)));

  it("drops a byte order mark, and calls once", async () => {
    shop.replies = [raw(200, bom, { "content-type": "application/json" })];
    const anything = call("GET /x", { returns: z.looseObject({}) });
    expect(await connect(anything).use("get")).to.be.an("object");
    expect(shop.seen).to.have.length(1);
  });

  for (const [what, body, type] of [
    ["ISO-8859-1", latin1('{"name":"é"}'), "application/json; charset=ISO-8859-1"],
    ["UTF-16 by its mark", Buffer.from('\ufeff{"name":"é"}', "utf16le"), "application/json"],
    ["UTF-8 with a quoted charset", Buffer.from('{"name":"é"}'), 'application/json; charset="utf-8"'],
  ] as const)
    it(`honours ${what}`, async () => {
      shop.replies = [raw(200, body, { "content-type": type })];
      expect(await connect(json).use("get")).to.deep.equal({ name: "é" });
    });

  it("honours the encoding of an XML declaration", async () => {
    shop.replies = [raw(200, latin1('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'), { "content-type": "text/xml" })];
    expect(await connect(call("GET /x", { returns: xml(z.object({ a: z.string() })) })).use("get")).to.deep.equal({ a: "é" });
  });

  for (const [what, body, type] of [
    ["bytes that are not UTF-8", latin1('{"name":"é"}'), "application/json"],
    ["an unknown charset", Buffer.from('{"name":"e"}'), "application/json; charset=x-none"],
  ] as const)
    it(`refuses ${what}; no byte is replaced`, async () => {
      shop.replies = [raw(200, body, { "content-type": type })];
      expect(failureOf(await connect(json).fails("get")).code).to.equal("INVALID_RESPONSE");
    });
});
