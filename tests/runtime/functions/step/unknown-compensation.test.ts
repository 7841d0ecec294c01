import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, call, event, flow, noAuth, step } from "../../../../model/index.ts";
import { OPS_ROUTES } from "../../../../protocol/routes.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { operatorDesk } from "../../fakes/operator-desk.ts";
import { type Reply, reply, useShop } from "../../fakes/shop.ts";

const Asked = event("Asked", z.object({ id: z.string() }));
const Charged = event("Charged", z.object({ id: z.string() }));
const returns = z.object({ ok: z.boolean() });
const broken: Reply = (response) => response.destroy();
const done = reply(200, { ok: true });

describe("step / an unknown outcome within a compensation, and after a redrive", () => {
  const shop = useShop();

  /** A step that charges, and refunds as its compensation. */
  const serve = () => {
    const around = fakeDependencies({ thirdParties: { shop: { baseUrl: shop.origin } } });
    const declared = adapter("shop", {
      baseUrl: "https://shop.example.com",
      auth: noAuth(),
      timeout: "5 seconds",
      operations: { charge: call("POST /charges", { returns }), refund: call("POST /refunds", { returns }) },
    });
    const charges = flow("orders", {
      summary: "",
      owner: "",
      imports: [Asked],
      steps: {
        charge: step({
          on: Asked,
          emits: [Charged],
          uses: { shop: declared },
          retry: { attempts: 4, backoff: "4 seconds", ceiling: "1 hour" },
          handler: async ({ id }, { shop }) => {
            await shop.charge();
            return Charged({ id });
          },
          compensate: async (_, { shop }) => {
            await shop.refund();
          },
        }),
      },
    });
    const handle = serveStep(charges, "charge", validatorsOf(charges), () => around.services);
    const desk = operatorDesk(around, "charge", handle);
    const asked = message(busEvent("Asked", { id: "1" }));
    const undo = message(busEvent("CompensateStep", { step: "charge", delivery: "e-1" }, { eventId: "c-1" }), "m-2");
    const gets = async (delivered: typeof asked, ...replies: Reply[]) => {
      for (const answer of replies) {
        shop.replies = [answer];
        await deliver(handle, delivered);
        around.clock.advance(60_000);
      }
    };
    const ended = () =>
      around.bus.named("StepFailed").map(({ detail }) => {
        const { outcome, compensates, terminal } = detail.data as { outcome: string; compensates?: string; terminal?: true };
        return [outcome, compensates, terminal];
      });
    const refunds = () => shop.seen.filter(({ url }) => url === "/refunds");
    return { ...around, desk, asked, undo, gets, ended, refunds };
  };

  it("retries a compensation's call that got 409 after a timeout, with the same key, until it is known", async () => {
    const { asked, undo, gets, refunds, bus, sent } = serve();
    await gets(asked, done);
    await gets(undo, broken, reply(409, {}), reply(423, {}), done);
    expect(new Set(refunds().map(({ headers }) => headers["idempotency-key"])).size).to.equal(1);
    expect(refunds()).to.have.length(4);
    expect(sent).to.eql([]);
    expect(bus.named("StepSucceeded").at(-1)?.detail.data).to.deep.include({ compensates: "e-1" });
  });

  it("makes a compensation that is refused after a timeout OUTCOME_UNKNOWN, and not terminal", async () => {
    const { asked, undo, gets, ended, desk } = serve();
    await gets(asked, done);
    await gets(undo, broken, reply(422, {}));
    const { errorCode, calls } = await desk.only();
    expect([errorCode, calls]).to.eql(["OUTCOME_UNKNOWN", { "shop.refund#0": null }]);
    expect(ended().at(-1)).to.eql(["dead-letter", "e-1", undefined]);
  });

  it("remembers that over a redrive: the next refusal proves nothing either", async () => {
    const { asked, undo, gets, desk, refunds } = serve();
    await gets(asked, done);
    await gets(undo, broken, reply(422, {}));
    const { id } = await desk.only();
    shop.replies = [reply(404, {})];
    await desk.ask(OPS_ROUTES.redrive, "", { ids: [id] });
    expect(await desk.only()).to.deep.include({ state: "open", errorCode: "OUTCOME_UNKNOWN", times: 2 });
    shop.replies = [done];
    await desk.ask(OPS_ROUTES.redrive, "", { ids: [id] });
    await desk.settle();
    expect(await desk.only()).to.include({ state: "redriven" });
    expect(refunds()).to.have.length(4);
  });

  it("lets an operator complete a compensation whose answer can't be read: the refund is made once", async () => {
    const { asked, undo, gets, desk, refunds, bus } = serve();
    await gets(asked, done);
    await gets(undo, reply(200, "ok", { "content-type": "text/plain" }));
    const { id, errorCode } = await desk.only();
    expect(errorCode).to.equal("ANSWER_UNREADABLE");
    expect((await desk.complete(id, { answer: { ok: true } })).state).to.equal("completed");
    await desk.settle();
    expect(refunds()).to.have.length(1);
    expect(bus.named("StepSucceeded").at(-1)?.detail.data).to.deep.include({ compensates: "e-1" });
  });

  it("does not start compensations when a redriven charge is refused after a timeout", async () => {
    const { asked, gets, desk, ended, table } = serve();
    await gets(asked, broken, reply(422, {}));
    const { id } = await desk.only();
    shop.replies = [reply(402, {})];
    await desk.ask(OPS_ROUTES.redrive, "", { ids: [id] });
    expect(await desk.only()).to.deep.include({ state: "open", errorCode: "OUTCOME_UNKNOWN" });
    expect(ended().every(([, , terminal]) => terminal === undefined)).to.equal(true);
    expect(table.only("delivery#").final).to.equal(undefined);
    shop.replies = [done];
    await desk.ask(OPS_ROUTES.redrive, "", { ids: [id] });
    await desk.settle();
    expect(table.only("delivery#").state).to.equal("done");
  });

  it("repeats a call whose answer can't be read when an operator redrives it: that is the operator's decision", async () => {
    const { asked, gets, desk } = serve();
    await gets(asked, reply(200, "ok"));
    const { id } = await desk.only();
    shop.replies = [done];
    await desk.ask(OPS_ROUTES.redrive, "", { ids: [id] });
    await desk.settle();
    expect(shop.seen).to.have.length(2);
    expect(new Set(shop.seen.map(({ headers }) => headers["idempotency-key"])).size).to.equal(1);
  });
});
