import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, api, bearer, call, event, flow, step } from "../../model/index.ts";
import { chanceOf } from "../../testing/faults.ts";
import { HubInMemory } from "../../testing/hub-in-memory.ts";
import { TestClock } from "../../testing/test-clock.ts";
import { firstEvent } from "../../testing/test-flow.ts";
import { ThirdParties } from "../../testing/third-parties.ts";

const FIRST = Date.parse("2030-01-01T00:00:00Z");
/** The machine's time stands still: a wait that needs some of it never passes. */
const standing = () => new TestClock(FIRST, () => 0);
/** Mocha sets the timer of a test once its function has returned. */
const begun = () => Promise.resolve();
const never = new Promise<never>(() => {});

describe("the clock of testFlow", () => {
  it("passes a timeout without the machine's time while a third party does not answer", async () => {
    await begun();
    const clock = standing();
    const given = new AbortController();
    const timeout = clock.sleep(900_000).then(() => given.abort(new Error("cut")));
    const work = Promise.race([clock.calling(never, given.signal), timeout]);
    await clock.run(work);
    expect(clock.now() - FIRST).to.equal(900_000);
  });

  it("waits for files and sockets that the handler has opened beside the call", async () => {
    await begun();
    const clock = standing();
    const order: string[] = [];
    const handler = async () => {
      const waiting = clock.sleep(30_000).then(() => order.push("time"));
      const called = Promise.race([clock.calling(never, new AbortController().signal), waiting]);
      await new Promise(setImmediate);
      const reading = readFile(import.meta.filename, "utf8").then(() => order.push("read"));
      await Promise.all([called, reading]);
    };
    await clock.run(handler());
    expect(order).to.deep.equal(["read", "time"]);
  });

  it("passes a wait of the hub's own code without the machine's time", async () => {
    await begun();
    const clock = standing();
    await clock.run(clock.sleep(1_000), "hub");
    expect(clock.now() - FIRST).to.equal(1_000);
  });

  it("takes an aborted call for no reason to pass time", async () => {
    let real = 0;
    const clock = new TestClock(FIRST, () => real++);
    const given = new AbortController();
    const called = clock.calling(never, given.signal).catch((error: Error) => error.message);
    given.abort(new Error("given up"));
    expect(await called).to.equal("given up");
    await clock.run(clock.sleep(1_000));
    // A fiftieth of the wait in real time, which a reading of it advances.
    expect(real).to.be.greaterThan(20);
  });

  it("runs a handler into its timeout, attempt by attempt, where a third party never answers", async () => {
    const Asked = event("Asked", z.object({ id: z.string() }));
    const slow = adapter("slow", {
      summary: "Never answers.",
      baseUrl: "https://slow.example.com",
      auth: bearer({ secret: "slow/token" }),
      timeout: "50 seconds",
      operations: { get: call("GET /things", { returns: z.object({}), example: {} }) },
    });
    const asking = flow("asking", {
      summary: "s",
      owner: "o",
      source: import.meta.url,
      triggers: { ask: api("POST /asks", { emits: Asked }) },
      steps: {
        get: step({
          on: Asked,
          emits: [],
          uses: { slow },
          timeout: "60 seconds",
          retry: { attempts: 3, backoff: "1 second", ceiling: "1 second" },
          handler: async (_, { slow }) => {
            await slow.get();
            return [];
          },
        }),
      },
    });
    let readings = 0;
    const [clock, chance] = [new TestClock(FIRST, () => readings++), chanceOf(undefined)];
    const parties = new ThirdParties(asking, { thirdParties: { slow: { get: () => never } } }, clock, chance.random);
    await parties.fill();
    const hub = new HubInMemory(asking, { clock, chance, parties });
    await hub.deploy();
    const ids = { requestId: "r-1", correlationId: "c-1", tenant: "shop", at: clock.now() };
    hub.publish(firstEvent(asking, { type: "Asked", data: { id: "a" } }, ids));
    while (await hub.handleNext(FIRST + 86_400_000));
    const failures = hub.events.filter(({ "detail-type": type }) => type === "StepFailed");
    expect(failures.map(({ detail }) => (detail.data as { error: { code: string } }).error.code)).to.deep.equal([
      "TIMEOUT",
      "TIMEOUT",
      "TIMEOUT",
    ]);
    // Each reading of the machine's time passes a millisecond of it: without the short cut they would be 3,000.
    expect(readings).to.be.lessThan(1_000);
  });
});
