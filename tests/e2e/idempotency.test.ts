import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Client } from "./client.ts";
import { operatorOf } from "./operator.ts";
import { hubHere, requestOf, someOrder } from "./support.ts";

describe("end to end / Idempotency-Key", function () {
  this.timeout(300_000);
  let client: Client;
  let other: Client;
  let stop: () => Promise<void>;
  before(async () => {
    const started = await hubHere({ speed: 20 });
    ({ client, stop } = started);
    other = operatorOf(started.hub);
  });
  after(() => stop?.());

  const place = (order: object, key: string, as = client) => as.post("/orders", order, { "idempotency-key": key });
  const registered = async (orderId: string) =>
    (await client.calls("?target=erp&operation=registerOrder")).filter(
      ({ body }) => (body as { reference: string }).reference === orderId,
    );

  it("answers a repeated call the same, and has its effect once", async () => {
    const order = someOrder();
    const key = randomUUID();
    const answers = [await place(order, key), await place(order, `"${key}"`)];
    expect(answers.map(({ status }) => status)).to.deep.equal([202, 202]);
    const [first, second] = await Promise.all(answers.map((answer) => answer.json() as Promise<{ requestId: string }>));
    expect(second).to.deep.equal(first);
    expect(first?.requestId).to.equal(`default.order-to-erp.orders.${key}`);
    const { steps } = await client.reaches(first?.requestId ?? "", "completed");
    expect(steps.filter(({ attempts }) => attempts !== 1)).to.deep.equal([]);
    await place(order, key);
    await client.reaches(first?.requestId ?? "", "completed");
    expect(await registered(order.orderId)).to.have.length(1);
  });

  it("has its effect once although ten calls arrive at the same time", async () => {
    const order = someOrder();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => place(order, key)));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([202]));
    const ids = new Set(await Promise.all(answers.map(requestOf)));
    expect(ids.size).to.equal(1);
    const [requestId = ""] = ids;
    const { events } = await client.reaches(requestId, "completed");
    expect(events.filter(({ eventId }) => eventId === requestId)).to.have.length(1);
    expect(await registered(order.orderId)).to.have.length(1);
  });

  it("keeps the first body when another one arrives with the same key", async () => {
    const [order, changed] = [someOrder(), someOrder()];
    const key = randomUUID();
    const requestId = await requestOf(await place(order, key));
    await client.reaches(requestId, "completed");
    expect(await requestOf(await place(changed, key))).to.equal(requestId);
    // Another request completes in the meantime, so this one would have completed too.
    await client.reaches(await client.order(someOrder()), "completed");
    await client.reaches(requestId, "completed");
    expect(await registered(order.orderId)).to.have.length(1);
    expect(await registered(changed.orderId)).to.have.length(0);
  });

  it("is scoped to the tenant: the same key of another tenant is another request, not visible to the first", async () => {
    const key = randomUUID();
    const [mine, theirs] = [
      await requestOf(await place(someOrder(), key)),
      await requestOf(await place(someOrder(), key, other)),
    ];
    expect(theirs).to.equal(`operations.order-to-erp.orders.${key}`);
    await client.reaches(mine, "completed");
    await other.reaches(theirs, "completed");
    expect((await client.get(`/requests/${theirs}`)).status).to.equal(404);
    // The other tenant's caller is an operator, who sees each request.
    expect((await other.get(`/requests/${mine}`)).status).to.equal(200);
  });

  it("refuses a malformed key: 400, and starts no request", async () => {
    const order = someOrder();
    for (const key of ["a.b", "default.order-to-erp.orders.x", "a b", "x".repeat(129), '"']) {
      const answer = await place(order, key);
      expect(answer.status).to.equal(400);
      expect(answer.headers.get("content-type")).to.match(/^application\/problem\+json/);
      expect(await answer.json()).to.include({ status: 400 });
    }
    await client.reaches(await client.order(someOrder()), "completed");
    expect(await registered(order.orderId)).to.have.length(0);
  });
});
