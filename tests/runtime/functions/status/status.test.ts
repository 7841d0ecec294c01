import { expect } from "chai";
import { describe, it } from "mocha";
import { listKeysOf } from "../../../../runtime/functions/ledger/listing.ts";
import { serveStatus } from "../../../../runtime/functions/status/serve-status.ts";
import type { ProxyEvent, ProxyResponse } from "../../../../runtime/lambda.ts";
import type { Item } from "../../../../runtime/ports.ts";
import { traceIdOf } from "../../../../runtime/tracing/trace-ids.ts";
import { context, fakeDependencies } from "../../fakes/dependencies.ts";

function serve() {
  const around = fakeDependencies();
  const handle = serveStatus(() => around.services);
  const get = async (over: {
    id?: string;
    query?: Record<string, string>;
    multi?: Record<string, string[]>;
    tenant?: string | null;
    operator?: boolean;
    prefer?: string;
  }) => {
    const event: ProxyEvent = {
      headers: over.prefer === undefined ? {} : { Prefer: over.prefer },
      pathParameters: over.id === undefined ? null : { requestId: over.id },
      queryStringParameters: over.query ?? null,
      multiValueQueryStringParameters: over.multi ?? null,
      body: null,
      isBase64Encoded: false,
      requestContext: {
        requestId: "gw-7",
        domainName: "d",
        stage: "s",
        authorizer:
          over.tenant === null
            ? null
            : {
                tenant: over.tenant ?? "key-1",
                consumer: "caller",
                operator: over.operator ? "true" : "false",
              },
      },
    };
    const { statusCode, headers, body } = (await handle(event, context())) as ProxyResponse;
    return {
      status: statusCode,
      headers,
      body: JSON.parse(body) as Record<string, never> & { requests: { requestId: string }[]; cursor?: string },
    };
  };
  const add = (requestId: string, tenant = "key-1", minute = 0, over: Partial<Item> = {}) => {
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
      ...listKeysOf({ tenant, requestId, correlationId: "c-1", createdAt }),
      ...over,
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
  it("returns state, steps and events in order, and no internal attributes", async () => {
    const fixture = serve();
    fixture.add("r-1");
    const { status, body } = await fixture.get({ id: "r-1" });
    expect(status).to.equal(200);
    expect(body).to.eql({
      requestId: "r-1",
      traceId: traceIdOf("r-1"),
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

  it("answers the same 404 for a missing request and for another tenant's", async () => {
    const fixture = serve();
    fixture.add("r-2", "key-2");
    const [none, others] = [await fixture.get({ id: "r-9" }), await fixture.get({ id: "r-2" })];
    expect(none.status).to.equal(404);
    expect(none.headers).to.include({ "retry-after": "1", "content-type": "application/problem+json" });
    expect(others).to.eql(none);
    expect(none.body).to.include({ type: "about:blank", title: "Not Found", status: 404, requestId: "gw-7" });
  });

  it("shows any request to an operator, who sees its dead letters and traces as well", async () => {
    const fixture = serve();
    fixture.add("r-2", "key-2");
    expect((await fixture.get({ id: "r-2", operator: true })).status).to.equal(200);
    expect((await fixture.get({ id: "r-2", operator: false })).status).to.equal(404);
  });

  for (const tenant of ["webhook:payments.stripe", "schedule:report.daily", "poll:supplier-stock.changes"])
    it(`shows what ${tenant} started to every caller with a key, and lists it`, async () => {
      const fixture = serve();
      fixture.add("r-3", tenant);
      expect((await fixture.get({ id: "r-3" })).status).to.equal(200);
      expect((await fixture.get({ id: "r-3", tenant: null })).status).to.equal(403);
      const { body } = await fixture.get({ query: {} });
      expect(body.requests.map(({ requestId }) => requestId)).to.include("r-3");
    });

  it("refuses a malformed id", async () => {
    for (const id of ["", "a b", "a#b", "x".repeat(513)]) expect((await serve().get({ id })).status).to.equal(400);
  });

  it("answers 500 without a word about the inside when the table fails", async () => {
    const fixture = serve();
    fixture.table.failures.push(new Error("arn:aws:dynamodb secret"));
    const { status, body } = await fixture.get({ id: "r-1" });
    expect(status).to.equal(500);
    expect(JSON.stringify(body)).not.to.include("arn:");
  });
});

describe("status / a list of requests", () => {
  it("lists the caller's own, newest first, page by page", async () => {
    const fixture = serve();
    for (let i = 0; i < 7; i += 1) fixture.add(`r-${i}`, i === 3 ? "key-2" : i === 4 ? "webhook:a.b" : "key-1", i);
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await fixture.get({ query: { correlationId: "c-1", limit: "2", ...(cursor && { cursor }) } });
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

  it("continues past any number of other tenants' requests", async () => {
    const fixture = serve();
    fixture.add("r-own", "key-1", 0);
    for (let i = 0; i < 250; i += 1) fixture.add(`r-${i}`, "key-2", 1);
    const { body } = await fixture.get({ query: { correlationId: "c-1" } });
    expect(body.requests.map(({ requestId }) => requestId)).to.eql(["r-own"]);
    expect(body).not.to.have.property("cursor");
  });

  it("shows neither steps nor events, and an empty list where there is nothing", async () => {
    const fixture = serve();
    fixture.add("r-1");
    expect(Object.keys((await fixture.get({ query: { correlationId: "c-1" } })).body.requests[0] ?? {})).to.eql([
      "requestId",
      "correlationId",
      "flow",
      "status",
      "createdAt",
      "updatedAt",
    ]);
    expect((await fixture.get({ query: { correlationId: "none" } })).body).to.eql({ requests: [] });
  });

  const idsOf = async (fixture: ReturnType<typeof serve>, query: Record<string, string>, tenant?: string) =>
    (await fixture.get({ query, ...(tenant && { tenant }) })).body.requests.map(({ requestId }) => requestId);

  it("combines its filters, with and without a correlation id", async () => {
    const fixture = serve();
    fixture.add("r-0", "key-1", 0, { status: "blocked" });
    fixture.add("r-1", "key-1", 1, { status: "blocked", flow: "invoices" });
    fixture.add("r-2", "key-1", 2);
    fixture.add("r-3", "key-2", 3, { status: "blocked" });
    expect(await idsOf(fixture, {})).to.eql(["r-2", "r-1", "r-0"]);
    for (const correlation of [{}, { correlationId: "c-1" }]) {
      expect(await idsOf(fixture, { ...correlation, status: "blocked" })).to.eql(["r-1", "r-0"]);
      expect(await idsOf(fixture, { ...correlation, flow: "orders" })).to.eql(["r-2", "r-0"]);
      expect(await idsOf(fixture, { ...correlation, flow: "orders", status: "blocked" })).to.eql(["r-0"]);
      expect(await idsOf(fixture, { ...correlation, from: "2026-11-24T09:01:00Z" })).to.eql(["r-2", "r-1"]);
      expect(await idsOf(fixture, { ...correlation, from: "2026-11-24T10:00:00+01:00", to: "2026-11-24T09:02:00Z" })).to.eql([
        "r-1",
        "r-0",
      ]);
      expect(await idsOf(fixture, { ...correlation, to: "2026-11-24" })).to.eql([]);
    }
    expect(await idsOf(fixture, { status: "blocked" }, "key-2")).to.eql(["r-3"]);
  });

  it("reads no other tenant's partition", async () => {
    const fixture = serve();
    fixture.add("r-1", "key-2");
    const read: string[] = [];
    const listed = fixture.table.listed.bind(fixture.table);
    fixture.table.listed = (query) => {
      read.push(query.bucket);
      return listed(query);
    };
    await fixture.get({ query: { status: "running" } });
    await fixture.get({ query: { correlationId: "c-1" } });
    expect(read.length).to.be.greaterThan(2);
    expect(read.filter((bucket) => !/^(key-1|webhook:)#/.test(bucket))).to.eql([]);
  });

  it("gives each request once, page by page, whatever the size of a page and wherever they lie", async () => {
    const fixture = serve();
    const all = Array.from({ length: 60 }, (_, i) => `r-${String(i).padStart(2, "0")}`);
    // Six at a time were created at the same moment.
    for (const [i, id] of all.entries()) fixture.add(id, i % 7 === 0 ? "webhook:a.b" : "key-1", Math.floor(i / 6));
    for (const limit of ["1", "7", "100"]) {
      const pages: string[] = [];
      let cursor: string | undefined;
      do {
        const { body } = await fixture.get({ query: { limit, ...(cursor && { cursor }) } });
        pages.push(...body.requests.map(({ requestId }) => requestId));
        cursor = body.cursor;
      } while (cursor);
      expect(pages).to.eql([...all].reverse());
    }
  });

  it("stops reading when few requests pass its filters, and continues from there", async () => {
    const fixture = serve();
    fixture.add("r-rare", "key-1", 0, { status: "blocked" });
    for (let i = 0; i < 9_000; i += 1) fixture.add(`r-${i}`, "key-1", 1);
    let reads = 0;
    const listed = fixture.table.listed.bind(fixture.table);
    fixture.table.listed = (query) => {
      reads += 1;
      return listed(query);
    };
    const first = await fixture.get({ query: { status: "blocked" } });
    expect(reads).to.be.at.most(40);
    expect(first.body.requests).to.eql([]);
    const found: string[] = [];
    for (let { cursor } = first.body; cursor; ) {
      const { body } = await fixture.get({ query: { status: "blocked", cursor } });
      found.push(...body.requests.map(({ requestId }) => requestId));
      cursor = body.cursor;
    }
    expect(found).to.eql(["r-rare"]);
  });

  it("finds a request of before the index by its id alone", async () => {
    const fixture = serve();
    fixture.add("r-1");
    const item = fixture.table.items.get("request#r-1|summary") as Record<string, unknown>;
    for (const key of ["listedIn", "correlatedIn", "listedAt"]) delete item[key];
    expect(await idsOf(fixture, { correlationId: "c-1" })).to.eql([]);
    expect((await fixture.get({ id: "r-1" })).status).to.equal(200);
  });

  it("finds the request that a correlation id is the id of, beside those that it led to", async () => {
    const fixture = serve();
    const add = (requestId: string, tenant: string, minute: number, over: Partial<Item> = {}) => {
      const createdAt = `2026-11-24T09:${String(minute).padStart(2, "0")}:00.000Z`;
      fixture.add(requestId, tenant, minute, {
        ...{ correlationId: "r-1", correlatedIn: undefined },
        ...listKeysOf({ tenant, requestId, correlationId: "r-1", createdAt }),
        ...over,
      } as Partial<Item>);
    };
    add("r-1", "key-1", 1, { status: "blocked" });
    add("r-1:bills", "key-1", 2);
    expect(fixture.table.items.get("request#r-1|summary")?.correlatedIn).to.equal(undefined);
    expect(await idsOf(fixture, { correlationId: "r-1" })).to.eql(["r-1:bills", "r-1"]);
    const pages = await fixture.get({ query: { correlationId: "r-1", limit: "1" } });
    expect(pages.body.requests.map(({ requestId }) => requestId)).to.eql(["r-1:bills"]);
    expect(await idsOf(fixture, { correlationId: "r-1", limit: "1", cursor: String(pages.body.cursor) })).to.eql(["r-1"]);
    expect(await idsOf(fixture, { correlationId: "r-1", status: "blocked" })).to.eql(["r-1"]);
    expect(await idsOf(fixture, { correlationId: "r-1", flow: "invoices" })).to.eql([]);
    expect(await idsOf(fixture, { correlationId: "r-1", from: "2026-11-24T09:02:00Z" })).to.eql(["r-1:bills"]);
    expect(await idsOf(fixture, { correlationId: "r-1", to: "2026-11-24T09:01:00Z" })).to.eql([]);
    expect(await idsOf(fixture, { correlationId: "r-1" }, "key-2")).to.eql([]);
    // An operator lists what its own tenant does.
    expect((await fixture.get({ query: { correlationId: "r-1" }, tenant: "key-2", operator: true })).body.requests).to.eql([]);
  });

  it("lists a request once that an earlier version of the ledger put into the index under its own id", async () => {
    const fixture = serve();
    fixture.add("r-1", "webhook:a.b", 1, { correlationId: "r-1", correlatedIn: "webhook:#r-1" });
    expect(await idsOf(fixture, { correlationId: "r-1" })).to.eql(["r-1"]);
    fixture.add("r-2", "webhook:a.b", 1, { correlationId: "c-9" });
    expect(await idsOf(fixture, { correlationId: "r-2" })).to.eql([]);
  });

  it("refuses a parameter that is given twice", async () => {
    const { status, body } = await serve().get({ query: { flow: "b" }, multi: { flow: ["a", "b"] } });
    expect(status).to.equal(400);
    expect(body).to.have.property("detail", "The parameter flow is given more than once. Give it once.");
  });

  for (const query of [
    { correlationId: "a b" },
    { flow: "Orders" },
    { flow: "o".repeat(25) },
    { status: "done" },
    { status: "" },
    { state: "blocked" },
    { from: "yesterday" },
    { from: "2026-13-01" },
    { to: "2026-11-24T10:00:00 01:00" },
    { from: "2026-11-25", to: "2026-11-24" },
    { cursor: "x".repeat(900) },
    { cursor: Buffer.from("request#1").toString("base64url") },
    { correlationId: "c", limit: "0" },
    { correlationId: "c", limit: "101" },
    { correlationId: "c", limit: "ten" },
    { correlationId: "c", cursor: "%%%" },
    { correlationId: "c", cursor: "WzFd" },
  ]) {
    it(`refuses ${JSON.stringify(query).slice(0, 80)}`, async () => {
      const { status, headers, body } = await serve().get({ query: query as unknown as Record<string, string> });
      expect(status).to.equal(400);
      expect(body)
        .to.have.property("detail")
        .that.matches(/parameter/);
      expect(headers["content-type"]).to.equal("application/problem+json");
    });
  }
});

describe("status / Prefer: wait", () => {
  /** Changes the request as soon as the clock has gone on for so long. */
  const later = ({ clock, add }: ReturnType<typeof serve>, ms: number, over: Partial<Item>) => {
    const { sleep } = clock;
    const at = clock.now() + ms;
    clock.sleep = async (wait, signal) => {
      await sleep(wait, signal);
      if (clock.now() >= at) add("r-1", "key-1", 0, over);
    };
  };

  it("holds the answer back until the request has ended", async () => {
    const fixture = serve();
    fixture.add("r-1");
    later(fixture, 4_000, { status: "completed" });
    const began = fixture.clock.now();
    const { status, headers, body } = await fixture.get({ id: "r-1", prefer: "wait=20" });
    expect([status, body.status, headers["preference-applied"]]).to.deep.equal([200, "completed", "wait=20"]);
    expect(fixture.clock.now() - began).to.be.within(4_000, 6_000);
    expect(fixture.measured.flatMap(({ AnswersHeldBack = [] }) => AnswersHeldBack)).to.deep.equal([1]);
  });

  it("answers at the end of the wait with the state of that moment", async () => {
    const fixture = serve();
    fixture.add("r-1");
    later(fixture, 10_000, { status: "compensating" });
    const began = fixture.clock.now();
    const { body, headers } = await fixture.get({ id: "r-1", prefer: "wait=10" });
    expect([body.status, headers["preference-applied"]]).to.deep.equal(["compensating", "wait=10"]);
    expect(fixture.clock.now() - began).to.equal(10_000);
  });

  it("reads less and less often: at most 20 times in 20 seconds", async () => {
    const fixture = serve();
    fixture.add("r-1");
    await fixture.get({ id: "r-1", prefer: "wait=20" });
    const waits = fixture.clock.slept;
    expect(waits.length).to.be.within(10, 20);
    expect(waits[0]).to.be.below(200);
    expect(Math.max(...waits)).to.be.within(1_000, 2_000);
  });

  it("waits no longer for a request that an operator has to continue, or that has ended", async () => {
    for (const state of ["blocked", "completed", "failed", "cancelled", "compensated", "compensation-failed"]) {
      const fixture = serve();
      fixture.add("r-1", "key-1", 0, { status: state });
      const { body } = await fixture.get({ id: "r-1", prefer: "wait=20" });
      expect([body.status, fixture.clock.slept]).to.deep.equal([state, []]);
      expect(fixture.measured.filter((line) => "AnswersHeldBack" in line)).to.deep.equal([]);
    }
  });

  it("waits for a request that the ledger does not know yet, and for an unknown one no longer than 5 seconds", async () => {
    const fixture = serve();
    later(fixture, 2_000, { status: "completed" });
    const { status, body } = await fixture.get({ id: "r-1", prefer: "wait=20" });
    expect([status, body.status]).to.deep.equal([200, "completed"]);
    const took: number[] = [];
    for (const id of ["r-9", "r-2"]) {
      const other = serve();
      other.add("r-2", "key-2");
      const began = other.clock.now();
      expect((await other.get({ id, prefer: "wait=20" })).status).to.equal(404);
      took.push(other.clock.now() - began);
    }
    expect(took).to.deep.equal([5_000, 5_000]);
  });

  it("answers at once without it, with wait=0, and where it is malformed", async () => {
    for (const [prefer, applied] of [[undefined], ["wait=soon"], ["respond-async"], ["wait=0", "wait=0"]] as const) {
      const fixture = serve();
      fixture.add("r-1");
      const { status, headers } = await fixture.get({ id: "r-1", ...(prefer !== undefined && { prefer }) });
      expect([status, headers["preference-applied"], fixture.clock.slept]).to.deep.equal([200, applied, []]);
    }
  });
});
