import { expect } from "chai";
import { describe, it } from "mocha";
import orderToErp from "../../../../flows/order-to-erp.ts";
import { graph } from "../../../../model/index.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { compare } from "../../../../runtime/ports.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { stateOf } from "./request-state.ts";

const FLOW = "order-to-erp";
const at = (second: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + second * 1_000).toISOString();
const belongs = { requestId: "r-1", correlationId: "c-1", tenant: "key-1", flow: FLOW, graph: "0123456789abcdef" };

/** A request as the version before `rev` left it: each fact an item, and a summary with a `version` and its steps. */
function serve(rows = 0) {
  const around = fakeDependencies();
  const put = (sk: string, more: object, pk = "request#r-1") => around.table.items.set(`${pk}|${sk}`, { pk, sk, ...more });
  const fact = (kind: string, sk: string, fact: object) =>
    put(`${kind}#${sk}`, { kind, belongs: JSON.stringify(belongs), fact: JSON.stringify(fact), rank: 0, tie: "" });
  const done = (step: string, delivery: string, emitted: readonly { name: string; eventId: string }[], second: number) =>
    fact("delivery", `${step}#${delivery}`, {
      step,
      delivery,
      causes: [delivery],
      status: "succeeded",
      attempts: 1,
      startedAt: at(second),
      finishedAt: at(second + 1),
      emitted,
    });
  put("0123456789abcdef", { graph: JSON.stringify(graph(orderToErp)) }, `graph#${FLOW}`);
  fact("event", "e-1", { eventId: "e-1", name: "IntegrationRequested", step: "trigger:orders", occurredAt: at(0) });
  fact("event", "e-2", { eventId: "e-2", name: "IntegrationValidated", step: "validate", occurredAt: at(2) });
  // What a fan-out leaves: more validated events, each with its rule applied and its data enriched.
  const more = Array.from({ length: rows }, (_, i) => `e-2-${i}`);
  const validated = ["e-2", ...more].map((eventId) => ({ name: "IntegrationValidated", eventId }));
  done("validate", "e-1", validated, 1);
  for (const eventId of more) {
    done("applyRules", eventId, [], 3);
    done("enrich", eventId, [], 3);
  }
  done("applyRules", "e-2", [{ name: "RuleApplied", eventId: "e-3" }], 3);
  put("summary", {
    ...belongs,
    status: "running",
    createdAt: at(0),
    updatedAt: at(4),
    steps: [{ step: "validate", status: "succeeded", attempts: 1, startedAt: at(1), finishedAt: at(2) }],
    version: 4,
  });
  return { ...around, handle: serveLedger(() => around.services) };
}
const succeeded = (step: string, delivery: string, causes: string[], emitted: [string, string], second: number) =>
  busEvent(
    "StepSucceeded",
    {
      step,
      delivery,
      causes,
      attempts: 1,
      startedAt: at(second),
      finishedAt: at(second + 1),
      emitted: [{ name: emitted[0], eventId: emitted[1] }],
    },
    { flow: FLOW, step, occurredAt: at(second + 1), eventId: `x-${step}` },
  );
const enriched = succeeded("enrich", "e-2", ["e-2"], ["DataEnriched", "e-4"], 5);
const registered = succeeded("register", "join:abc", ["e-3", "e-4"], ["OrderRegistered", "e-5"], 8);

describe("ledger / a request that an earlier version began", () => {
  it("is shown as that version left it", async () => {
    const { status, steps, events } = await stateOf(serve(), "r-1");
    expect([status, steps.map(({ step }) => step), events.map(({ eventId }) => eventId)]).to.eql([
      "running",
      ["validate"],
      ["e-1", "e-2"],
    ]);
  });

  for (const rows of [0, 400]) {
    it(`ends: ${2 * rows + 2} reports are items of that version`, async () => {
      const fixture = serve(rows);
      const summary = () => fixture.table.items.get("request#r-1|summary");
      expect(await deliver(fixture.handle, message(enriched))).to.eql([]);
      expect(summary()?.status).to.equal("running");
      expect(await deliver(fixture.handle, message(registered))).to.eql([]);
      expect(summary()?.status).to.equal("completed");
      expect((await stateOf(fixture, "r-1")).steps.filter(({ status }) => status !== "succeeded")).to.eql([]);
    });
  }

  it("ends once, although functions die while they take it over", async () => {
    const fixture = serve(400);
    let puts = 0;
    fixture.table.beforePut = async () => {
      puts += 1;
      if (puts % 131 === 60) throw new Error("killed");
    };
    for (let i = 0; (await deliver(fixture.handle, message(enriched), message(registered, "m-2"))).length > 0; i += 1)
      if (i > 50) throw new Error("messages keep coming back");
    const { status, steps } = await stateOf(fixture, "r-1");
    expect([status, steps.map(({ step, count }) => [step, count])]).to.eql([
      "completed",
      [
        ["validate", 1],
        ["applyRules", 401],
        ["enrich", 401],
        ["register", 1],
      ],
    ]);
  });

  it("can't be written by that version from then on: its messages come back, and nothing is overwritten", async () => {
    const fixture = serve();
    await deliver(fixture.handle, message(enriched));
    const before = fixture.table.items.get("request#r-1|summary");
    // It writes on the condition that `version` is what it has read, and takes an absent one for 0.
    const written = await fixture.table.put({ pk: "request#r-1", sk: "summary", version: 1 }, compare("version", "=", 0));
    expect(written).to.equal(false);
    expect(fixture.table.items.get("request#r-1|summary")).to.eql(before);
  });
});
