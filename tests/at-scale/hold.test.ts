import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, call, event, flow, noAuth, step } from "../../model/index.ts";
import { serveStep } from "../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../runtime/fakes/dependencies.ts";
import { busEvent } from "../runtime/fakes/fake-bus.ts";
import { opsDesk } from "../runtime/fakes/ops-desk.ts";

const MESSAGES = 1_000;
const BATCH = 10;
const HOUR_MS = 3_600_000;
const Asked = event("Asked", z.object({ id: z.string() }));

/** A thousand messages of a step that calls `erp`, and an operator's desk; queue and time are simulated. */
function heldHub() {
  const around = fakeDependencies({ thirdParties: { erp: { baseUrl: "https://erp.example.com" } }, logLevel: "error" });
  const erp = adapter("erp", {
    ...{ baseUrl: "https://erp.example.com", auth: noAuth(), timeout: "5 seconds" },
    operations: { ping: call("POST /ping/:id", { returns: z.object({ ok: z.boolean() }) }) },
  });
  const pings = flow("orders", {
    ...{ summary: "", owner: "", imports: [Asked] },
    steps: {
      ping: step({
        ...{ on: Asked, emits: [], uses: { erp } },
        handler: async ({ id }, { erp }) => {
          await erp.ping({ id });
          return [];
        },
      }),
    },
  });
  const target = { queueUrl: "q", queueArn: "q", ruleArn: "r", functionArn: "f" };
  const targets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { ping: target }, thirdParties: ["erp"] };
  around.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const called = new Map<string, number>();
  const services = {
    ...around.services,
    fetch: async (url: string) => {
      called.set(url, around.clock.now());
      return new Response('{"ok":true}', { headers: { "content-type": "application/json" } });
    },
  };
  const start = around.clock.now();
  const iso = (hours: number) => new Date(start + hours * HOUR_MS).toISOString();
  const handlers = [0, 1].map(() => serveStep(pings, "ping", validatorsOf(pings), () => services));
  let queue = Array.from({ length: MESSAGES }, (_, n) => ({ n, at: start + 10_000, receives: 0 }));
  /** Runs the queue until this time. @returns most receives of one message */
  const runUntil = async (end: number): Promise<number> => {
    let most = 0;
    for (;;) {
      queue.sort((a, b) => a.at - b.at);
      const due = queue.slice(0, BATCH).filter(({ at }) => at < end);
      if (due.length === 0) break;
      around.clock.advance(Math.max(0, (due.at(-1)?.at ?? 0) - around.clock.now()));
      const records = due.map(({ n, receives }) =>
        message(busEvent("Asked", { id: `o-${n}` }, { requestId: `r-${n}`, eventId: `e-${n}` }), `m-${n}`, {
          attributes: { ApproximateReceiveCount: String(receives + 1), SentTimestamp: String(start) },
        }),
      );
      const back = new Set(await deliver(handlers[most % 2] as (typeof handlers)[0], ...records));
      const hidden = new Map(around.hidden.splice(0).map(({ receiptHandle, seconds }) => [receiptHandle, seconds]));
      queue = queue.flatMap((one) => {
        if (!due.includes(one)) return [one];
        most = Math.max(most, one.receives + 1);
        if (!back.has(`m-${one.n}`)) return [];
        const seconds = hidden.get(`rh-m-${one.n}`) ?? 180;
        return [{ ...one, receives: one.receives + 1, at: around.clock.now() + seconds * 1_000 }];
      });
    }
    around.clock.advance(Math.max(0, end - around.clock.now()));
    return most;
  };
  const attempts = () =>
    [...around.table.items.values()].flatMap(({ pk, attempts }) => (pk.startsWith("delivery#") ? [attempts] : []));
  return { ...around, start, iso, called, runUntil, attempts, ask: opsDesk(services), waiting: () => queue.length };
}

describe("operators / a hold of two hours over a thousand messages", function () {
  this.timeout(300_000);

  it("burns no attempt, comes nowhere near SQS's limit of receives, loses nothing, and ends by itself", async () => {
    const hub = heldHub();
    const held = await hub.ask("hold", { body: { thirdParty: "erp", until: hub.iso(2), reason: "maintenance" } });
    expect(held.status).to.equal(200);
    const most = await hub.runUntil(hub.start + 2 * HOUR_MS);
    expect(hub.called.size).to.equal(0);
    expect(hub.attempts()).to.deep.equal([]);
    expect(hub.waiting()).to.equal(MESSAGES);
    expect(most).to.be.within(5, 70);
    await hub.runUntil(hub.start + 2.1 * HOUR_MS);
    expect(hub.called.size).to.equal(MESSAGES);
    expect(new Set(hub.attempts())).to.deep.equal(new Set([1]));
    expect([hub.waiting(), hub.sent.length]).to.deep.equal([0, 0]);
    expect([...hub.called.values()].every((at) => at >= hub.start + 2 * HOUR_MS)).to.equal(true);
  });

  it("wakes the messages within five minutes of a release", async () => {
    const hub = heldHub();
    await hub.ask("hold", { body: { flow: "orders", until: hub.iso(2), reason: "maintenance" } });
    await hub.runUntil(hub.start + HOUR_MS);
    expect((await hub.ask("release", { body: { flow: "orders", reason: "it is back" }, by: "ben" })).status).to.equal(200);
    await hub.runUntil(hub.start + HOUR_MS + 305_000);
    expect([hub.called.size, hub.waiting()]).to.deep.equal([MESSAGES, 0]);
    expect(new Set(hub.attempts())).to.deep.equal(new Set([1]));
  });
});
