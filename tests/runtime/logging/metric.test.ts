import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { emfValues } from "../../../emulator/cloudwatch/emf.ts";
import { api, event, flow, graph, noAuth, RetryLaterError, step, TerminalError } from "../../../model/index.ts";
import { serveLedger } from "../../../runtime/functions/ledger/serve-ledger.ts";
import { serveStep } from "../../../runtime/index.ts";
import { collectMetrics, measure } from "../../../runtime/logging/metric.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../fakes/dependencies.ts";
import { busEvent } from "../fakes/fake-bus.ts";
import { reply, useShop } from "../fakes/shop.ts";

const Placed = event("Placed", z.object({ how: z.string() }));
const Booked = event("Booked", z.object({}));
const orders = flow("orders", {
  summary: "",
  owner: "",
  triggers: { orders: api("POST /orders", { emits: Placed }) },
  steps: {
    book: step({
      on: Placed,
      emits: [Booked],
      handler: ({ how }) => {
        if (how === "terminal") throw new TerminalError("no");
        if (how === "fails") throw new Error("once more");
        if (how === "later") throw new RetryLaterError("wait", { after: "10 seconds" });
        return Booked({});
      },
    }),
  },
});

/** Values by metric, and the dimensions that they have beside the hub. */
const valuesOf = (lines: readonly unknown[]) =>
  lines.flatMap(emfValues).map(({ metric, dimensions: { Hub: _, ...about }, value }) => [metric, about, value]);
const of = (lines: readonly unknown[], ...names: readonly string[]) =>
  valuesOf(lines).flatMap(([metric, , value]) => (names.includes(String(metric)) ? [`${String(metric)} ${String(value)}`] : []));

function served() {
  const around = fakeDependencies();
  const [pk, sk] = ["graph#orders", "0123456789abcdef"];
  around.table.items.set(`${pk}|${sk}`, { pk, sk, graph: JSON.stringify(graph(orders)) });
  const book = serveStep(orders, "book", validatorsOf(orders), () => around.services);
  const ledger = serveLedger(() => around.services as never);
  const placed = (how: string, requestId = "r-1") =>
    busEvent("Placed", { how }, { requestId, eventId: requestId, step: "trigger:orders" });
  return { ...around, book, ledger, placed };
}

describe("metrics", () => {
  const write = async (work: () => void) => {
    const { services, lines, measured } = fakeDependencies();
    await collectMetrics(services, async () => work());
    return [...lines, ...measured];
  };

  it("of an invocation are one line, which holds those about its flow and those about a third party", async () => {
    const lines = await write(() => {
      for (const ms of [5, 7]) measure({ flow: "orders" }, { StepAttempts: 1, StepFailures: 0, StepMilliseconds: ms });
      measure({ thirdParty: "erp" }, { CallMilliseconds: 3, CallErrors: 1 });
    });
    expect(lines).to.have.length(1);
    expect(valuesOf(lines)).to.deep.equal([
      ["StepAttempts", { Flow: "orders" }, 2],
      ["StepFailures", { Flow: "orders" }, 0],
      ["StepMilliseconds", { Flow: "orders" }, 5],
      ["StepMilliseconds", { Flow: "orders" }, 7],
      ["CallMilliseconds", { ThirdParty: "erp" }, 3],
      ["CallErrors", { ThirdParty: "erp" }, 1],
    ]);
  });

  it("of a second third party, and more than 100 values, go into another line, and none is lost", async () => {
    const lines = await write(() => {
      for (let i = 0; i < 250; i += 1) measure({ thirdParty: "erp" }, { CallMilliseconds: i });
      measure({ thirdParty: "crm" }, { CallMilliseconds: 999 });
    });
    expect(lines).to.have.length(4);
    expect(valuesOf(lines).map(([, about, value]) => [(about as { ThirdParty: string }).ThirdParty, value])).to.deep.equal([
      ...Array.from({ length: 250 }, (_, i) => ["erp", i]),
      ["crm", 999],
    ]);
  });

  it("cost no line where nothing was measured, and are dropped outside of an invocation", async () => {
    expect(await write(() => {})).to.deep.equal([]);
    measure({ flow: "orders" }, { StepAttempts: 1 });
  });

  it("of a step: each attempt, whether it failed, and how long its message had waited; a cold start once", async () => {
    const { book, measured, placed } = served();
    await deliver(book, message(placed("well", "r-1"), "1"), message(placed("terminal", "r-2"), "2"));
    expect(measured).to.have.length(1);
    expect(of(measured, "ColdStarts", "StepAttempts", "StepFailures")).to.deep.equal([
      "ColdStarts 1",
      "StepAttempts 2",
      "StepFailures 1",
    ]);
    expect(of(measured, "QueueMilliseconds")).to.deep.equal(["QueueMilliseconds 1000", "QueueMilliseconds 1000"]);
    expect(of(measured, "StepMilliseconds")).to.have.length(2);
    await deliver(
      book,
      message(placed("well", "r-3"), "3", { attributes: { ApproximateReceiveCount: "2", SentTimestamp: "0" } }),
    );
    expect(of(measured.slice(1), "ColdStarts", "QueueMilliseconds", "StepAttempts")).to.deep.equal(["StepAttempts 1"]);
  });

  it("of a step count no wait that uses no attempt up, and no repeated delivery", async () => {
    const { book, measured, placed } = served();
    await deliver(book, message(placed("later"), "1"));
    await deliver(book, message(placed("well", "r-2"), "2"));
    await deliver(book, message(placed("well", "r-2"), "2 again"));
    await deliver(book, message(placed("fails", "r-3"), "3"));
    expect(of(measured, "StepAttempts", "StepFailures")).to.deep.equal([
      "StepAttempts 1",
      "StepFailures 0",
      "StepAttempts 1",
      "StepFailures 1",
    ]);
  });

  it("of requests: accepted and ended, once however often the ledger gets the events, with the time between", async () => {
    const { book, ledger, bus, measured, placed } = served();
    await deliver(book, message(placed("well"), "1"));
    const events = [placed("well"), ...bus.events];
    measured.length = 0;
    for (const each of [...events, ...events.toReversed()]) await deliver(ledger, message(each, "m"));
    expect(of(measured, "RequestsAccepted", "RequestsCompleted", "RequestsFailed")).to.deep.equal([
      "RequestsAccepted 1",
      "RequestsCompleted 1",
    ]);
    expect(of(measured, "RequestMilliseconds")).to.have.length(1);
    expect(valuesOf(measured).filter(([name]) => name === "RequestsAccepted")).to.deep.equal([
      ["RequestsAccepted", { Flow: "orders" }, 1],
    ]);
  });
});

describe("metrics of third parties", () => {
  const shop = useShop();

  it("are the duration of each call and whether it failed; waits for the rate limit have their own", async () => {
    const fixture = shop.connect(noAuth(), { rateLimit: { calls: 10, per: "1 second" } });
    shop.replies = [reply(200, { ok: true }), reply(503, {}), reply(503, {}), reply(503, {}), reply(503, {}), reply(503, {})];
    await collectMetrics(fixture.services, async () => {
      await fixture.use("ping");
      await fixture.fails("ping");
    });
    const found = valuesOf(fixture.measured);
    expect(found.filter(([name]) => name === "CallErrors")).to.deep.equal([["CallErrors", { ThirdParty: "shop" }, 1]]);
    expect(found.filter(([name]) => name === "CallMilliseconds")).to.have.length(2);
    expect(found.filter(([name]) => name === "RateLimitMilliseconds").length).to.be.at.least(1);
  });
});
