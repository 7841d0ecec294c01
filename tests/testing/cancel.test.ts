import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import orders from "../../flows/order-fulfilment.ts";
import { api, event, flow, join, step } from "../../model/index.ts";
import { type TestFaults, type TestRequest, testFlow } from "../../testing/index.ts";

const order = { orderId: "o-1", sku: "A-7", quantity: 1, cents: 1_999, address: "12 High Street", deliverBy: "2030-07-01" };
const requested = { type: "FulfilmentRequested", data: order };
type Hub = Awaited<ReturnType<typeof testFlow>>;
const effects = (hub: Hub) =>
  hub
    .calls()
    .filter(({ effect }) => effect === "applied")
    .map(({ operation }) => operation);
const UNDONE_BY: Readonly<Record<string, string>> = { reserve: "release", charge: "refund", ship: "cancel" };
/** Effects that nothing has undone. */
const left = (hub: Hub) => {
  const done = effects(hub);
  return Object.entries(UNDONE_BY).filter(
    ([act, undo]) => done.filter((one) => one === act).length !== done.filter((one) => one === undo).length,
  );
};
const stepsOf = async (request: TestRequest) => (await request.state()).steps.map(({ step, status }) => `${step} ${status}`);

describe("a cancelled request", () => {
  it("skips the steps that have not begun, and compensates the completed ones", async () => {
    const hub = await testFlow(orders);
    hub.fault({ target: "carrier", mode: "error", status: 429 });
    const request = hub.send(requested);
    await hub.pass("5 seconds");
    expect(effects(hub)).to.deep.equal(["reserve", "charge"]);
    await request.cancel("ordered twice");
    hub.fault({ target: "carrier", mode: "ok" });
    await hub.settle();
    const { status, cancelled } = await request.state();
    expect(status).to.equal("compensated");
    expect(cancelled).to.deep.include({ by: "test", why: "ordered twice" });
    expect(await stepsOf(request)).to.deep.equal(["reserve succeeded", "charge succeeded", "ship skipped"]);
    expect(effects(hub)).to.deep.equal(["reserve", "charge", "refund", "release"]);
  });

  it("leaves no effect behind, whenever it is cancelled", async () => {
    const ends = new Set<string>();
    for (let at = 1; at < 16; at += 1) {
      const hub = await testFlow(orders);
      for (const target of ["warehouse", "payments", "carrier"]) hub.fault({ target, mode: "slow", delayMs: 4_500 });
      const request = hub.send(requested);
      await hub.pass(`${at} seconds`);
      const tooLate = await request.cancel().then(
        () => false,
        (error: unknown) => String(error).includes("Only a request in progress"),
      );
      await hub.settle();
      const { status } = await request.state();
      ends.add(status);
      if (tooLate) expect(status, `at ${at} s`).to.equal("completed");
      else {
        expect(["cancelled", "compensated"], `at ${at} s`).to.include(status);
        expect(left(hub), `at ${at} s`).to.deep.equal([]);
      }
    }
    expect([...ends].sort()).to.deep.equal(["compensated", "completed"]);
  });

  it("leaves no effect behind, wherever one process dies", async () => {
    const run = async (faults?: TestFaults) => {
      const hub = await testFlow(orders, faults && { faults });
      hub.fault({ target: "carrier", mode: "error", status: 429 });
      const request = hub.send(requested);
      await hub.pass("1 minute");
      await request.cancel();
      const before = hub.points;
      hub.fault({ target: "carrier", mode: "ok" });
      await hub.settle();
      return { hub, request, before };
    };
    const whole = await run();
    for (let crashAt = whole.before; crashAt < whole.hub.points; crashAt += 1) {
      const { hub, request } = await run({ crashAt });
      expect((await request.state()).status, `crashAt ${crashAt}`).to.equal("compensated");
      expect(left(hub), `crashAt ${crashAt}`).to.deep.equal([]);
    }
  });

  it("leaves no effect behind with repeated, late and reordered messages and processes that die", async () => {
    let undone = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      const hub = await testFlow(orders, { faults: { seed } });
      const request = hub.send(requested);
      await hub.pass(`${10 + (seed % 8) * 4} seconds`);
      const refused = await request.cancel().then(
        () => undefined,
        (error: unknown) => String(error),
      );
      await hub.settle();
      const { status, cancelled } = await request.state();
      // It may come too late: the last report was on its way.
      if (refused !== undefined) expect(refused, `seed ${seed}`).to.match(/answered (404|409)/);
      else if (!cancelled) expect(status, `seed ${seed}`).to.equal("completed");
      else {
        undone += 1;
        expect(["cancelled", "compensated"], `seed ${seed}`).to.include(status);
        expect(left(hub), `seed ${seed}`).to.deep.equal([]);
      }
    }
    expect(undone).to.be.greaterThan(10);
  });

  it("ends when its delayed retry comes up, without another call", async () => {
    const hub = await testFlow(orders);
    hub.fault({ target: "warehouse", mode: "error", status: 429 });
    const request = hub.send(requested);
    await hub.pass("10 seconds");
    await request.cancel();
    const calls = hub.calls().length;
    await hub.pass("1 second");
    expect((await request.state()).status).to.equal("compensating");
    await hub.settle();
    expect((await request.state()).status).to.equal("cancelled");
    expect(hub.calls()).to.have.lengthOf(calls);
  });

  it("closes its dead letter, which can't be sent back any more", async () => {
    const hub = await testFlow(orders);
    hub.fault({ target: "payments", mode: "error", status: 429 });
    const request = hub.send(requested);
    await hub.settle();
    expect((await request.state()).status).to.equal("blocked");
    await request.cancel("the customer left");
    await hub.settle();
    expect((await request.state()).status).to.equal("compensated");
    expect(await hub.deadLetters()).to.deep.equal([]);
    const [closed] = await hub.deadLetters("discarded");
    expect(closed).to.include({ step: "charge", reason: "its request is cancelled: the customer left", closedBy: "test" });
  });

  it("goes on with a call that may have taken effect until that is known, and undoes it", async () => {
    const hub = await testFlow(orders);
    hub.fault({ target: "payments", mode: "after-timeout" });
    const request = hub.send(requested);
    await hub.pass("12 seconds");
    await request.cancel();
    await hub.pass("1 minute");
    hub.fault({ target: "payments", mode: "ok" });
    await hub.settle();
    expect((await request.state()).status).to.equal("compensated");
    expect(effects(hub)).to.deep.equal(["reserve", "charge", "refund", "release"]);
  });

  for (const decision of ["redrive", "discard"] as const)
    it(`is blocked while its dead letter may have taken effect, and ends after the ${decision}`, async function () {
      // Each simulated timeout of a call is a moment in which real work might still end: some 20 s in all.
      this.timeout(600_000);
      const hub = await testFlow(orders);
      hub.fault({ target: "payments", mode: "after-timeout" });
      const request = hub.send(requested);
      await hub.settle();
      await request.cancel();
      await hub.settle();
      expect((await request.state()).status).to.equal("blocked");
      expect(await hub.deadLetters()).to.have.lengthOf(1);
      hub.fault({ target: "payments", mode: "ok" });
      await hub[decision]();
      await hub.settle();
      expect((await request.state()).status).to.equal("compensated");
      const undone = decision === "redrive" ? ["refund", "release"] : ["release"];
      expect(effects(hub).slice(-undone.length)).to.deep.equal(undone);
      expect(await hub.deadLetters()).to.deep.equal([]);
    });

  it("is cancelled once, by the first who asks", async () => {
    const hub = await testFlow(orders);
    hub.fault({ target: "warehouse", mode: "error", status: 429 });
    const request = hub.send(requested);
    await hub.pass("1 second");
    await Promise.all([request.cancel("first"), request.cancel("second")]);
    await request.cancel("third");
    await hub.settle();
    await request.cancel("after its end");
    await hub.settle();
    const { status, cancelled } = await request.state();
    expect([status, cancelled?.why]).to.deep.equal(["cancelled", "first"]);
  });
});

describe("a cancelled request and joins", () => {
  const id = z.object({ id: z.string() });
  const [Began, Left, Right, Joined] = [event("Began", id), event("Left", id), event("Right", id), event("Joined", id)];
  let isHeld = true;
  const slowly = flow("both", {
    summary: "",
    owner: "",
    triggers: { begin: api("POST /both", { emits: Began }) },
    steps: {
      left: step({ on: Began, emits: [Left], handler: ({ id }) => Left({ id }) }),
      right: step({
        on: Began,
        emits: [Right],
        retry: { attempts: 5, backoff: "1 minute", ceiling: "1 minute" },
        handler: ({ id }) => {
          if (isHeld) throw new Error("not yet");
          return Right({ id });
        },
      }),
      both: step({ on: join({ left: Left, right: Right }), emits: [Joined], handler: ({ left }) => Joined({ id: left.id }) }),
    },
  });

  it("gives the join up that lacks a part, and a flow without compensations is cancelled", async () => {
    isHeld = true;
    const hub = await testFlow(slowly);
    const request = hub.send({ type: "Began", data: { id: "1" } });
    await hub.pass("5 seconds");
    await request.cancel();
    isHeld = false;
    await hub.settle();
    expect(await stepsOf(request)).to.deep.equal(["left succeeded", "right skipped", "both skipped"]);
    expect((await request.state()).status).to.equal("cancelled");
    expect(hub.emitted(Joined)).to.deep.equal([]);
  });

  const byKey = flow("pair", {
    summary: "",
    owner: "",
    triggers: { left: api("POST /left", { emits: Left }), right: api("POST /right", { emits: Right }) },
    steps: {
      both: step({
        on: join({ left: Left, right: Right }, { by: "id" }),
        emits: [Joined],
        handler: ({ left }) => Joined({ id: left.id }),
      }),
    },
  });

  it("leaves its place in a join by key to the next request", async () => {
    for (const order of [
      ["Left", "Right"],
      ["Right", "Left"],
    ] as const) {
      const hub = await testFlow(byKey);
      const wrong = hub.send({ type: "Left", data: { id: "1" } });
      await hub.settle();
      await wrong.cancel("wrong price");
      await hub.settle();
      expect((await wrong.state()).status).to.equal("cancelled");
      const requests: TestRequest[] = [];
      for (const type of order) {
        requests.push(hub.send({ type, data: { id: "1" } }));
        await hub.settle();
      }
      expect(await Promise.all(requests.map(async (request) => (await request.state()).status))).to.deep.equal([
        "completed",
        "completed",
      ]);
      expect(hub.emitted(Joined)).to.have.lengthOf(1);
    }
  });
});
