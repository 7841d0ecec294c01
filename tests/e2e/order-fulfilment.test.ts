import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { LocalHub } from "../../local/hub.ts";
import { type Client, eventually } from "./client.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { hubHere, someFulfilment } from "./support.ts";
import { reachesTraced } from "./trace-facts.ts";

const CALLS = ["warehouse", "payments", "carrier"] as const;

describe("end to end / order-fulfilment", function () {
  this.timeout(300_000);
  let hub: LocalHub;
  let client: Client;
  let operator: Operator;
  let stop: () => Promise<void>;
  before(async () => {
    const here = await hubHere({ speed: 20 });
    ({ hub, client, stop } = here);
    operator = operatorOf(here.hub);
  });
  afterEach(async () => {
    for (const target of CALLS) await client.fault({ target, mode: "ok" });
  });
  after(() => stop?.());

  const begin = async (body: unknown) => {
    const answer = await client.post("/fulfilments", body);
    expect(answer.status).to.equal(202);
    return ((await answer.json()) as { requestId: string }).requestId;
  };
  /** Operations that took effect for the request, in order of arrival. */
  const effects = async (requestId: string) =>
    (await client.calls())
      .filter(({ headers, status }) => headers["x-correlation-id"] === requestId && status !== null && status < 300)
      .map(({ operation }) => operation);
  const compensations = async (requestId: string) =>
    Object.fromEntries(
      ((await client.request(requestId))?.steps ?? []).map(({ step, ...rest }) => [
        step,
        (rest as { compensation?: { status: string } }).compensation?.status,
      ]),
    );

  it("delivers an order", async () => {
    const requestId = await begin(someFulfilment());
    await reachesTraced({ client, hub }, requestId, "completed");
    expect(await effects(requestId)).to.eql(["reserve", "charge", "ship"]);
  });

  it("charges once when the answer can't be read, and goes on with the answer that an operator supplies", async () => {
    await client.fault({ target: "payments", operation: "charge", mode: "invalid", times: 1 });
    const requestId = await begin(someFulfilment());
    await client.reaches(requestId, "blocked");
    const { id, errorCode } = await operator.deadLetterOf(requestId);
    expect(errorCode).to.equal("ANSWER_UNREADABLE");
    const answer = await operator.get(`/ops/dead-letters/${id}`);
    const { calls } = (await answer.json()) as { calls: Record<string, { status: number; contentType: string; text: string }> };
    expect(calls["payments.charge#0"]).to.include({ status: 200, contentType: "application/json" });
    const drift = hub.services.alarms.states().find(({ name }) => name.includes("payments-contract-drift"));
    expect(drift).to.include({ state: "ALARM", value: 1 });

    const completed = await operator.post(`/ops/dead-letters/${id}/complete`, { answer: { id: "CH-99", paid: true } });
    expect(completed.status, await completed.clone().text()).to.equal(200);
    await reachesTraced({ client, hub }, requestId, "completed");
    expect(await effects(requestId)).to.eql(["reserve", "charge", "ship"]);
    const again = await operator.post(`/ops/dead-letters/${id}/complete`, { answer: { id: "CH-99", paid: true } });
    expect(await again.json()).to.deep.include({ results: [{ id, state: "completed" }] });
    expect((await client.post(`/ops/dead-letters/${id}/complete`, { answer: {} })).status).to.equal(403);
  });

  it("compensates everything in reverse order when the parcel would arrive too late", async () => {
    const requestId = await begin(someFulfilment("2029-01-01"));
    const found = await reachesTraced({ client, hub }, requestId, "compensated");
    expect(await effects(requestId)).to.eql(["reserve", "charge", "ship", "cancel", "refund", "release"]);
    expect(found.steps.find(({ step }) => step === "confirm")?.error?.code).to.equal("TOO_LATE");
    expect(await compensations(requestId)).to.eql({
      reserve: "succeeded",
      charge: "succeeded",
      ship: "succeeded",
      confirm: undefined,
    });
  });

  it("closes the dead letter of a step whose request was compensated: no operator can redrive it", async () => {
    const requestId = await begin(someFulfilment("2029-01-01"));
    await reachesTraced({ client, hub }, requestId, "compensated");
    // The sweeper runs once a minute of the hub's clock.
    const [deadLetter] = await eventually("the dead letter is closed", async () => {
      const found = await operator.deadLetters(`requestId=${requestId}&state=discarded`);
      return found.length > 0 ? found : undefined;
    });
    expect(deadLetter).to.include({ step: "confirm", errorCode: "TOO_LATE" });
    const shown = await (await operator.get(`/ops/dead-letters/${deadLetter?.id}`)).json();
    expect(shown).to.include({ closedBy: "sweeper", reason: "its request is compensated" });
    expect(await operator.deadLetters(`requestId=${requestId}`)).to.eql([]);
  });

  it("compensates what was completed before a third party refused", async () => {
    await client.fault({ target: "payments", operation: "charge", mode: "error", status: 402 });
    const requestId = await begin(someFulfilment());
    await reachesTraced({ client, hub }, requestId, "compensated");
    expect(await effects(requestId)).to.eql(["reserve", "release"]);
  });

  it("takes the refusal of a repeated call for the first call in progress: a slow charge is never left behind", async () => {
    await client.fault({ target: "payments", operation: "charge", mode: "after-timeout", times: 1 });
    const requestId = await begin(someFulfilment());
    const charges = async () =>
      (await client.calls("?target=payments&operation=charge")).filter(
        ({ headers }) => headers["x-correlation-id"] === requestId,
      );
    await eventually("the charge is called", async () => ((await charges()).length > 0 ? true : undefined));
    await client.fault({ target: "payments", operation: "charge", mode: "error", status: 409, times: 2 });
    await reachesTraced({ client, hub }, requestId, "completed", 60_000);
    expect((await charges()).filter(({ status }) => status === 409)).to.have.length(2);
    expect(await effects(requestId)).to.eql(["reserve", "charge", "ship"]);
  });

  it("fails when no step had completed", async () => {
    await client.fault({ target: "warehouse", operation: "reserve", mode: "error", status: 409 });
    const requestId = await begin(someFulfilment());
    await reachesTraced({ client, hub }, requestId, "failed");
    expect(await effects(requestId)).to.eql([]);
  });

  it("retries a compensation, in its order, while its third party is down", async () => {
    await client.fault({ target: "payments", operation: "refund", mode: "error", times: 4 });
    const requestId = await begin(someFulfilment("2029-01-01"));
    await reachesTraced({ client, hub }, requestId, "compensated", 60_000);
    expect(await effects(requestId)).to.eql(["reserve", "charge", "ship", "cancel", "refund", "release"]);
  });

  it("ends as compensation-failed when a compensation is refused, and starts no later one", async () => {
    await client.fault({ target: "payments", operation: "refund", mode: "error", status: 410 });
    const requestId = await begin(someFulfilment("2029-01-01"));
    await reachesTraced({ client, hub }, requestId, "compensation-failed");
    expect(await effects(requestId)).to.eql(["reserve", "charge", "ship", "cancel"]);
    expect(await compensations(requestId)).to.include({ ship: "succeeded", charge: "failed", reserve: undefined });
  });

  it("waits for the end of an outage without using up attempts, and makes few calls to the third party", async () => {
    await client.fault({ target: "payments", operation: "charge", mode: "error", status: 500 });
    const ids = await Promise.all(Array.from({ length: 10 }, () => begin(someFulfilment())));
    const failing = async () =>
      (await client.calls("?target=payments&operation=charge")).filter(
        ({ headers, status }) => status === 500 && ids.includes(headers["x-correlation-id"] ?? ""),
      );
    await eventually("the breaker opens", async () => ((await failing()).length >= 5 ? true : undefined));
    // Two minutes by the hub's clock: without the breaker, each message would have six attempts in that time.
    const end = hub.services.clock.now() + 120_000;
    await eventually("two minutes have passed", () => (hub.services.clock.now() >= end ? true : undefined));
    // Five failures open it, each request may be in flight then, and a probe follows after 10, 20, 40 and 80 seconds.
    expect((await failing()).length).to.be.at.most(5 + ids.length + 4);
    await client.fault({ target: "payments", mode: "ok" });
    for (const requestId of ids) {
      const found = await reachesTraced({ client, hub }, requestId, "completed", 30_000);
      expect(found.steps.find(({ step }) => step === "charge")?.attempts).to.be.at.most(5);
    }
  });

  it("compensates many failing requests, each effect once", async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => begin(someFulfilment("2029-01-01"))));
    for (const requestId of ids)
      await eventually(`${requestId} is compensated`, async () => {
        const found = await client.request(requestId);
        return found?.status === "compensated" ? found : undefined;
      });
    for (const requestId of ids) {
      expect(await effects(requestId)).to.eql(["reserve", "charge", "ship", "cancel", "refund", "release"]);
    }
  });
});
