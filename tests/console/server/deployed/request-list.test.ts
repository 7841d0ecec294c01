import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Listed, requestList } from "../../../../console/server/deployed/request-list.ts";

const NOW = Date.parse("2026-11-29T12:00:00.000Z");
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1_000).toISOString();

const request = (requestId: string, secondsAgo: number, status = "completed"): Listed => ({
  ...{ requestId, correlationId: requestId, flow: "orders", status },
  ...{ createdAt: at(secondsAgo), updatedAt: at(secondsAgo) },
});
const many = (name: string, count: number, of: (n: number) => number, status?: string) =>
  Array.from({ length: count }, (_, n) => request(`${name}-${n}`, of(n), status));

/** `GET /requests` of a stack with two tenants, by their keys. */
describe("the list of requests of a deployed stack", () => {
  let server: Server;
  let list: ReturnType<typeof requestList>;
  let tenants: Record<string, Listed[]>;
  let calls: string[];
  beforeEach(async () => {
    tenants = { operator: [], shop: [] };
    calls = [];
    server = createServer((message, response) => {
      calls.push(message.url ?? "");
      const { pathname, searchParams } = new URL(message.url ?? "", "http://hub");
      const own = tenants[String(message.headers["x-api-key"])] ?? [];
      const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
      if (pathname !== "/requests") {
        const found = Object.values(tenants)
          .flat()
          .find(({ requestId }) => `/requests/${requestId}` === pathname);
        return answer(found ? 200 : 404, found ?? { detail: "There is none." });
      }
      const { from = "", to = "~", status, key, cursor = "0", limit } = Object.fromEntries(searchParams);
      const found = own
        .filter(({ createdAt }) => createdAt >= from && createdAt < to)
        .filter((one) => (status === undefined || one.status === status) && (key === undefined || one.correlationId === key))
        .sort((a, b) => (`${a.createdAt}#${a.requestId}` < `${b.createdAt}#${b.requestId}` ? 1 : -1));
      const end = Number(cursor) + Number(limit);
      return answer(200, { requests: found.slice(Number(cursor), end), ...(end < found.length && { cursor: String(end) }) });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    list = requestList({
      apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      operatorKey: "operator",
      otherKeys: ["shop"],
      deployed: { name: "prod", options: "--stack prod" },
      root: "",
      resources: [],
      matches: () => false,
      sampleOf: () => ({}),
      parts: new Map(),
    });
  });
  afterEach(() => server.close());
  const page = async (query: string, offset = 0, asOf?: string) => {
    const { rows, ...rest } = await list({ query, offset, limit: 100, asOf, rowsOnly: offset > 0, now: NOW });
    return { ids: rows.map(({ requestId }) => requestId), ...rest };
  };

  it("merges the tenants' lists by age, page by page, without a gap or a repetition", async () => {
    tenants = { operator: many("a", 130, (n) => n * 2), shop: many("b", 220, (n) => n * 2 + 1) };
    const expected = [...(tenants.operator ?? []), ...(tenants.shop ?? [])]
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
      .map(({ requestId }) => requestId);
    const pages = [];
    for (let offset = 0; offset < 400; offset += 100) pages.push(await page("", offset, at(0)));
    expect(pages.flatMap(({ ids }) => ids)).to.deep.equal(expected);
    expect(pages.map(({ more }) => more)).to.deep.equal([true, true, true, false]);
  });

  it("goes on in the middle of requests of the same moment", async () => {
    tenants = { operator: many("a", 150, () => 5) };
    const ids = [...(await page("", 0, at(0))).ids, ...(await page("", 100, at(0))).ids];
    expect(new Set(ids).size).to.equal(150);
  });

  it("reads the pages before one that it does not know, once", async () => {
    tenants = { operator: many("a", 350, (n) => n) };
    const { ids } = await page("", 300, at(0));
    expect([ids.length, ids[0]]).to.deep.equal([50, "a-300"]);
    calls = [];
    await page("", 300, at(0));
    expect(calls.length).to.equal(2);
  });

  it("counts newer requests without moving the rows", async () => {
    tenants = { operator: [request("new", 1), request("old", 60)] };
    const { ids, newer } = await page("", 0, at(60));
    expect({ ids, newer }).to.deep.equal({ ids: ["old"], newer: 1 });
  });

  it("lets the API filter by one status, and filters by several itself", async () => {
    tenants = { operator: [request("a", 1, "blocked"), request("b", 2, "failed"), request("c", 3)] };
    expect((await page("status:blocked")).ids).to.deep.equal(["a"]);
    expect(calls.every((call) => call.includes("status=blocked"))).to.equal(true);
    expect((await page("status:blocked,failed")).ids).to.deep.equal(["a", "b"]);
    expect((await page("flow:ord*")).ids).to.deep.equal(["a", "b", "c"]);
    expect((await page("age>2s")).ids).to.deep.equal(["b", "c"]);
    expect((await page("age<2s")).ids).to.deep.equal(["a", "b"]);
  });

  it("says that more may match where it stopped reading", async () => {
    tenants = { operator: [...many("a", 700, (n) => n), request("rare", 1_000, "blocked")] };
    const { ids, more } = await page("status:blocked,failed");
    expect({ ids, more }).to.deep.equal({ ids: [], more: true });
    expect(calls.length).to.equal(6);
    expect((await page("status:blocked,failed age>10m")).ids).to.deep.equal(["rare"]);
  });

  it("finds a request by its own id and by another one", async () => {
    tenants = { operator: [{ ...request("r1", 1), correlationId: "order-7" }], shop: [request("r2", 2)] };
    expect((await page("r2")).ids).to.deep.equal(["r2"]);
    expect((await page("key:order-7")).ids).to.deep.equal(["r1"]);
    expect((await page("none")).ids).to.deep.equal([]);
  });

  it("names what the API can't search for", async () => {
    for (const [query, detail] of [
      ["tenant:shop", "The API of a deployed stack can't search by tenant. Remove tenant: from the query."],
      ["a b", "The API of a deployed stack searches for one id at a time. Remove the others."],
      ["key:A*", "The API of a deployed stack finds whole ids only. Write the id without *."],
    ] as const) {
      const problem = await page(query).catch((error: Error) => error.message);
      expect(problem, query).to.equal(detail);
    }
  });
});
