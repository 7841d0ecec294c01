import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, event, flow, graph, step } from "../../../../model/index.ts";
import { cancelledKey, graphKey, holdsKey, summaryKey, TARGETS } from "../../../../protocol/table.ts";
import { markCancelled } from "../../../../runtime/cancellations.ts";
import { announceCancellation } from "../../../../runtime/cancelled-flows.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { serveStep } from "../../../../runtime/functions/step/serve-step.ts";
import type { Table } from "../../../../runtime/ports.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { opsDesk } from "../../fakes/ops-desk.ts";

const Asked = event("Asked", z.object({}));
let ran: string[] = [];
const say = step({
  ...{ on: Asked, emits: [] },
  handler: (_, { requestId }) => {
    ran.push(requestId);
    return [];
  },
});
const triggers = { asks: api("POST /asks", { emits: Asked }) };
const asking = flow("asking", { summary: "", owner: "", triggers, steps: { say } });
const DAY = 86_400_000;
const asked = (requestId: string) =>
  busEvent("Asked", {}, { eventId: requestId, requestId, step: "trigger:asks", flow: "asking", graph: "g-1" });

/** A step, the ledger and the ops API on one table, whose reads are counted. */
function hub(formerly?: { readonly flow: readonly string[]; readonly step: readonly string[] }) {
  ran = [];
  const around = fakeDependencies({ flow: "asking", graph: "g-1", ...(formerly && { formerly }) });
  const { table, clock } = around;
  const key = graphKey("asking", "g-1");
  table.items.set(`${key.pk}|${key.sk}`, { ...key, graph: JSON.stringify(graph(asking)) });
  let marks = 0;
  const counted: Table = {
    get(item) {
      if (item.pk.startsWith(cancelledKey.prefix)) marks += 1;
      return table.get(item);
    },
    put: (...args) => table.put(...args),
    putAll: (...args) => table.putAll(...args),
    update: (...args) => table.update(...args),
    write: (...args) => table.write(...args),
    query: (...args) => table.query(...args),
    remove: (...args) => table.remove(...args),
    listed: (...args) => table.listed(...args),
    count: (...args) => table.count(...args),
  };
  const run = serveStep(asking, "say", validatorsOf(asking), () => ({ ...around.services, table: counted }));
  const ledger = serveLedger(() => around.services as never);
  return {
    ...around,
    deliver: (requestId: string) => deliver(run, message(asked(requestId), requestId)),
    begin: (requestId: string) => deliver(ledger, message(asked(requestId))),
    cancel: (requestId: string) => opsDesk(around.services)("cancel", { path: { requestId }, body: { reason: "twice" } }),
    marksRead: () => marks,
    slept: () => clock.slept.reduce((sum, ms) => sum + ms, 0),
  };
}

describe("step / a cancelled request", () => {
  it("costs no read in a flow of which no request was cancelled, and one a message in a flow of which one was", async () => {
    const { deliver, begin, cancel, marksRead } = hub();
    for (const id of ["r-1", "r-2"]) await deliver(id);
    expect(marksRead()).to.equal(0);
    await begin("r-3");
    expect((await cancel("r-3")).status).to.equal(202);
    for (const id of ["r-3", "r-4"]) await deliver(id);
    expect(marksRead()).to.equal(2);
    expect(ran).to.deep.equal(["r-1", "r-2", "r-4"]);
  });

  it("runs no step after the answer, however old is what a container has read", async () => {
    for (const readBefore of [0, 1, 2_500, 4_999, 5_000]) {
      const { deliver, begin, cancel, clock } = hub();
      await begin("r-2");
      await deliver("r-1");
      clock.time += readBefore;
      expect((await cancel("r-2")).status).to.equal(202);
      await deliver("r-2");
      expect(ran, `read ${readBefore} ms before`).to.deep.equal(["r-1"]);
    }
  });

  it("runs no step where the container read the item as it was written", async () => {
    const { deliver, begin, cancel, table } = hub();
    await begin("r-2");
    const put = table.put.bind(table);
    // The container reads just before the write.
    table.put = async (item, condition) => {
      if (item.pk === holdsKey.pk) await deliver("r-1");
      return put(item, condition);
    };
    expect((await cancel("r-2")).status).to.equal(202);
    await deliver("r-2");
    expect(ran).to.deep.equal(["r-1"]);
  });

  it("waits five seconds for the first cancellation of a flow, and for later ones not at all", async () => {
    const { begin, cancel, slept, clock, table, deliver } = hub();
    for (const id of ["r-1", "r-2", "r-3"]) await begin(id);
    await cancel("r-1");
    expect(slept()).to.equal(5_000);
    for (const after of [60_000, 3 * DAY]) {
      clock.time += after;
      await cancel("r-2");
    }
    expect(slept()).to.equal(5_000);
    // The mark outlives the first writing of the item: it was written again.
    clock.time += 88 * DAY;
    await markCancelled({ table, clock }, "r-3", { by: "ana", at: "", why: "" });
    await deliver("r-3");
    expect(ran).to.deep.equal([]);
    clock.time += 5 * DAY;
    await cancel("r-3");
    expect(slept()).to.equal(10_000);
  });

  it("waits for as long where another operator has just begun", async () => {
    const { table, clock } = hub();
    expect(await announceCancellation({ table, clock }, "asking")).to.equal(clock.time + 5_000);
    clock.time += 4_000;
    expect(await announceCancellation({ table, clock }, "asking")).to.equal(clock.time + 5_000);
  });

  it("is refused when it ends while the cancellation waits", async () => {
    const { begin, cancel, clock, table, bus } = hub();
    await begin("r-1");
    const sleep = clock.sleep;
    const key = `${summaryKey("r-1").pk}|summary`;
    clock.sleep = (ms, signal) => {
      table.items.set(key, { ...table.items.get(key), status: "completed" } as never);
      return sleep(ms, signal);
    };
    const { status, body } = await cancel("r-1");
    expect([status, body.detail]).to.deep.equal([409, "The request is completed. Only a request in progress can be cancelled."]);
    expect(bus.named("RequestCancelled")).to.deep.equal([]);
  });

  it("is skipped by a flow that was renamed, also where the ops function knows the new name alone", async () => {
    const { deliver, begin, cancel, table } = hub({ flow: ["answering"], step: [] });
    table.items.set(`${TARGETS}|asking`, {
      ...{ pk: TARGETS, sk: "asking" },
      targets: JSON.stringify({ flow: "asking", formerly: ["answering"], steps: { say: {} } }),
    });
    await begin("r-1");
    expect((await cancel("r-1")).status).to.equal(202);
    await deliver("r-1");
    expect(ran).to.deep.equal([]);
  });

  it("leaves holds as they are, and holds leave it", async () => {
    const { begin, cancel, deliver, table, services } = hub();
    table.items.set(`${TARGETS}|asking`, {
      ...{ pk: TARGETS, sk: "asking" },
      targets: JSON.stringify({ flow: "asking", steps: { say: {} }, thirdParties: ["erp", "crm"] }),
    });
    const desk = opsDesk(services);
    const until = "2026-11-24T12:00:00.000Z";
    const hold = (thirdParty: string) => desk("hold", { body: { thirdParty, until, reason: "down" } });
    expect((await hold("erp")).status).to.equal(200);
    await begin("r-1");
    await cancel("r-1");
    expect((await hold("crm")).status).to.equal(200);
    const listed = (await desk("listHolds")).body as unknown as { holds: readonly { thirdParty: string }[] };
    expect(listed.holds.map(({ thirdParty }) => thirdParty)).to.deep.equal(["erp", "crm"]);
    await deliver("r-1");
    expect(ran).to.deep.equal([]);
  });
});
