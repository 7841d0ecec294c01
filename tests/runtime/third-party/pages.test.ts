import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { type AnyAdapter, adapter, bearer, call, type Operation } from "../../../model/index.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { nextLink } from "../../../runtime/third-party/pages.ts";
import { type Reply, reply, useShop } from "../fakes/shop.ts";

const shop = useShop();
const Items = z.array(z.object({ id: z.int() }));

const connect = (operation: unknown, rateLimit?: { calls: number; per: "1 minute" }) => {
  const fixture = shop.connectTo(
    adapter("shop", {
      baseUrl: "https://shop.example.com",
      auth: bearer({ secret: "shop/key" }),
      timeout: "5 seconds",
      ...(rateLimit && { rateLimit }),
      operations: { list: operation as Operation },
    }) as AnyAdapter,
  );
  fixture.secrets.set("arn:shop", '{"token":"t0ken"}');
  return fixture;
};
const all = async (fixture: ReturnType<typeof connect>, input?: unknown) => {
  const pages: unknown[] = [];
  for await (const page of fixture.pages("list", input)) pages.push(page);
  return pages;
};
const failure = (work: Promise<unknown>) => work.then(() => expect.fail("it went well"), failureOf);
const paths = () => shop.seen.map(({ url }) => url);
const page = (ids: readonly number[]) => ids.map((id) => ({ id }));

describe("third party / pages", () => {
  const byLink = (atMost?: number) =>
    call("GET /things", {
      query: z.object({ size: z.int() }),
      returns: Items,
      pages: { by: "link", ...(atMost !== undefined && { atMost }) },
    });

  it("follow the Link header, with credentials and another idempotency key for each", async () => {
    const linked: Reply = (response, { url }) => {
      const n = Number(new URL(url, "http://x").searchParams.get("page") ?? 1);
      const link = `<${shop.origin}/v1/things?size=2&page=1>; rel="first", </v1/things?size=2&page=${n + 1}>; rel="next"`;
      reply(200, page([n]), n < 3 ? { link } : {})(response, shop.seen[0] as never);
    };
    shop.replies = [linked];
    expect(await all(connect(byLink()), { size: 2 })).to.deep.equal([page([1]), page([2]), page([3])]);
    expect(paths()).to.deep.equal(["/v1/things?size=2", "/v1/things?size=2&page=2", "/v1/things?size=2&page=3"]);
    expect(new Set(shop.seen.map(({ headers }) => headers.authorization))).to.deep.equal(new Set(["Bearer t0ken"]));
    expect(new Set(shop.seen.map(({ headers }) => headers["idempotency-key"])).size).to.equal(3);
  });

  it("refuse a link to another origin, since credentials go with the call", async () => {
    for (const target of ["https://evil.example/v1/things", "//evil.example/x", "http://127.0.0.1:1/v1"]) {
      shop.replies = [reply(200, page([1]), { link: `<${target}>; rel="next"` })];
      expect((await failure(all(connect(byLink()), { size: 2 }))).code).to.equal("INVALID_PAGE");
    }
    expect(shop.seen).to.have.length(3);
  });

  it("follow a cursor in the body until there is none", async () => {
    const operation = call("POST /search", {
      body: z.object({ text: z.string(), cursor: z.string().optional() }),
      returns: z.object({ items: Items, meta: z.object({ next: z.string().nullable() }) }),
      pages: { by: "cursor", from: "meta.next", parameter: "cursor" },
    });
    shop.replies = [
      reply(200, { items: page([1]), meta: { next: "c2" } }),
      reply(200, { items: page([]), meta: { next: "c3" } }),
      reply(200, { items: page([2]), meta: { next: null } }),
    ];
    expect(await all(connect(operation), { text: "x" })).to.have.length(3);
    expect(shop.seen.map(({ body }) => JSON.parse(body))).to.deep.equal([
      { text: "x" },
      { text: "x", cursor: "c2" },
      { text: "x", cursor: "c3" },
    ]);
  });

  it("follow a URL in the body, whole or relative, under a name with dots, until there is none", async () => {
    const operation = call("GET /things", {
      query: z.object({ size: z.int() }),
      returns: z.object({ value: Items, "@odata.nextLink": z.string().optional() }),
      pages: { by: "link", from: "@odata.nextLink" },
    });
    shop.replies = [
      reply(200, { value: page([1]), "@odata.nextLink": `${shop.origin}/v1/things?skip=1` }),
      reply(200, { value: page([2]), "@odata.nextLink": "/v1/things?skip=2" }),
      reply(200, { value: page([3]) }),
    ];
    expect(await all(connect(operation), { size: 2 })).to.have.length(3);
    expect(paths()).to.deep.equal(["/v1/things?size=2", "/v1/things?skip=1", "/v1/things?skip=2"]);
    shop.replies = [reply(200, { value: page([1]), "@odata.nextLink": "https://evil.example/v1/things" })];
    expect((await failure(all(connect(operation), { size: 2 }))).code).to.equal("INVALID_PAGE");
    for (const none of [null, ""]) {
      const nullable = call("GET /things", {
        returns: z.object({ items: Items, meta: z.object({ next: z.string().nullable() }) }),
        pages: { by: "link", from: "meta.next" },
      });
      shop.replies = [reply(200, { items: page([1]), meta: { next: none } })];
      expect(await all(connect(nullable))).to.have.length(1);
    }
  });

  it("follow the last item, as Stripe's do, until there are no more", async () => {
    const list = { query: z.object({ after: z.int().optional() }), returns: z.object({ data: Items, has_more: z.boolean() }) };
    const operation = call("GET /things", {
      ...list,
      pages: { by: "last", items: "data", from: "id", parameter: "after", more: "has_more" },
    });
    shop.replies = [reply(200, { data: page([1, 2]), has_more: true }), reply(200, { data: page([3]), has_more: false })];
    expect(await all(connect(operation))).to.have.length(2);
    expect(paths()).to.deep.equal(["/v1/things", "/v1/things?after=2"]);
    shop.replies = [reply(200, { data: [], has_more: true })];
    expect(await all(connect(operation))).to.deep.equal([]);
    shop.seen.length = 0;
    const plain = call("GET /things", {
      query: list.query,
      returns: Items,
      pages: { by: "last", from: "id", parameter: "after" },
    });
    shop.replies = [reply(200, page([1])), reply(200, page([2])), reply(200, [])];
    expect(await all(connect(plain))).to.have.length(2);
    expect(paths()).to.deep.equal(["/v1/things", "/v1/things?after=1", "/v1/things?after=2"]);
    const loose = call("GET /things", {
      query: z.object({ after: z.string().optional() }),
      returns: z.array(z.object({ key: z.string().optional() })),
      pages: { by: "last", from: "key", parameter: "after" },
    });
    shop.replies = [reply(200, [{ key: "a" }, {}])];
    expect((await failure(all(connect(loose)))).code).to.equal("INVALID_PAGE");
  });

  it("count by number or by offset until a page is empty", async () => {
    const numbered = call("GET /things", {
      query: z.object({ p: z.int().optional() }),
      returns: z.object({ data: Items }),
      pages: { by: "page", parameter: "p", first: 0, items: "data" },
    });
    shop.replies = [reply(200, { data: page([1, 2]) }), reply(200, { data: page([3]) }), reply(200, { data: [] })];
    expect(await all(connect(numbered))).to.have.length(2);
    expect(paths()).to.deep.equal(["/v1/things?p=0", "/v1/things?p=1", "/v1/things?p=2"]);
    shop.seen.length = 0;
    const offset = call("GET /things", {
      query: z.object({ skip: z.int().optional() }),
      returns: Items,
      pages: { by: "offset", parameter: "skip" },
    });
    shop.replies = [reply(200, page([1, 2])), reply(200, page([3])), reply(200, [])];
    expect(await all(connect(offset), { skip: 10 })).to.have.length(2);
    expect(paths()).to.deep.equal(["/v1/things?skip=10", "/v1/things?skip=12", "/v1/things?skip=13"]);
  });

  it("end with an error at the bound, and without one when the handler leaves the loop", async () => {
    shop.replies = [
      (response) => reply(200, page([1]), { link: `<${shop.origin}/v1/things>; rel=next` })(response, shop.seen[0] as never),
    ];
    expect((await failure(all(connect(byLink(2)), { size: 2 }))).code).to.equal("TOO_MANY_PAGES");
    expect(shop.seen).to.have.length(2);
    for await (const _page of connect(byLink(2)).pages("list", { size: 2 })) break;
    expect(shop.seen).to.have.length(3);
  });

  it("wait for the rate limit one by one", async () => {
    shop.replies = [
      (response) => reply(200, page([1]), { link: `<${shop.origin}/v1/things>; rel=next` })(response, shop.seen[0] as never),
    ];
    expect((await failure(all(connect(byLink(), { calls: 3, per: "1 minute" }), { size: 2 }))).code).to.equal("RATE_LIMITED");
    expect(shop.seen.length).to.be.within(1, 3);
  });
});

describe("third party / Link header", () => {
  for (const [header, expected] of [
    ['<https://a/2>; rel="next"', "https://a/2"],
    ['<https://a/1>; rel="prev", <https://a/3>; rel="next"', "https://a/3"],
    ["</x?a=1,2;3>; rel=next", "/x?a=1,2;3"],
    ['<https://a/2>; title="a, b; rel=\\"next\\""; rel="last next"', "https://a/2"],
    ['<https://a/2>; REL="NEXT"', "https://a/2"],
    ['<https://a/2>; rel="prev"; rel="next"', undefined],
    ['<https://a/2>; title="rel=next"', undefined],
    ["nonsense", undefined],
    [null, undefined],
  ] as const)
    it(`${header} leads to ${expected}`, () => expect(nextLink(header)).to.equal(expected));
});
