import { expect } from "chai";
import { describe, it } from "mocha";
import { OrderChecked, serveCheck, until } from "../../fakes/check-step.ts";
import { context, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const orderOf = (n: number) =>
  message(busEvent("OrderPlaced", { orderId: `o-${n}` }, { eventId: `e-${n}`, requestId: `r-${n}` }), `m-${n}`);
const TEN = Array.from({ length: 10 }, (_, n) => orderOf(n));
const POISON = "o-3";

describe("step / a batch with a handler that ends the process", () => {
  /** Ten messages, whose invocations die with their process when the poison is handled. */
  function poisoned(attempts = 3) {
    const runs: string[] = [];
    /** Number of processes that have died. What ran in them never goes on. */
    let deaths = 0;
    let die = () => {};
    const fixture = serveCheck(
      async ({ orderId }, { attempt }) => {
        const process = deaths;
        runs.push(`${orderId} ${attempt}`);
        await new Promise((resolve) => setTimeout(resolve, orderId === POISON ? 5 : 20));
        if (orderId === POISON) die();
        if (process !== deaths) await new Promise(() => {});
        return OrderChecked({ orderId });
      },
      { attempts },
    );
    const { table } = fixture;
    const states = () =>
      Object.fromEntries(
        [...table.items.values()].map(({ pk, state, attempts }) => [String(pk).split("#").at(-1), `${state} ${attempts}`]),
      );
    /** @returns the messages that come back: all of them when the process dies */
    async function invoke(records = TEN): Promise<readonly string[]> {
      const died = new Promise<"died">((resolve) => {
        die = () => {
          deaths += 1;
          resolve("died");
        };
      });
      const answer = await Promise.race([fixture.handle({ Records: records }, context()), died]);
      fixture.clock.time += 200_000; // the leases have ended, and the messages are visible
      if (answer === "died") return records.map(({ messageId }) => messageId);
      return (answer as { batchItemFailures: { itemIdentifier: string }[] }).batchItemFailures.map(
        ({ itemIdentifier }) => itemIdentifier,
      );
    }
    return { ...fixture, runs, states, invoke };
  }
  const all = (state: string, poison: string) =>
    Object.fromEntries(TEN.map((_, n) => [`e-${n}`, `o-${n}` === POISON ? poison : state]));

  it("dead-letters that message alone; the others complete, and no attempt of theirs counts", async () => {
    const fixture = poisoned(3);
    let waiting = TEN;
    for (let receives = 0; receives < 6 && waiting.length > 0; receives += 1) {
      const back = await fixture.invoke(waiting);
      waiting = TEN.filter(({ messageId }) => back.includes(messageId));
    }
    expect(waiting).to.eql([]);
    expect(fixture.states()).to.eql(all("done 1", "dead 3"));
    expect(fixture.sent.map(({ attributes }) => [attributes.delivery, attributes.errorCode])).to.eql([
      ["e-3", "ATTEMPTS_USED_UP"],
    ]);
    // Once together, and then three times by itself.
    expect(fixture.runs.filter((run) => run.startsWith(POISON))).to.eql(["o-3 1", "o-3 1", "o-3 2", "o-3 3"]);
  });

  it("handles one after the other what died together, and last what died by itself", async () => {
    const fixture = poisoned();
    await fixture.invoke();
    fixture.runs.length = 0;
    await fixture.invoke();
    // The first three are done; then the process dies, and no later one has begun.
    expect(fixture.runs).to.eql(["o-0 1", "o-1 1", "o-2 1", "o-3 1"]);
    fixture.runs.length = 0;
    await fixture.invoke();
    expect(fixture.runs).to.eql(["o-4 1", "o-5 1", "o-6 1", "o-7 1", "o-8 1", "o-9 1", "o-3 2"]);
    const named = fixture.lines.filter(({ died }) => died === "alone");
    expect(named.map(({ level, delivery, requestId }) => [level, delivery, requestId])).to.eql([["warn", "e-3", "r-3"]]);
  });

  it("handles new messages at once beside it", async () => {
    const fixture = poisoned();
    await fixture.invoke([orderOf(3)]);
    fixture.runs.length = 0;
    await fixture.invoke([orderOf(3), orderOf(4), orderOf(5)]);
    expect(fixture.runs).to.eql(["o-4 1", "o-5 1", "o-3 2"]);
    expect(fixture.states()).to.include({ "e-4": "done 1", "e-5": "done 1" });
  });

  it("leaves it for another invocation when too little time is left", async () => {
    const fixture = poisoned();
    await fixture.invoke([orderOf(3)]);
    let remaining = 30_000;
    const slow = { ...context(), getRemainingTimeInMillis: () => remaining };
    const answer = fixture.handle({ Records: [orderOf(3), orderOf(4)] }, slow);
    await until(fixture, () => fixture.runs.includes("o-4 1"));
    remaining = 20_000;
    expect(await answer).to.eql({ batchItemFailures: [{ itemIdentifier: "m-3" }] });
    expect(fixture.hidden.at(-1)).to.eql({ receiptHandle: "rh-m-3", seconds: 1 });
    expect(fixture.states()).to.include({ "e-3": "running 1", "e-4": "done 1" });
  });

  it("counts a crash of a step whose delivery is direct, as nothing else is in its process", async () => {
    const fixture = serveCheck(() => OrderChecked({ orderId: "o-1" }), { delivery: "direct" });
    await fixture.handle(busEvent("OrderPlaced", { orderId: "o-1" }), context());
    expect(fixture.table.only("delivery#")).to.include({ alone: true, attempts: 1 });
  });
});
