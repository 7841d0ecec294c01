import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { leases } from "../../../../../runtime/functions/step/delivery/lease.ts";
import { MemoryTable } from "../../../../../testing/memory-table.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";

function around() {
  const table = new MemoryTable();
  const clock = new FakeClock();
  const take = leases({ table, clock, random: () => 0, flow: "orders", step: "book" });
  const began = clock.now();
  const claim = (delivery: string, more: { key?: string; since?: number; lasts?: number; receives?: number } = {}) =>
    take({
      key: more.key ?? "t#k",
      delivery,
      since: more.since ?? clock.now(),
      until: clock.now() + (more.lasts ?? 30_000),
      receives: more.receives ?? 1,
    });
  const hold = async (...args: Parameters<typeof claim>) => {
    const taken = await claim(...args);
    if (taken.kind !== "held") throw new Error("the key is busy");
    return taken.lease;
  };
  return { table, clock, began, claim, hold };
}

describe("leases", () => {
  it("let one in at a time, and others of other keys beside it", async () => {
    const { claim, hold } = around();
    const lease = await hold("a");
    expect((await claim("b")).kind).to.equal("busy");
    expect((await claim("c", { key: "t#other" })).kind).to.equal("held");
    await lease.release();
    expect((await claim("b")).kind).to.equal("held");
  });

  it("end with the invocation of a function that crashed", async () => {
    const { clock, claim, hold } = around();
    await hold("a", { lasts: 30_000 });
    clock.advance(29_999);
    expect((await claim("b")).kind).to.equal("busy");
    clock.advance(1);
    expect((await claim("b")).kind).to.equal("held");
  });

  it("are given back by their owner alone", async () => {
    const { clock, claim, hold } = around();
    const slow = await hold("a");
    clock.advance(30_000);
    await hold("b");
    await slow.release(7);
    const taken = await claim("c");
    expect(taken.kind).to.equal("busy");
  });

  it("remember the newest version that was handled", async () => {
    const { hold } = around();
    const first = await hold("a");
    expect(first.handled).to.equal(undefined);
    await first.release(3);
    const second = await hold("b");
    expect(second.handled).to.equal(3);
    await second.release(2);
    expect((await hold("c")).handled).to.equal(3);
  });

  it("know their own write though its answer was lost", async () => {
    const { table, hold } = around();
    const { update } = table;
    table.update = async (...args: Parameters<typeof update>) => {
      await update.apply(table, args);
      return update.apply(table, args); // the SDK tries again, and the condition does not hold any more
    };
    expect((await hold("a")).handled).to.equal(undefined);
  });

  it("go to deliveries that have waited for 30 seconds before later ones, the oldest first", async () => {
    const { clock, began, claim, hold } = around();
    const lease = await hold("a", { lasts: 600_000 });
    clock.advance(40_000);
    expect((await claim("younger", { since: began + 5_000 })).kind).to.equal("busy");
    expect((await claim("older", { since: began })).kind).to.equal("busy");
    expect((await claim("younger", { since: began + 5_000 })).kind).to.equal("busy");
    await lease.release();
    expect((await claim("new")).kind).to.equal("busy");
    expect((await claim("younger", { since: began + 5_000 })).kind).to.equal("busy");
    expect((await claim("older", { since: began })).kind).to.equal("held");
  });

  it("are not reserved for long for a delivery that never comes back", async () => {
    const { clock, began, claim, hold } = around();
    const lease = await hold("a", { lasts: 600_000 });
    clock.advance(40_000);
    await claim("lost", { since: began });
    await lease.release();
    expect((await claim("new")).kind).to.equal("busy");
    clock.advance(16_000);
    expect((await claim("new")).kind).to.equal("held");
  });

  it("are looked for less and less often: a message that is received a thousand times has waited for a day and a half", async () => {
    const { claim, hold } = around();
    await hold("a");
    let waited = 0;
    for (let receives = 1; receives <= 1_000; receives += 1) {
      const taken = await claim("b", { receives });
      if (taken.kind === "busy") waited += taken.waitSeconds;
    }
    // The shortest waits that chance can make.
    expect(waited).to.be.greaterThan(1.5 * 86_400);
  });

  it("never overlap under any order of looking, crashing and giving back (property)", async () => {
    const action = fc.record({
      who: fc.integer({ min: 0, max: 4 }),
      what: fc.constantFrom("look", "give back", "wait"),
      ms: fc.integer({ min: 0, max: 20_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const { clock, began, claim } = around();
        const held = new Map<number, { until: number; release: () => Promise<void> }>();
        for (const { who, what, ms } of actions) {
          if (what === "wait") clock.advance(ms);
          else if (what === "give back") {
            await held.get(who)?.release();
            held.delete(who);
          } else if (!held.has(who)) {
            const taken = await claim(`d-${who}`, { since: began + who, lasts: 15_000 });
            if (taken.kind === "held") held.set(who, { until: clock.now() + 15_000, release: () => taken.lease.release() });
          }
          for (const [id, { until }] of held) if (until <= clock.now()) held.delete(id); // its invocation has ended
          expect(held.size).to.be.at.most(1);
        }
      }),
      { numRuns: 200 },
    );
  });
});
