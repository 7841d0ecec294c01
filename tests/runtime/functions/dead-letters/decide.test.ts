import { expect } from "chai";
import { describe, it } from "mocha";
import type { BusEvent, StepFailedData, StepGivenUpData } from "../../../../model/envelope.ts";
import type { ReceivedEvent } from "../../../../runtime/envelope/cause.ts";
import { readEvent } from "../../../../runtime/envelope/read-event.ts";
import type { DeadLetter, DeadLetterCause } from "../../../../runtime/functions/dead-letters/dead-letter.ts";
import { deadLetterStore } from "../../../../runtime/functions/dead-letters/dead-letter-store.ts";
import { decisionsOn } from "../../../../runtime/functions/dead-letters/decide.ts";
import { readMessage } from "../../../../runtime/functions/dead-letters/read-message.ts";
import { factsOf } from "../../../../runtime/functions/ledger/fact.ts";
import { ledgerStore } from "../../../../runtime/functions/ledger/ledger-store.ts";
import { knownDelivery } from "../../../../runtime/functions/ledger/work-items.ts";
import { sweep as runSweep } from "../../../../runtime/functions/sweeper/sweep.ts";
import { createLogger } from "../../../../runtime/logging/logger.ts";
import { fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { UNDECIDED } from "./undecided.ts";

const target = { queueUrl: "url", queueArn: "q", ruleArn: "r", functionArn: "a:b:c:d:e:f:charge" };
const targets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { charge: target } };
const DAY = 86_400_000;

function around() {
  const fixture = fakeDependencies();
  fixture.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const store = deadLetterStore(fixture.table);
  const decide = decisionsOn(fixture.services, store, async () => [targets]);
  const open = async (more: Partial<DeadLetter> = {}, cause: Partial<DeadLetterCause> = {}): Promise<DeadLetter> => {
    const at = new Date(fixture.clock.now()).toISOString();
    const deadLetter: DeadLetter = {
      id: "0123456789abcdef",
      state: "open",
      flow: "orders",
      step: "charge",
      shape: "runtime",
      errorCode: "REFUSED",
      errorMessage: "",
      attempts: 1,
      cause: {
        eventId: "e-1",
        eventName: "OrderPlaced",
        requestId: "r-1",
        correlationId: "c-1",
        causationId: "",
        tenant: "t",
        graph: "g",
        traceparent: "",
        hop: 0,
        delivery: "e-1",
        ...cause,
      },
      at,
      firstAt: at,
      ...UNDECIDED,
      chunks: 0,
      ...more,
    };
    return store.record(deadLetter.id, "{}", () => deadLetter);
  };
  const summary = (status: string, requestId = "r-1") =>
    fixture.table.items.set(`request#${requestId}|summary`, { pk: `request#${requestId}`, sk: "summary", status });
  const published = <T>(name: string) =>
    fixture.bus.named(name).map(({ detail: { metadata, data } }) => ({ requestId: metadata.requestId, ...(data as T) }));
  return { ...fixture, store, decide, open, summary, published };
}

describe("dead letters / redrive and discard", () => {
  for (const status of ["completed", "failed", "compensating", "compensated", "compensation-failed"])
    it(`refuses to redrive for a request that is ${status}`, async () => {
      const fixture = around();
      fixture.summary(status);
      const { id, refused } = (await fixture.decide.redrive(await fixture.open(), "ana")) as { id: string; refused: string };
      expect(refused).to.equal(`request r-1 is ${status}; a redrive would come too late. Discard it`);
      expect(fixture.sent).to.deep.equal([]);
      expect((await fixture.store.get(id))?.state).to.equal("open");
    });

  it("reports a redrive so that the next failure supersedes it, however fast that comes", async () => {
    const fixture = around();
    const ledger = ledgerStore(fixture.services);
    const step = { name: "charge", on: { kind: "event", event: "OrderPlaced" }, emits: [], uses: [], compensates: false };
    const orders = { flow: "orders", summary: "", owner: "", triggers: [], events: [], steps: [step], adapters: [] };
    const key = { pk: "graph#orders", sk: "0123456789abcdef" };
    fixture.table.items.set(`${key.pk}|${key.sk}`, { ...key, graph: JSON.stringify(orders) });
    const deadLetter = await fixture.open();
    const died = (attempts: number) =>
      busEvent("StepFailed", {
        step: "charge",
        delivery: "e-1",
        causes: ["e-1"],
        attempts,
        startedAt: deadLetter.at,
        finishedAt: deadLetter.at,
        outcome: "dead-letter",
        error: { code: "REFUSED", message: "" },
      });
    const hear = async (event: BusEvent) => {
      await ledger.take("r-1", factsOf(readEvent(event) as ReceivedEvent));
    };
    await hear(died(1));
    // The step and then the ledger process the message before the redrive continues.
    const { services } = fixture;
    const queue = {
      ...services.queue,
      send: async (...message: Parameters<typeof services.queue.send>) => {
        await services.queue.send(...message);
        await hear(died(2));
      },
    };
    await decisionsOn({ ...services, queue }, fixture.store, async () => [targets]).redrive(deadLetter, "ana");
    for (const event of fixture.bus.named("StepFailed")) await hear(event);
    const request = { requestId: "r-1", step: "charge", delivery: "e-1" };
    expect(await knownDelivery(fixture.table, request)).to.include({ status: "failed", attempts: 2 });
  });

  it("notes a redrive's time before it sends: what fails again at once is dead-lettered after that", async () => {
    const fixture = around();
    const { services } = fixture;
    let sentAt = Number.NaN;
    const queue = {
      ...services.queue,
      send: async (...message: Parameters<typeof services.queue.send>) => {
        sentAt = services.clock.now();
        await services.queue.send(...message);
        await services.clock.sleep(1_000);
      },
    };
    const deadLetter = await fixture.open();
    await decisionsOn({ ...services, queue }, fixture.store, async () => [targets]).redrive(deadLetter, "ana");
    const closed = await fixture.store.get(deadLetter.id);
    expect(closed?.state).to.equal("redriven");
    expect(Date.parse(closed?.closedAt ?? "")).to.be.at.most(sentAt);
  });

  for (const [what, known, expected] of [
    ["no attempt in the ledger", undefined, "1"],
    ["more than in the dead letter", 4, "4"],
  ] as const)
    it(`numbers the step's attempts after those in the ledger: ${what}`, async () => {
      const fixture = around();
      const fact = { step: "charge", delivery: "e-1", causes: ["e-1"], status: "failed", attempts: known };
      if (known !== undefined) {
        const key = { pk: "request#r-1", sk: "delivery#charge#e-1" };
        fixture.table.items.set(`${key.pk}|${key.sk}`, { ...key, kind: "delivery", belongs: "{}", fact: JSON.stringify(fact) });
      }
      await fixture.decide.redrive(await fixture.open({ shape: "target", attempts: 0 }), "ana");
      expect(fixture.sent.map(({ attributes }) => attributes.attempts)).to.deep.equal([expected]);
      expect(fixture.published<StepFailedData>("StepFailed").map(({ attempts }) => attempts)).to.deep.equal([
        Number(expected) + 1,
      ]);
    });

  describe("recorded before flow and step were renamed", () => {
    const billed = { ...target, formerly: ["charge"], queueUrl: "url-of-bill" };
    const renamed = { ...targets, flow: "sales", formerly: ["orders"], steps: { bill: billed } };
    const renamedFlow = () => {
      const fixture = around();
      const fact = { step: "charge", delivery: "e-1", causes: ["e-1"], status: "failed", attempts: 3 };
      const key = { pk: "request#r-1", sk: "delivery#charge#e-1" };
      fixture.table.items.set(`${key.pk}|${key.sk}`, { ...key, kind: "delivery", belongs: "{}", fact: JSON.stringify(fact) });
      return { ...fixture, decide: decisionsOn(fixture.services, fixture.store, async () => [renamed]) };
    };

    it("are redriven to the step's queue, numbered after what the ledger knows under the former name", async () => {
      const fixture = renamedFlow();
      expect(await fixture.decide.redrive(await fixture.open(), "ana")).to.deep.include({ state: "redriven" });
      expect(
        fixture.sent.map(({ url, attributes }) => [url, attributes.flow, attributes.step, attributes.attempts]),
      ).to.deep.equal([["url-of-bill", "sales", "bill", "3"]]);
      const [report] = fixture.bus.named("StepFailed");
      expect(report?.detail.metadata).to.include({ flow: "orders" });
      expect(report?.detail.data).to.deep.include({ step: "bill", formerly: ["charge"], attempts: 4, outcome: "redriven" });
    });

    it("are discarded under all names of the step, for the ledger of a request of either name", async () => {
      const fixture = renamedFlow();
      await fixture.decide.discard(await fixture.open({}, { startedAs: "market" }), "ana", "no use");
      const [report] = fixture.bus.named("StepGivenUp");
      expect(report?.detail.metadata).to.include({ flow: "market" });
      expect(report?.detail.data).to.deep.include({ step: "bill", formerly: ["charge"] });
    });

    it("are refused where the step is gone", async () => {
      const fixture = renamedFlow();
      expect(await fixture.decide.redrive(await fixture.open({ step: "pack" }), "ana")).to.deep.include({
        refused: "the hub has no step pack of flow orders now. Deploy it, or discard it",
      });
    });
  });

  it("redrives a compensation as a compensation", async () => {
    const fixture = around();
    fixture.summary("compensation-failed");
    const undo = busEvent("CompensateStep", { step: "charge", delivery: "e-0" }, { eventId: "ask-1" });
    const { cause, ...read } = readMessage(message(undo, "m", { attributes: { DeadLetterQueueSourceArn: "q" } }), targets);
    expect(cause).to.include({ delivery: "compensate:e-0", compensates: "e-0" });
    const deadLetter = await fixture.open({ shape: read.shape }, cause ?? {});
    expect(await fixture.decide.redrive(deadLetter, "ana")).to.deep.equal({ id: deadLetter.id, state: "redriven" });
    const [report] = fixture.published<StepFailedData>("StepFailed");
    expect(report).to.include({ delivery: "compensate:e-0", compensates: "e-0", outcome: "redriven" });
  });

  it("discards for the operator when the sweeper closes it first, because the report has ended the request", async () => {
    const { decide, open, store, bus, summary } = around();
    const deadLetter = await open();
    const put = bus.put.bind(bus);
    bus.put = async (entries) => {
      const answer = await put(entries);
      summary("failed");
      expect(await decide.closeEnded(deadLetter)).to.equal(true);
      return answer;
    };
    expect(await decide.discard(deadLetter, "ana", "no such customer")).to.deep.equal({ id: deadLetter.id, state: "discarded" });
    expect(await store.get(deadLetter.id)).to.include({ state: "discarded", closedBy: "ana", reason: "no such customer" });
  });

  for (const what of ["discard", "redrive"] as const)
    it(`lets an operator ${what} although the sweeper notes meanwhile when it looks again`, async () => {
      const { decide, open, store } = around();
      const deadLetter = await open();
      const checkAt = "2026-11-24T11:00:00.000Z";
      expect(await store.replace(deadLetter, { ...deadLetter, checks: 3, checkAt })).to.equal(true);
      const state = what === "discard" ? "discarded" : "redriven";
      const decided = what === "discard" ? decide.discard(deadLetter, "ana", "no") : decide.redrive(deadLetter, "ana");
      expect(await decided).to.deep.equal({ id: deadLetter.id, state });
      expect(await store.get(deadLetter.id)).to.include({ state, closedBy: "ana", checks: 3 });
    });

  it("leaves the decision of another operator, and a newer failure, when it comes second", async () => {
    for (const newer of [{ state: "discarded", closedBy: "bob" }, { times: 2 }] as const) {
      const { decide, open, store } = around();
      const deadLetter = await open();
      await store.replace(deadLetter, { ...deadLetter, ...newer });
      expect(await decide.discard(deadLetter, "ana", "no")).to.have.property("refused");
      expect(await store.get(deadLetter.id)).to.include(newer);
    }
  });

  it("discards a compensation under its own delivery", async () => {
    const fixture = around();
    const undo = busEvent("CompensateStep", { step: "charge", delivery: "e-0" }, { eventId: "ask-1" });
    const { cause } = readMessage(message(undo, "m", { attributes: { DeadLetterQueueSourceArn: "q" } }), targets);
    await fixture.decide.discard(await fixture.open({}, cause ?? {}), "ana", "done by hand");
    expect(fixture.published<StepGivenUpData>("StepGivenUp").map(({ delivery }) => delivery)).to.deep.equal(["compensate:e-0"]);
  });

  it("reports to each request that contributed a part of the join", async () => {
    const fixture = around();
    const lent = [{ requestId: "r-2", correlationId: "c-2", tenant: "t-2", graph: "g-2" }];
    const deadLetter = await fixture.open({}, { lent });
    await fixture.decide.redrive(deadLetter, "ana");
    expect(fixture.published("StepFailed").map(({ requestId }) => requestId)).to.deep.equal(["r-1", "r-2"]);
    const again = around();
    await again.decide.discard(await again.open({}, { lent }), "ana", "no");
    expect(again.published("StepGivenUp").map(({ requestId }) => requestId)).to.deep.equal(["r-1", "r-2"]);
    expect(again.bus.named("StepGivenUp").map(({ detail: { metadata } }) => metadata.tenant)).to.deep.equal(["t", "t-2"]);
  });

  const sweep = (fixture: ReturnType<typeof around>) =>
    runSweep(fixture.services, createLogger({ level: "info", functionName: "sweeper", to: fixture.services.logTo }));

  it("are discarded 30 days after their first failure, and reported to their requests", async () => {
    const fixture = around();
    const { id } = await fixture.open();
    fixture.clock.advance(30 * DAY - 1);
    await sweep(fixture);
    expect((await fixture.store.get(id))?.state).to.equal("open");
    fixture.clock.advance(1);
    await sweep(fixture);
    expect(await fixture.store.get(id)).to.include({
      state: "discarded",
      closedBy: "sweeper",
      reason: "not sent back within 30 days",
    });
    expect(
      fixture.published<StepGivenUpData>("StepGivenUp").map(({ requestId, delivery }) => `${requestId} ${delivery}`),
    ).to.deep.equal(["r-1 e-1"]);
  });

  for (const [what, more] of [
    ["the hub's own", { flow: "hub" }],
    ["no event", { cause: null }],
    ["a schedule's", { step: "trigger:tick" }],
  ] as const)
    it(`stay open where they are ${what}`, async () => {
      const fixture = around();
      const { id } = await fixture.open(more);
      fixture.clock.advance(400 * DAY);
      await sweep(fixture);
      expect((await fixture.store.get(id))?.state).to.equal("open");
    });
});
