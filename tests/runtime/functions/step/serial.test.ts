import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, flow, type StepContext, step, TerminalError } from "../../../../model/index.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Changed = event("Changed", z.object({ orderId: z.string(), revision: z.int() }));
type Data = { readonly orderId: string; readonly revision: number };

function serve(handler: (data: Data, tools: StepContext) => Promise<void>, acrossTenants = false) {
  const around = fakeDependencies();
  const orders = flow("orders", {
    summary: "",
    owner: "",
    imports: [Changed],
    steps: {
      book: step({
        on: Changed,
        emits: [],
        serial: { by: "orderId", version: "revision", acrossTenants },
        retry: { attempts: 3, backoff: "4 seconds", ceiling: "1 hour" },
        handler: async (data, tools) => {
          await handler(data, tools);
          return [];
        },
      }),
    },
  });
  return { ...around, handle: serveStep(orders, "book", validatorsOf(orders), () => around.services) };
}
let count = 0;
const change = (orderId: string, revision: number, tenant = "key-1") => {
  const id = `e-${++count}`;
  return message(busEvent("Changed", { orderId, revision }, { eventId: id, requestId: id, tenant }), `m-${count}`);
};

describe("a serial step", () => {
  it("makes another delivery of the same key wait, which burns no attempt, and lets other keys run beside it", async () => {
    const attempts: Record<string, number[]> = {};
    const running = new Set<string>();
    const overlaps: string[] = [];
    const gate = Promise.withResolvers<void>();
    const fixture = serve(async ({ orderId, revision }, { attempt }) => {
      attempts[`${orderId}-${revision}`] = [...(attempts[`${orderId}-${revision}`] ?? []), attempt];
      if (running.has(orderId)) overlaps.push(orderId);
      running.add(orderId);
      if (revision === 1) await gate.promise;
      running.delete(orderId);
    });
    const [one, two, other] = [change("o-1", 1), change("o-1", 2), change("o-2", 1)];
    const first = deliver(fixture.handle, one);
    while (running.size === 0) await new Promise(setImmediate);
    expect(await deliver(fixture.handle, two)).to.deep.equal([two.messageId]);
    const beside = deliver(fixture.handle, other);
    while (running.size < 2) await new Promise(setImmediate);
    gate.resolve();
    expect(await first).to.deep.equal([]);
    expect(await beside).to.deep.equal([]);
    expect(await deliver(fixture.handle, two)).to.deep.equal([]);
    expect(attempts).to.deep.equal({ "o-1-1": [1], "o-1-2": [1], "o-2-1": [1] });
    expect(overlaps).to.deep.equal([]);
    expect(fixture.hidden.map(({ receiptHandle }) => receiptHandle)).to.deep.equal([two.receiptHandle]);
    const waits = fixture.bus
      .named("StepFailed")
      .map(({ detail }) => detail.data as { readonly error: { readonly code: string } });
    expect(waits).to.have.length(1);
    expect(waits[0]).to.include({ outcome: "retry", attempts: 0 });
    expect(waits[0]?.error.code).to.equal("KEY_BUSY");
  });

  it("lets a handler know that a newer version has been handled", async () => {
    const seen: [number, boolean][] = [];
    const fixture = serve(async ({ revision }, { superseded }) => void seen.push([revision, superseded]));
    for (const revision of [2, 1, 2, 3]) await deliver(fixture.handle, change("o-1", revision));
    await deliver(fixture.handle, change("o-2", 1));
    expect(seen).to.deep.equal([
      [2, false],
      [1, true],
      [2, false],
      [3, false],
      [1, false],
    ]);
  });

  it("frees the key when an attempt failed, and takes no version for handled", async () => {
    const seen: [number, boolean][] = [];
    const fixture = serve(async ({ revision }, { superseded }) => {
      seen.push([revision, superseded]);
      if (revision === 2) throw new Error("not today");
      if (revision === 3) throw new TerminalError("never");
    });
    await deliver(fixture.handle, change("o-1", 2));
    await deliver(fixture.handle, change("o-1", 3));
    await deliver(fixture.handle, change("o-1", 1));
    expect(seen).to.deep.equal([
      [2, false],
      [3, false],
      [1, false],
    ]);
  });

  for (const acrossTenants of [false, true])
    it(`keeps tenants apart: ${!acrossTenants}`, async () => {
      const seen: boolean[] = [];
      const fixture = serve(async (_, { superseded }) => void seen.push(superseded), acrossTenants);
      await deliver(fixture.handle, change("o-1", 2, "key-1"));
      await deliver(fixture.handle, change("o-1", 1, "key-2"));
      expect(seen).to.deep.equal([false, acrossTenants]);
    });

  it("keeps the key of a handler that was cut off until the invocation ends", async () => {
    const fixture = serve(({ revision }) => (revision === 1 ? new Promise(() => {}) : Promise.resolve()));
    const hanging = deliver(fixture.handle, change("o-1", 1));
    for (let i = 0; i < 20; i += 1) await new Promise(setImmediate);
    fixture.clock.advance(28_500);
    expect(await hanging).to.have.length(1);
    const next = change("o-1", 2);
    expect(await deliver(fixture.handle, next)).to.deep.equal([next.messageId]);
    fixture.clock.advance(1_500);
    expect(await deliver(fixture.handle, next)).to.deep.equal([]);
  });
});
