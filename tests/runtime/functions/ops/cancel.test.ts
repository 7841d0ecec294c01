import { expect } from "chai";
import { describe, it } from "mocha";
import orderFulfilment from "../../../../flows/order-fulfilment.ts";
import { graph } from "../../../../model/index.ts";
import type { AuditEntry } from "../../../../protocol/audit.ts";
import { auditKey, graphKey, summaryKey } from "../../../../protocol/table.ts";
import { cancellationOf } from "../../../../runtime/cancellations.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { mortal } from "../../../../testing/crashes.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { type Asked, opsDesk } from "../../fakes/ops-desk.ts";

const FLOW = orderFulfilment.name;

/** A request that waits for its first step, with the ops API and the ledger around it. */
async function hub() {
  const around = fakeDependencies({ flow: FLOW });
  const key = graphKey(FLOW, "g-1");
  around.table.items.set(`${key.pk}|${key.sk}`, { ...key, graph: JSON.stringify(graph(orderFulfilment)) });
  const ledger = serveLedger(() => around.services as never);
  const begun = busEvent(
    "FulfilmentRequested",
    {},
    { eventId: "r-1", requestId: "r-1", step: "trigger:t", flow: FLOW, graph: "g-1" },
  );
  await deliver(ledger, message(begun));
  const item = around.table.items.get(`${summaryKey("r-1").pk}|summary`);
  expect(item).to.include({ status: "accepted" });
  const settle = async () => {
    for (const event of around.bus.named("RequestCancelled")) expect(await deliver(ledger, message(event))).to.deep.equal([]);
  };
  const status = () => around.table.items.get(`${summaryKey("r-1").pk}|summary`)?.status;
  const entries = () =>
    [...around.table.items.values()].filter(({ pk }) => pk.startsWith(auditKey.prefix)) as unknown as AuditEntry[];
  const cancel = (asked: Asked = {}, services: object = around.services) =>
    opsDesk(services)("cancel", { path: { requestId: "r-1" }, body: { reason: "ordered twice" }, ...asked });
  return { ...around, cancel, settle, status, entries };
}

describe("ops / cancel", () => {
  it("is for the request's tenant and for operators, and leaves who, when and why", async () => {
    for (const caller of [
      { by: "shop-key", role: undefined, operator: false, tenant: "key-1" },
      { by: "ana", role: "operator" },
    ] as const) {
      const { cancel, entries, table } = await hub();
      const { status, body } = await cancel(caller);
      expect([status, body]).to.deep.equal([
        202,
        { requestId: "r-1", cancelled: { by: caller.by, at: "2026-11-24T10:00:00.000Z", why: "ordered twice" } },
      ]);
      expect(await cancellationOf(table, "r-1")).to.include({ by: caller.by });
      expect(entries().map(({ by, role, verb, about, why, state }) => ({ by, role, verb, about, why, state }))).to.deep.equal([
        {
          ...{ by: caller.by, role: caller.role ?? "tenant", verb: "cancel", about: { requestId: "r-1" } },
          ...{ why: "ordered twice", state: "done" },
        },
      ]);
    }
  });

  it("shows another tenant nothing, and changes nothing", async () => {
    const { cancel, entries, bus, table } = await hub();
    for (const tenant of ["other", "webhook:shop.paid"])
      expect((await cancel({ by: "x", role: undefined, operator: false, tenant })).status).to.equal(404);
    expect((await cancel({ by: "eve", role: "viewer", tenant: "other" })).status).to.equal(404);
    expect((await cancel({ by: "eve", role: "viewer" })).body.detail).to.include("takes the role operator");
    expect([entries().length, bus.named("RequestCancelled").length]).to.deep.equal([0, 0]);
    expect(await cancellationOf(table, "r-1")).to.equal(undefined);
  });

  it("needs a reason, and refuses a request that has ended", async () => {
    const { cancel, table } = await hub();
    expect((await cancel({ body: {} })).status).to.equal(400);
    expect((await cancel({ path: { requestId: "r-9" } })).status).to.equal(404);
    const key = `${summaryKey("r-1").pk}|summary`;
    table.items.set(key, { ...table.items.get(key), status: "completed" } as never);
    const { status, body } = await cancel();
    expect([status, body.detail]).to.deep.equal([409, "The request is completed. Only a request in progress can be cancelled."]);
  });

  it("is done once by two operators at once, under the name of the first", async () => {
    const { cancel, settle, status, table, entries } = await hub();
    const answers = await Promise.all([cancel({ by: "ana" }), cancel({ by: "ben", body: { reason: "mine" } })]);
    expect(answers.map(({ status }) => status)).to.deep.equal([202, 202]);
    const [first, second] = answers.map(({ body }) => body.cancelled as unknown as { by: string });
    expect(second).to.deep.equal(first);
    await settle();
    // The step has to report first that it did not run.
    expect(status()).to.equal("compensating");
    expect(await cancellationOf(table, "r-1")).to.deep.equal(first);
    expect(entries().map(({ state }) => state)).to.deep.equal(["done", "done"]);
  });

  it("is done wholly or not at all by a function that died, wherever it died", async () => {
    let deaths = 0;
    for (let at = 1; ; at += 1) {
      const { cancel, settle, status, table, services, bus } = await hub();
      let calls = 0;
      let died: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        died = resolve;
      });
      const dying = mortal(services as never, { dies: () => ++calls === at }, () => {}, died);
      const answered = await Promise.race([
        cancel({}, dying).then(() => true),
        crash.then(() => new Promise((resolve) => setImmediate(resolve))).then(() => false),
      ]);
      await settle();
      const isPublished = bus.named("RequestCancelled").length > 0;
      expect([status(), (await cancellationOf(table, "r-1")) !== undefined], `at ${at}`).to.deep.equal(
        isPublished ? ["compensating", true] : ["accepted", false],
      );
      if (answered) break;
      deaths += 1;
      // Another operator goes on, whatever was left.
      expect((await cancel({ by: "ben" })).status).to.equal(202);
      await settle();
      expect(status()).to.equal("compensating");
    }
    expect(deaths).to.be.greaterThan(6);
  });
});
