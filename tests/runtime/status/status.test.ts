import { expect } from "chai";
import { describe, it } from "mocha";
import type { ProxyEvent, ProxyResponse } from "../../../runtime/lambda.ts";
import { serveStatus } from "../../../runtime/status/serve-status.ts";
import { context, world } from "../fakes/world.ts";

function serve() {
  const around = world();
  const handle = serveStatus(() => around.services);
  const get = async (over: { id?: string; query?: Record<string, string>; tenant?: string | null }) => {
    const event: ProxyEvent = {
      headers: {},
      pathParameters: over.id === undefined ? null : { requestId: over.id },
      queryStringParameters: over.query ?? null,
      body: null,
      isBase64Encoded: false,
      requestContext: {
        requestId: "gw-7",
        domainName: "d",
        stage: "s",
        authorizer: over.tenant === null ? null : { tenant: over.tenant ?? "key-1" },
      },
    };
    const { statusCode, headers, body } = (await handle(event, context())) as ProxyResponse;
    return {
      status: statusCode,
      headers,
      body: JSON.parse(body) as Record<string, never> & { requests: { requestId: string }[]; cursor?: string },
    };
  };
  const add = (requestId: string, tenant = "key-1", minute = 0) => {
    const createdAt = `2026-11-24T09:${String(minute).padStart(2, "0")}:00.000Z`;
    const pk = `request#${requestId}`;
    const steps = [{ step: "validate", status: "succeeded", attempts: 1, startedAt: createdAt, finishedAt: createdAt }];
    around.table.items.set(`${pk}|summary`, {
      pk,
      sk: "summary",
      requestId,
      correlationId: "c-1",
      tenant,
      flow: "orders",
      graph: "g",
      status: "running",
      createdAt,
      updatedAt: createdAt,
      steps,
      version: 3,
      expiresAt: 1,
    });
    for (const [eventId, time] of [
      ["e-2", "2026-11-24T09:01:00.000Z"],
      ["e-1", "2026-11-24T09:00:00.000Z"],
    ] as const) {
      const fact = JSON.stringify({ eventId, name: "Placed", step: "trigger:orders", occurredAt: time });
      around.table.items.set(`${pk}|event#${eventId}`, {
        pk,
        sk: `event#${eventId}`,
        kind: "event",
        belongs: "{}",
        fact,
        rank: 0,
        tie: "",
      });
    }
  };
  return { ...around, get, add };
}

describe("status / one request", () => {
  it("tells its state, steps and events in order, and nothing of the store", async () => {
    const of = serve();
    of.add("r-1");
    const { status, body } = await of.get({ id: "r-1" });
    expect(status).to.equal(200);
    expect(body).to.eql({
      requestId: "r-1",
      correlationId: "c-1",
      flow: "orders",
      status: "running",
      createdAt: "2026-11-24T09:00:00.000Z",
      updatedAt: "2026-11-24T09:00:00.000Z",
      steps: [
        {
          step: "validate",
          status: "succeeded",
          attempts: 1,
          startedAt: "2026-11-24T09:00:00.000Z",
          finishedAt: "2026-11-24T09:00:00.000Z",
        },
      ],
      events: [
        { name: "Placed", eventId: "e-1", step: "trigger:orders", occurredAt: "2026-11-24T09:00:00.000Z" },
        { name: "Placed", eventId: "e-2", step: "trigger:orders", occurredAt: "2026-11-24T09:01:00.000Z" },
      ],
    });
  });

  it("answers the same 404 to what is not there and to what is another tenant's", async () => {
    const of = serve();
    of.add("r-2", "key-2");
    const [none, others] = [await of.get({ id: "r-9" }), await of.get({ id: "r-2" })];
    expect(none.status).to.equal(404);
    expect(none.headers).to.include({ "retry-after": "1", "content-type": "application/problem+json" });
    expect(others).to.eql(none);
    expect(none.body).to.include({ type: "about:blank", title: "Not Found", status: 404, requestId: "gw-7" });
  });

  it("shows what a webhook started to every caller with a key", async () => {
    const of = serve();
    of.add("r-3", "webhook:payments.stripe");
    expect((await of.get({ id: "r-3" })).status).to.equal(200);
    expect((await of.get({ id: "r-3", tenant: null })).status).to.equal(403);
  });

  it("refuses a malformed id", async () => {
    for (const id of ["", "a b", "a#b", "x".repeat(513)]) expect((await serve().get({ id })).status).to.equal(400);
  });

  it("answers 500 without a word about the inside when the table fails", async () => {
    const of = serve();
    of.table.failures.push(new Error("arn:aws:dynamodb secret"));
    const { status, body } = await of.get({ id: "r-1" });
    expect(status).to.equal(500);
    expect(JSON.stringify(body)).not.to.include("arn:");
  });
});

describe("status / requests of a correlation id", () => {
  it("lists the caller's own, newest first, page by page", async () => {
    const of = serve();
    for (let i = 0; i < 7; i += 1) of.add(`r-${i}`, i === 3 ? "key-2" : i === 4 ? "webhook:a.b" : "key-1", i);
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await of.get({ query: { correlationId: "c-1", limit: "2", ...(cursor && { cursor }) } });
      expect(status).to.equal(200);
      pages.push(body.requests.map(({ requestId }) => requestId));
      cursor = body.cursor;
    } while (cursor);
    expect(pages).to.eql([
      ["r-6", "r-5"],
      ["r-4", "r-2"],
      ["r-1", "r-0"],
    ]);
  });

  it("goes on past other tenants' requests, however many", async () => {
    const of = serve();
    of.add("r-own", "key-1", 0);
    for (let i = 0; i < 250; i += 1) of.add(`r-${i}`, "key-2", 1);
    const { body } = await of.get({ query: { correlationId: "c-1" } });
    expect(body.requests.map(({ requestId }) => requestId)).to.eql(["r-own"]);
    expect(body).not.to.have.property("cursor");
  });

  it("shows neither steps nor events, and an empty list where there is nothing", async () => {
    const of = serve();
    of.add("r-1");
    expect(Object.keys((await of.get({ query: { correlationId: "c-1" } })).body.requests[0] ?? {})).to.eql([
      "requestId",
      "correlationId",
      "flow",
      "status",
      "createdAt",
      "updatedAt",
    ]);
    expect((await of.get({ query: { correlationId: "none" } })).body).to.eql({ requests: [] });
  });

  for (const query of [
    {},
    { correlationId: "a b" },
    { correlationId: "c", limit: "0" },
    { correlationId: "c", limit: "101" },
    { correlationId: "c", limit: "ten" },
    { correlationId: "c", cursor: "%%%" },
    { correlationId: "c", cursor: "WzFd" },
  ]) {
    it(`refuses ${JSON.stringify(query)}`, async () => {
      const { status, headers } = await serve().get({ query: query as Record<string, string> });
      expect(status).to.equal(400);
      expect(headers["content-type"]).to.equal("application/problem+json");
    });
  }
});
