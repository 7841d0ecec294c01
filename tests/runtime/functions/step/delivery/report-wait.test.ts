import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, join, step } from "../../../../../model/index.ts";
import { reportWait } from "../../../../../runtime/functions/step/delivery/report-wait.ts";
import { fakeDependencies, message } from "../../../fakes/dependencies.ts";
import { busEvent } from "../../../fakes/fake-bus.ts";

const Paid = event("Paid", z.object({ id: z.string() }));
const Packed = event("Packed", z.object({ id: z.string() }));
const steps = {
  one: step({ on: Paid, emits: [], handler: () => [] }),
  joined: step({ on: join({ paid: Paid, packed: Packed }, { within: "2 hours" }), emits: [], handler: () => [] }),
};

describe("report of waits", () => {
  /** @param ages seconds since each message of a batch was sent @returns what is reported */
  const reported = (name: "one" | "joined", ages: readonly number[], receives = "1") => {
    const { services, lines, clock } = fakeDependencies();
    const records = ages.map((age) => {
      const attributes = { SentTimestamp: String(clock.now() - age * 1_000), ApproximateReceiveCount: receives };
      return message(busEvent("Paid", {}), "m-1", { attributes });
    });
    reportWait(services, steps[name], records);
    return lines.map(({ Hub, Flow, OldestWaitSeconds }) => ({ Hub, Flow, OldestWaitSeconds }));
  };
  const wait = (seconds: number) => [{ Hub: "table", Flow: "orders", OldestWaitSeconds: seconds }];

  it("names the longest wait of a batch, however often the message was received", () => {
    expect(reported("one", [10, 4_000, 70], "900")).to.deep.equal(wait(4_000));
  });

  it("is silent about waits below a minute", () => {
    expect(reported("one", [59, 0])).to.deep.equal([]);
    expect(reported("one", [60])).to.deep.equal(wait(60));
  });

  it("leaves out the time that a join's first part waits by design", () => {
    expect(reported("joined", [7_200 + 59])).to.deep.equal([]);
    expect(reported("joined", [7_200 + 3_601])).to.deep.equal(wait(3_601));
  });
});
