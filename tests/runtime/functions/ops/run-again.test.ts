import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import orderToErp from "../../../../flows/order-to-erp.ts";
import { graph, jsonSchema } from "../../../../model/index.ts";
import { INPUT_LIFE_SECONDS } from "../../../../protocol/limits.ts";
import { graphKey, inputKey, type Key, schemasKey, summaryKey, targetsKey } from "../../../../protocol/table.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { mortal } from "../../../../testing/crashes.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { type Asked, opsDesk } from "../../fakes/ops-desk.ts";
import { requestsDesk } from "../../fakes/requests-desk.ts";

const FLOW = orderToErp.name;
const placed = z.object({ orderId: z.string(), lines: z.array(z.object({ quantity: z.int() })) });
const order = { orderId: "A-1", lines: [{ quantity: 2 }] };
const text = JSON.stringify;

/** A request that a caller began, with ops API, ledger and status around it. */
async function hub({ data = order as unknown, version = 1, began = "trigger:orders" } = {}) {
  const around = fakeDependencies({ flow: FLOW });
  const put = (key: Key, attributes: object) => around.table.items.set(`${key.pk}|${key.sk}`, { ...key, ...attributes } as never);
  for (const id of ["g-1", "g-2"]) put(graphKey(FLOW, id), { graph: text(graph(orderToErp)) });
  const declare = (schemas: object, current = 1) =>
    put(schemasKey(FLOW, "orders", "IntegrationRequested"), { schemas: text({ version: current, schemas }) });
  put(targetsKey(FLOW), { targets: text({ flow: FLOW, graph: "g-2", steps: {}, deadLetterArn: "d" }) });
  declare({ 1: jsonSchema(placed) });
  const desk = requestsDesk(around, "IntegrationRequested", { tenant: "shop", consumer: "shop" });
  const ids = { eventId: "r-1", requestId: "r-1", correlationId: "cart-7", tenant: "shop" };
  await desk.take(busEvent("IntegrationRequested", data, { ...ids, step: began, flow: FLOW, graph: "g-1", version }));
  const run = (asked: Asked = {}, services: object = around.services) =>
    opsDesk(services)("runAgain", { path: { requestId: "r-1" }, body: { reason: "lost" }, role: "operator", ...asked });
  return { ...around, ...desk, declare, run };
}

describe("ops / run again", () => {
  it("publishes the first event as the trigger did, under a new id, and links the two", async () => {
    const { run, settle, show, published, entries } = await hub();
    const { status, body } = await run();
    const { requestId } = body as unknown as { requestId: string };
    expect([status, body]).to.deep.equal([202, { requestId, correlationId: "cart-7", repeats: "r-1" }]);
    expect(requestId).to.match(/^again-[0-9a-f]{32}$/);
    const [event] = published();
    if (!event) expect.fail();
    const { traceparent, ...metadata } = event.detail.metadata as unknown as Record<string, unknown>;
    expect(traceparent).to.match(/^00-/);
    expect({ source: event.source, data: event.detail.data, metadata }).to.deep.equal({
      source: `hub.${FLOW}`,
      data: order,
      metadata: {
        ...{ eventId: requestId, requestId, correlationId: "cart-7", causationId: "", tenant: "shop", flow: FLOW, graph: "g-2" },
        ...{ step: "trigger:orders", version: 1, occurredAt: "2026-11-24T10:00:00.000Z", hop: 0, repeats: "r-1" },
      },
    });
    await settle();
    expect(await show(requestId)).to.include({ repeats: "r-1", correlationId: "cart-7" });
    expect((await show("r-1")).ranAgain).to.deep.equal([requestId]);
    expect(entries().map(({ by, verb, about, why, state, outcome }) => ({ by, verb, about, why, state, outcome }))).to.deep.equal(
      [
        {
          ...{ by: "ana", verb: "runAgain", about: { requestId: "r-1", newRequest: requestId }, why: "lost", state: "done" },
          outcome: `run again as ${requestId}`,
        },
      ],
    );
    // Neither the answer nor the trail has a word of the payload.
    expect(text([body, entries()])).not.to.include("A-1");
  });

  it("makes one request of one call, however often it comes, and another for another operator, reason or name", async () => {
    const { run, settle, published } = await hub();
    const idOf = async (asked?: Asked) => ((await run(asked)).body as unknown as { requestId: string }).requestId;
    const first = await idOf();
    expect(await idOf()).to.equal(first);
    await settle();
    const before = published().length;
    expect(await idOf()).to.equal(first);
    expect(published()).to.have.length(before);
    const others = [{ by: "ben" }, { body: { reason: "again" } }, { body: { reason: "lost", name: "second" } }];
    const ids = [first, ...(await Promise.all(others.map(idOf)))];
    expect(new Set(ids).size).to.equal(4);
    const two = await Promise.all([idOf({ body: { reason: "at once" } }), idOf({ body: { reason: "at once" } })]);
    expect(new Set(two).size).to.equal(1);
  });

  it("runs a repetition again, which lists what it repeats alone", async () => {
    const { run, settle, show } = await hub();
    const { requestId } = (await run()).body as unknown as { requestId: string };
    await settle();
    const { body } = await run({ path: { requestId } });
    await settle();
    const third = (body as unknown as { requestId: string }).requestId;
    expect(await show(third)).to.include({ repeats: requestId, correlationId: "cart-7" });
    expect((await show(requestId)).ranAgain).to.deep.equal([third]);
    expect((await show("r-1")).ranAgain).to.deep.equal([requestId]);
  });

  it("looks for repetitions only where there are some, and keeps the mark while the request goes on", async () => {
    const { run, settle, show, table, services } = await hub();
    const query = table.query.bind(table);
    const queried: string[] = [];
    table.query = (pk, part) => {
      if (part?.prefix.startsWith("again#")) queried.push(`${pk} ${part.prefix}`);
      return query(pk, part);
    };
    expect(await show("r-1")).not.to.have.property("ranAgain");
    expect(queried).to.deep.equal([]);
    const { requestId } = (await run()).body as unknown as { requestId: string };
    await settle();
    const report = {
      step: "validate",
      delivery: "r-1",
      attempts: 1,
      causes: ["r-1"],
      emitted: [],
      startedAt: "2026-11-24T10:00:01.000Z",
    };
    const ids = { eventId: "x", requestId: "r-1", correlationId: "cart-7", tenant: "shop" };
    const succeeded = busEvent(
      "StepSucceeded",
      { ...report, finishedAt: "2026-11-24T10:00:02.000Z" },
      { ...ids, step: "validate", flow: FLOW, graph: "g-1" },
    );
    expect(
      await deliver(
        serveLedger(() => services as never),
        message(succeeded),
      ),
    ).to.deep.equal([]);
    await settle();
    const shown = await show("r-1");
    expect(shown.ranAgain).to.deep.equal([requestId]);
    expect(queried).to.deep.equal(["request#r-1 again#"]);
    expect((shown.steps as { step: string; status: string }[]).find(({ step }) => step === "validate")?.status).to.equal(
      "succeeded",
    );
    expect(await show(requestId)).not.to.have.property("ranAgain");
    expect(queried).to.have.length(1);
  });

  it("marks a request of which the summary is written meanwhile", async () => {
    const { run, settle, show, table } = await hub();
    const put = table.put.bind(table);
    let lost = 2;
    table.put = async (item, condition) =>
      item.requestId === "r-1" && item.sk === "summary" && lost-- > 0 ? false : put(item, condition);
    const { requestId } = (await run()).body as unknown as { requestId: string };
    await settle();
    expect(lost).to.equal(-1);
    expect((await show("r-1")).ranAgain).to.deep.equal([requestId]);
  });

  it("keeps secrets and large numbers of the input as they were, and shows them in no answer", async () => {
    const data = { ...order, token: "s3cret", ref: "820982911946154508" };
    const { run, published, show } = await hub({ data });
    expect((await run()).status).to.equal(202);
    expect(published()[0]?.detail.data).to.deep.equal(data);
    expect(text(await show("r-1"))).not.to.include("s3cret");
  });

  it("refuses, with the field, what no longer fits the schema", async () => {
    const { run, declare, published, entries } = await hub();
    const refused = async () => {
      const { status, body } = await run();
      return [status, body.detail as unknown as string] as const;
    };
    declare({ 1: jsonSchema(placed.extend({ currency: z.string(), lines: z.array(z.object({ quantity: z.string() })) })) });
    expect(await refused()).to.deep.equal([
      409,
      "The input no longer fits the schema of IntegrationRequested: /currency is required; /lines/0/quantity must be string. Send the request anew with data that fits.",
    ]);
    declare({ 3: jsonSchema(placed), 2: null }, 3);
    expect((await refused())[1]).to.include(
      "is IntegrationRequested of version 1, and flow order-to-erp takes version 3 without a lift",
    );
    declare({ 3: jsonSchema(placed), 1: null }, 3);
    expect((await refused())[0]).to.equal(409);
    declare({ 3: jsonSchema(placed), 2: null, 1: jsonSchema(z.object({ orderId: z.int() })) }, 3);
    expect((await refused())[1]).to.include("/orderId must be integer");
    expect([published().length, entries().length]).to.deep.equal([0, 0]);
    declare({ 3: jsonSchema(placed.extend({ currency: z.string() })), 2: null, 1: null }, 3);
    expect((await run()).status).to.equal(202);
    expect(published()[0]?.detail.metadata).to.include({ version: 1 });
  });

  it("refuses an input of a newer version, and one of a trigger or a flow that is gone", async () => {
    const newer = await hub({ version: 2 });
    expect((await newer.run()).body.detail).to.include("of version 2, and flow order-to-erp takes version 1");
    const gone = await hub({ began: "trigger:imports" });
    expect((await gone.run()).body.detail).to.include("has no trigger imports that publishes IntegrationRequested now");
    const { table, run } = await hub();
    table.items.delete(`${targetsKey(FLOW).pk}|${FLOW}`);
    expect((await run()).body.detail).to.equal("The hub has no flow order-to-erp now. Deploy it.");
  });

  it("refuses a request whose input is not stored, and unknown ones, roles below operator, and a malformed call", async () => {
    const { run, table, published } = await hub();
    const key = `${inputKey("r-1").pk}|${inputKey("r-1").sk}`;
    const kept = table.items.get(key);
    const begun = Date.parse("2026-11-24T10:00:00Z") / 1_000;
    expect(kept?.expiresAt).to.equal(begun + INPUT_LIFE_SECONDS);
    table.items.delete(key);
    expect((await run()).body.detail).to.include("The input of the request is not stored: it is kept for 30 days");
    expect((await run({ path: { requestId: "r-9" } })).status).to.equal(404);
    expect((await run({ path: { requestId: "a b" } })).status).to.equal(400);
    expect((await run({ role: "viewer" })).body.detail).to.include("takes the role operator");
    expect((await run({ role: undefined, operator: false, tenant: "shop" })).status).to.equal(403);
    for (const body of [{}, { reason: "r", name: "a b" }, { reason: "r", name: "" }, { reason: "r", data: {} }])
      expect((await run({ body })).status).to.equal(400);
    expect(published()).to.deep.equal([]);
  });

  it("is done wholly or not at all by a function that died, wherever it died; the same call makes it one", async () => {
    let deaths = 0;
    let published = 0;
    for (let at = 1; ; at += 1) {
      const here = await hub();
      let calls = 0;
      let died: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        died = resolve;
      });
      const dying = mortal(here.services as never, { dies: () => ++calls === at }, () => {}, died);
      const answered = await Promise.race([
        here.run({}, dying).then(() => true),
        crash.then(() => new Promise((resolve) => setImmediate(resolve))).then(() => false),
      ]);
      await here.settle();
      const made = [...here.table.items.values()].filter(({ sk, repeats }) => sk === "summary" && repeats === "r-1");
      const isPublished = here.published().length > 0;
      if (isPublished) published += 1;
      expect(made.length, `at ${at}`).to.equal(isPublished ? 1 : 0);
      expect((await here.show("r-1")).ranAgain, `at ${at}`).to.deep.equal(isPublished ? [made[0]?.requestId] : undefined);
      // No effect without an entry of the trail.
      if (isPublished) expect(["begun", "done"]).to.include(here.entries()[0]?.state);
      if (answered) break;
      deaths += 1;
      const { body } = await here.run();
      await here.settle();
      const ids = [...here.table.items.values()].flatMap((item) =>
        item.sk === "summary" && item.repeats ? [item.requestId] : [],
      );
      expect(ids, `after ${at}`).to.deep.equal([body.requestId]);
    }
    expect([deaths > 8, published > 2]).to.deep.equal([true, true]);
  });

  it("is linked by a ledger that died between the input and the summary", async () => {
    const { run, published, services, show, settle, table } = await hub();
    const { requestId } = (await run()).body as unknown as { requestId: string };
    for (let at = 1; at < 12; at += 1) {
      let calls = 0;
      let died: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        died = resolve;
      });
      const dying = mortal(services as never, { dies: () => ++calls === at }, () => {}, died);
      const [event] = published();
      if (!event) expect.fail();
      await Promise.race([
        deliver(
          serveLedger(() => dying as never),
          message(event),
        ),
        crash,
      ]);
      const isKnown = table.items.has(`${summaryKey(requestId).pk}|summary`);
      // A request that is known can be run again.
      if (isKnown) expect(table.items.has(`${inputKey(requestId).pk}|record`)).to.equal(true);
    }
    await settle();
    expect((await show("r-1")).ranAgain).to.deep.equal([requestId]);
  });
});
