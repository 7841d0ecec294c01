import { expect } from "chai";
import { describe, it } from "mocha";
import type { HubStatus } from "../../../../protocol/status.ts";
import { breakerKey } from "../../../../protocol/table.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { opsDesk } from "../../fakes/ops-desk.ts";

const URL = "https://sqs.eu-central-1.amazonaws.com/1/";
const depth = { visible: 3, inFlight: 1, delayed: 0 };

function desk(refused: readonly string[] = []) {
  const around = fakeDependencies();
  const step = (name: string, formerly?: readonly string[]) => ({
    queueUrl: `${URL}${name}-queue`,
    ...{ queueArn: "q", ruleArn: "r", functionArn: "f" },
    ...(formerly && { formerly }),
  });
  const targets = {
    ...{ flow: "orders", formerly: ["shop"], graph: "g", deadLetterArn: "d", thirdParties: ["erp", "crm"] },
    slo: { completedWithin: "1 minute", for: "99.9 %" },
    steps: { ship: step("ship"), bill: step("bill", ["invoice"]) },
  };
  around.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const ask = opsDesk(around.services, undefined, () => ({
    of: async (url) => {
      if (refused.includes(url)) throw Object.assign(new Error("no"), { name: "AccessDenied" });
      return depth;
    },
  }));
  const status = async () => (await ask("status", { role: "viewer" })).body as unknown as HubStatus;
  return { ...around, ask, status };
}

describe("ops / status", () => {
  it("shows the depth of each step's queue, and that of the others where one can't be read", async () => {
    expect((await desk().status()).flows).to.deep.equal([
      {
        flow: "orders",
        steps: [
          { step: "ship", queue: "ship-queue", depth, deadLetters: 0 },
          { step: "bill", queue: "bill-queue", depth, deadLetters: 0 },
        ],
        timers: [],
        deadLetters: 0,
        objective: { completedWithin: "1 minute", for: "99.9 %" },
      },
    ]);
    const refused = await desk([`${URL}ship-queue`]).status();
    expect(refused.flows[0]?.steps.map((step) => step.depth)).to.deep.equal([null, depth]);
  });

  it("shows breakers as the calls see them: closed, open, or about to admit a probe", async () => {
    const { status, table, clock } = desk();
    const put = (failures: number, openUntil: number) =>
      table.items.set("third-party#erp|breaker", { ...breakerKey("erp"), failures, openUntil, probes: 0 });
    const erp = async () => (await status()).thirdParties.find(({ name }) => name === "erp");
    expect((await status()).thirdParties.map(({ name, breaker }) => [name, breaker])).to.deep.equal([
      ["crm", "closed"],
      ["erp", "closed"],
    ]);
    put(4, 0);
    expect(await erp()).to.deep.equal({ name: "erp", breaker: "closed", failures: 4, openUntil: null });
    put(5, clock.now() + 10_000);
    const openUntil = new Date(clock.now() + 10_000).toISOString();
    expect(await erp()).to.deep.equal({ name: "erp", breaker: "open", failures: 5, openUntil });
    clock.advance(10_000);
    expect(await erp()).to.deep.equal({ name: "erp", breaker: "half-open", failures: 5, openUntil: null });
  });

  it("shows what is held while it is", async () => {
    const { ask, status, clock } = desk();
    const until = new Date(clock.now() + 3_600_000).toISOString();
    await ask("hold", { body: { thirdParty: "erp", until, reason: "maintenance" } });
    expect((await status()).holds.map(({ thirdParty, why }) => [thirdParty, why])).to.deep.equal([["erp", "maintenance"]]);
    clock.advance(3_600_000);
    expect((await status()).holds).to.deep.equal([]);
  });
});
