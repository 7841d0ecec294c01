import { expect } from "chai";
import { describe, it } from "mocha";
import orderToErp from "../../../../flows/order-to-erp.ts";
import type { BusEvent } from "../../../../model/envelope.ts";
import { graph } from "../../../../model/index.ts";
import { summaryKey } from "../../../../protocol/table.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const FLOW = "order-to-erp";
const at = (second: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + second * 1_000).toISOString();
const meta = (requestId: string, step: string, second: number) => ({
  flow: FLOW,
  requestId,
  step,
  eventId: `x-${requestId}-${step}-${second}`,
  occurredAt: at(second),
});
const first = (requestId: string) =>
  busEvent("IntegrationRequested", { private: true }, { ...meta(requestId, "trigger:orders", 0), eventId: `e-${requestId}` });
/** A delivery of `validate` that fails for the n-th time. */
const retried = (requestId: string, n: number): BusEvent =>
  busEvent(
    "StepFailed",
    {
      step: "validate",
      delivery: `e-${requestId}`,
      causes: [`e-${requestId}`],
      attempts: n,
      startedAt: at(1),
      finishedAt: at(1 + n),
      outcome: "retry",
      error: { code: "E", message: `attempt ${n}` },
    },
    meta(requestId, "validate", 1 + n),
  );

function hub() {
  const around = fakeDependencies();
  const { table, services } = around;
  const key = { pk: `graph#${FLOW}`, sk: "0123456789abcdef" };
  table.items.set(`${key.pk}|${key.sk}`, { ...key, graph: JSON.stringify(graph(orderToErp)) });
  const make = () => serveLedger(() => services);
  const summary = (requestId: string) => {
    const { pk, sk } = summaryKey(requestId);
    return table.items.get(`${pk}|${sk}`);
  };
  /** @returns what the table was asked for meanwhile */
  const during = async (handle: ReturnType<typeof make>, event: BusEvent) => {
    table.calls.length = 0;
    expect(await deliver(handle, message(event))).to.deep.equal([]);
    return [...table.calls];
  };
  return { make, summary, during };
}

describe("ledger / summaries that a function wrote last", () => {
  it("are not read for the next report of the request", async () => {
    const { make, summary, during } = hub();
    const handle = make();
    await during(handle, first("r-1"));
    expect(await during(handle, retried("r-1", 1))).to.deep.equal(["put"]);
    expect(await during(handle, retried("r-1", 2))).to.deep.equal(["put"]);
    expect(summary("r-1")?.rev).to.equal(3);
  });

  it("are read again when another function has changed them, and the result is the same", async () => {
    const { make, summary, during } = hub();
    const [one, other] = [make(), make()];
    await during(one, first("r-1"));
    await during(other, retried("r-1", 1));
    expect(await during(one, retried("r-1", 2))).to.deep.equal(["put", "get", "put"]);
    const alone = hub();
    const handle = alone.make();
    for (const event of [first("r-1"), retried("r-1", 1), retried("r-1", 2)]) await alone.during(handle, event);
    expect(summary("r-1")).to.deep.equal(alone.summary("r-1"));
  });

  it("are read where functions share the requests: one lost write in fifty", async () => {
    const { make, during } = hub();
    const [one, other] = [make(), make()];
    for (const n of [...Array(10).keys()]) await during(one, first(`r-${n}`));
    for (const n of [...Array(10).keys()]) await during(other, retried(`r-${n}`, 1));
    const calls: string[] = [];
    for (const n of [...Array(10).keys()]) calls.push((await during(one, retried(`r-${n}`, 2))).join(" "));
    expect(calls).to.deep.equal(["put get put", ...Array(9).fill("get put")]);
  });

  it("are compared with the table when a report adds nothing", async () => {
    const { make, summary, during } = hub();
    const handle = make();
    await during(handle, first("r-1"));
    await during(handle, retried("r-1", 1));
    expect(await during(handle, retried("r-1", 1))).to.deep.equal(["get"]);
    expect(summary("r-1")?.rev).to.equal(2);
  });
});
