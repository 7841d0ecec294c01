import { expect } from "chai";
import { describe, it } from "mocha";
import type { HoldsPage } from "../../../../protocol/holds.ts";
import { HOLDS, targetText } from "../../../../protocol/holds.ts";
import { holdsKey } from "../../../../protocol/table.ts";
import { mortal } from "../../../../testing/crashes.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { opsDesk } from "../../fakes/ops-desk.ts";

function desk() {
  const around = fakeDependencies();
  const target = { queueUrl: "q", queueArn: "q", ruleArn: "r", functionArn: "f" };
  const targets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { ship: target }, thirdParties: ["erp"] };
  around.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const ask = opsDesk(around.services);
  const at = (hours: number) => new Date(around.clock.now() + hours * 3_600_000).toISOString();
  const held = async () => {
    const { holds } = (await ask("listHolds", { role: "viewer" })).body as unknown as HoldsPage;
    return holds.map((hold) => `${targetText(hold)} by ${hold.by}: ${hold.why}`);
  };
  return { ...around, ask, at, held };
}

describe("ops / holds", () => {
  it("names what is held and what may be, and a hold ends by itself", async () => {
    const { ask, at, held, clock } = desk();
    await ask("hold", { body: { thirdParty: "erp", until: at(1), reason: "maintenance" } });
    await ask("hold", { body: { flow: "orders", step: "ship", until: at(2), reason: "key sk_live_0123456789abc" }, by: "ben" });
    expect(await held()).to.deep.equal(["third party erp by ana: maintenance", "step orders/ship by ben: key ***"]);
    const { targets } = (await ask("listHolds")).body as unknown as HoldsPage;
    expect(targets).to.deep.equal({ thirdParties: ["erp"], flows: { orders: ["ship"] } });
    clock.advance(3_600_000);
    expect(await held()).to.deep.equal(["step orders/ship by ben: key ***"]);
    expect((await ask("release", { body: { thirdParty: "erp" } })).body.detail).to.equal(
      "third party erp is not held. Name what the list of holds has.",
    );
  });

  it("extends a hold, and refuses a shorter one that would end another operator's", async () => {
    const { ask, at, held } = desk();
    await ask("hold", { body: { flow: "orders", until: at(2), reason: "a release" } });
    const shorter = await ask("hold", { body: { flow: "orders", until: at(1), reason: "mine" }, by: "ben" });
    expect(shorter.status).to.equal(409);
    expect(shorter.body.detail)
      .to.include("flow orders is held by ana until ")
      .and.include(": a release. Release it, or hold it for longer.");
    expect((await ask("hold", { body: { flow: "orders", until: at(3), reason: "longer" }, by: "ben" })).status).to.equal(200);
    expect(await held()).to.deep.equal(["flow orders by ben: longer"]);
  });

  it("keeps both holds of two operators at once", async () => {
    const { services, at, held } = desk();
    const [ana, ben] = [opsDesk(services), opsDesk(services)];
    const answers = await Promise.all([
      ana("hold", { body: { thirdParty: "erp", until: at(1), reason: "a" }, by: "ana" }),
      ben("hold", { body: { flow: "orders", until: at(1), reason: "b" }, by: "ben" }),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect((await held()).sort()).to.deep.equal(["flow orders by ben: b", "third party erp by ana: a"]);
  });

  it("releases what was renamed or removed since it was held", async () => {
    const { ask, at, held, table, clock } = desk();
    const gone = [{ flow: "orders", step: "ship" }, { flow: "orders" }, { thirdParty: "erp" }];
    for (const target of gone) await ask("hold", { body: { ...target, until: at(1), reason: "r" } });
    const targets = { flow: "sales", graph: "g", deadLetterArn: "d", steps: {}, thirdParties: [] };
    table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
    clock.advance(600_000);
    for (const target of gone) expect((await ask("release", { body: target })).status).to.equal(200);
    expect(await held()).to.deep.equal([]);
    expect((await ask("release", { body: { flow: "orders" } })).body.detail).to.match(/^The hub has no flow orders\./);
  });

  for (const [what, body, detail] of [
    ["an unknown third party", { thirdParty: "crm" }, "The hub has no third party crm. It has erp."],
    ["an unknown flow", { flow: "constructor" }, "The hub has no flow constructor. It has orders."],
    ["an unknown step", { flow: "orders", step: "pack" }, "Flow orders has no step pack. It has ship."],
    ["two targets", { flow: "orders", thirdParty: "erp" }, "Name what is meant"],
    ["no target", {}, "Name what is meant"],
    ["a list", { thirdParty: ["erp"] }, "Name what is meant"],
    ["an unknown member", { flow: "orders", steps: ["ship"] }, "Unknown member steps"],
    ["a hold without a reason", { flow: "orders", reason: " " }, "reason is not a text"],
    ["a time that is past", { flow: "orders", until: "2026-01-01" }, "until is in the past"],
    ["a time that is too far", { flow: "orders", until: "2031-01-01" }, "until is more than 24 hours from now"],
    ["no time", { flow: "orders", until: null }, "until is not a time"],
  ] as const)
    it(`refuses ${what}, and holds nothing`, async () => {
      const { ask, at, held } = desk();
      const answer = await ask("hold", { body: { until: at(1), reason: "r", ...body } });
      expect([answer.status, String(answer.body.detail)]).to.satisfy(
        ([status, text]: [number, string]) => status === 400 && text.includes(detail),
      );
      expect(await held()).to.deep.equal([]);
    });

  it("holds wholly or not at all where its process dies, and the next operator goes on", async () => {
    let deaths = 0;
    for (let at = 1; ; at += 1) {
      const around = desk();
      let calls = 0;
      let died: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        died = resolve;
      });
      const services = mortal(around.services as never, { dies: () => ++calls === at }, () => {}, died);
      const body = { thirdParty: "erp", until: around.at(1), reason: "r" };
      const answered = await Promise.race([
        opsDesk(services)("hold", { body }).then(() => true),
        crash.then(() => new Promise((resolve) => setImmediate(resolve))).then(() => false),
      ]);
      if (answered) break;
      deaths += 1;
      expect((await around.held()).length).to.be.within(0, 1);
      expect((await around.ask("hold", { body: { ...body, until: around.at(2) }, by: "ben" })).status).to.equal(200);
      expect(await around.held()).to.deep.equal(["third party erp by ben: r"]);
      const item = around.table.items.get(`${holdsKey.pk}|${holdsKey.sk}`);
      expect(JSON.parse(String(item?.[HOLDS]))).to.have.length(1);
    }
    expect(deaths).to.be.greaterThan(6);
  });
});
