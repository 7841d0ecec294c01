import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { bulkRoutes } from "../../../console/server/bulk.ts";
import type { Routes } from "../../../console/server/source.ts";
import type { Bulk } from "../../../console/shared/bulk.ts";

type Answer = readonly [status: number, body: object];

describe("the console's bulk actions", () => {
  let server: Server;
  let calls: { readonly path: string; readonly body: unknown }[];
  /** Answers of the hub's API, in turn by path; a path without one is refused. */
  let answers: Record<string, Answer[]>;
  let waiting: Promise<void>;
  let routes: Routes;
  beforeEach(async () => {
    calls = [];
    answers = {};
    waiting = Promise.resolve();
    server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const path = request.url ?? "";
      calls.push({ path, body: JSON.parse(body) as unknown });
      await waiting;
      const [status, answer] = answers[path]?.shift() ?? [409, { detail: `${path} is refused.` }];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    routes = bulkRoutes(
      { apiUrl, operatorKey: "key" },
      {
        openDeadLetters: async (requestId) => (requestId === "none" ? [] : [`${requestId}-1`, `${requestId}-2`]),
        matching: (query, asOf, limit) => (query === "all" ? Array.from({ length: limit }, (_, n) => `r${n}`) : [query, asOf]),
        now: () => Date.parse("2026-11-29T12:00:00.000Z"),
      },
    );
  });
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const call = (route: string, body: unknown = {}, parameters: readonly string[] = []) =>
    routes[route]?.({ parameters, query: new URLSearchParams(), body: typeof body === "string" ? body : JSON.stringify(body) });
  const listed = () => (call("GET /api/bulk") as { readonly bulks: readonly Bulk[] }).bulks;
  const over = async (): Promise<Bulk | undefined> => {
    while (listed()[0]?.state === "running") await new Promise(setImmediate);
    return listed()[0];
  };
  const accepted: Answer = [202, {}];

  it("cancels each request with the reason, and names each refusal", async () => {
    answers = { "/requests/a/cancel": [accepted], "/requests/c/cancel": [accepted] };
    const begun = call("POST /api/bulk", { verb: "cancel", reason: "ordered twice", requestIds: ["a", "b", "c", "a"] }) as Bulk;
    expect({ state: begun.state, total: begun.total, done: begun.done }).to.deep.equal({ state: "running", total: 3, done: 0 });
    expect(await over()).to.deep.equal({
      ...begun,
      ...{ state: "done", done: 3, refused: 1 },
      refusals: [{ requestId: "b", refused: "/requests/b/cancel is refused." }],
    });
    expect(calls).to.deep.equal(
      ["a", "b", "c"].map((id) => ({ path: `/requests/${id}/cancel`, body: { reason: "ordered twice" } })),
    );
  });

  it("sends all open dead letters of a request back, and names a request without any and a dead letter that is refused", async () => {
    answers = {
      "/ops/dead-letters/redrive": [
        [
          200,
          {
            results: [
              { id: "a-1", state: "redriven" },
              { id: "a-2", state: "redriven" },
            ],
          },
        ],
        [
          409,
          {
            results: [
              { id: "b-1", state: "redriven" },
              { id: "b-2", refused: "it is redriven" },
            ],
          },
        ],
      ],
    };
    call("POST /api/bulk", { verb: "redrive", reason: "the ERP is back", requestIds: ["a", "none", "b"] });
    expect((await over())?.refusals).to.deep.equal([
      { requestId: "none", refused: "it has no open dead letter" },
      { requestId: "b", refused: "dead letter b-2: it is redriven" },
    ]);
    expect(calls[0]?.body).to.deep.equal({ ids: ["a-1", "a-2"], reason: "the ERP is back" });
  });

  it("takes the whole of a query, as the list had it", async () => {
    call("POST /api/bulk", { verb: "cancel", reason: "a test", query: "status:running", asOf: "2026-11-29" });
    expect((await over())?.refusals.map(({ requestId }) => requestId)).to.deep.equal(["status:running", "2026-11-29"]);
    expect(listed()[0]?.query).to.equal("status:running");
  });

  it("leaves the rest when the hub fails three times in a row, or a person stops it", async () => {
    answers = Object.fromEntries([1, 2, 3, 4].map((n) => [`/requests/${n}/cancel`, [[500, { detail: "broken" }]]]));
    call("POST /api/bulk", { verb: "cancel", reason: "a test", requestIds: ["1", "2", "3", "4"] });
    const failed = await over();
    expect([failed?.state, failed?.ended, failed?.done]).to.deep.equal(["stopped", "3 calls in a row failed", 3]);
    let go = () => {};
    waiting = new Promise((resolve) => (go = resolve));
    answers = { "/requests/a/cancel": [accepted] };
    const { id } = call("POST /api/bulk", { verb: "cancel", reason: "a test", requestIds: ["a", "b"] }) as Bulk;
    call("POST /api/bulk/*/stop", {}, [id]);
    go();
    const stopped = await over();
    expect([stopped?.state, stopped?.ended, stopped?.done, stopped?.refused]).to.deep.equal(["stopped", "by hand", 1, 0]);
    expect(() => call("POST /api/bulk/*/stop", {}, ["gone"])).to.throw("There is no such bulk action.");
  });

  for (const [why, body, message] of [
    ["another verb", { verb: "discard", reason: "x", requestIds: ["a"] }, "verb is not one of redrive, cancel."],
    ["no reason", { verb: "cancel", reason: " ", requestIds: ["a"] }, "reason is missing."],
    ["neither ids nor query", { verb: "cancel", reason: "x" }, "Give either requestIds, a list of ids, or query."],
    ["both", { verb: "cancel", reason: "x", requestIds: ["a"], query: "" }, "Give either requestIds, a list of ids, or query."],
    ["ids that are none", { verb: "cancel", reason: "x", requestIds: [1] }, "Give either requestIds, a list of ids, or query."],
    ["no request", { verb: "cancel", reason: "x", requestIds: [] }, "No request is chosen."],
    ["too many", { verb: "cancel", reason: "x", query: "all" }, "More than 10000 requests are chosen."],
    ["no JSON", "{", "The body is no JSON object."],
  ] as const)
    it(`refuses ${why}`, () => {
      expect(() => call("POST /api/bulk", body)).to.throw(message);
      expect(calls).to.deep.equal([]);
    });

  it("refuses the whole of a query where the hub is known by its API alone", () => {
    const deployed = bulkRoutes({ apiUrl: "", operatorKey: "key" }, { openDeadLetters: async () => [], now: () => 0 });
    const body = JSON.stringify({ verb: "cancel", reason: "x", query: "" });
    expect(() => deployed["POST /api/bulk"]?.({ parameters: [], query: new URLSearchParams(), body })).to.throw(
      "Choose requests one by one.",
    );
  });
});
