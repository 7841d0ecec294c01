import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, flow, step } from "../../../../model/index.ts";
import { HOLDS, type Hold, type HoldTarget } from "../../../../protocol/holds.ts";
import { holdsKey } from "../../../../protocol/table.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { context, deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Asked = event("Asked", z.object({ id: z.string() }));
const asked = busEvent("Asked", { id: "a" });

function held(target: HoldTarget, options: { delivery?: "direct"; minutes?: number } = {}) {
  const around = fakeDependencies({ formerly: { flow: ["shop"], step: ["send"] } });
  let runs = 0;
  const one = step({
    ...{ on: Asked, emits: [], ...(options.delivery && { delivery: options.delivery }) },
    handler: () => {
      runs += 1;
      return [];
    },
  });
  const orders = flow("orders", { summary: "", owner: "", imports: [Asked], steps: { ship: one } });
  const now = around.clock.now();
  const until = new Date(now + (options.minutes ?? 60) * 60_000).toISOString();
  const hold: Hold = { ...target, since: new Date(now).toISOString(), until, by: "ana", why: "r" };
  around.table.items.set(`${holdsKey.pk}|${holdsKey.sk}`, { ...holdsKey, [HOLDS]: JSON.stringify([hold]), version: 1 });
  const handle = serveStep(orders, "ship", validatorsOf(orders), () => around.services);
  const records = () => [...around.table.items.keys()].filter((key) => key.startsWith("delivery#")).length;
  return { ...around, handle, runs: () => runs, records };
}

describe("step / a hold", () => {
  for (const [what, target] of [
    ["its flow", { flow: "orders" }],
    ["its flow by a former name", { flow: "shop" }],
    ["the step", { flow: "orders", step: "ship" }],
    ["the step by former names", { flow: "shop", step: "send" }],
  ] as const)
    it(`of ${what} hides the message, and no attempt begins`, async () => {
      const fixture = held(target);
      expect(await deliver(fixture.handle, message(asked))).to.deep.equal(["m-1"]);
      expect([fixture.runs(), fixture.records(), fixture.bus.entries.length]).to.deep.equal([0, 0, 0]);
      expect(fixture.hidden.map(({ seconds }) => seconds)).to.deep.equal([33]);
    });

  for (const [what, target] of [
    ["another flow", { flow: "other" }],
    ["another step", { flow: "orders", step: "pack" }],
    ["a third party that it does not use", { thirdParty: "erp" }],
  ] as const)
    it(`of ${what} changes nothing`, async () => {
      const fixture = held(target);
      expect(await deliver(fixture.handle, message(asked))).to.deep.equal([]);
      expect(fixture.runs()).to.equal(1);
    });

  it("ends by itself, and a release takes effect within five seconds", async () => {
    const over = held({ flow: "orders" }, { minutes: 1 });
    await deliver(over.handle, message(asked));
    over.clock.advance(60_000);
    expect(await deliver(over.handle, message(asked))).to.deep.equal([]);
    const released = held({ flow: "orders" });
    await deliver(released.handle, message(asked));
    released.table.items.delete(`${holdsKey.pk}|${holdsKey.sk}`);
    released.clock.advance(5_000);
    expect(await deliver(released.handle, message(asked))).to.deep.equal([]);
    expect([over.runs(), released.runs()]).to.deep.equal([1, 1]);
  });

  it("moves an event of direct delivery into the step's queue, where it waits and is handled", async () => {
    const fixture = held({ flow: "orders" }, { delivery: "direct" });
    expect(await fixture.handle(asked, context())).to.equal("held");
    const [moved] = fixture.sent;
    expect([fixture.sent.length, moved?.url]).to.deep.equal([1, "https://sqs/queue"]);
    expect(JSON.parse(moved?.body ?? "")).to.deep.equal(asked);
    const record = message(moved?.body, "m-moved");
    expect(await deliver(fixture.handle, record)).to.deep.equal(["m-moved"]);
    fixture.clock.advance(3_600_000);
    expect(await deliver(fixture.handle, record)).to.deep.equal([]);
    expect(fixture.runs()).to.equal(1);
  });

  it("dead-letters a message that its queue would drop, instead of losing it", async () => {
    const fixture = held({ flow: "orders" });
    const sentAt = String(fixture.clock.now() - 4 * 86_400_000 + 3_000_000);
    const old = message(asked, "m-1", { attributes: { ApproximateReceiveCount: "9", SentTimestamp: sentAt } });
    expect(await deliver(fixture.handle, old)).to.deep.equal([]);
    expect(fixture.sent.map(({ url, attributes }) => [url, attributes.errorCode])).to.deep.equal([
      ["https://sqs/dead", "EXPIRING"],
    ]);
  });

  it("that can't be read lets nothing begin", async () => {
    const fixture = held({ flow: "other" });
    fixture.table.failures.push(new Error("the table is away"));
    expect(await deliver(fixture.handle, message(asked))).to.deep.equal(["m-1"]);
    expect([fixture.runs(), fixture.records()]).to.deep.equal([0, 0]);
  });
});
