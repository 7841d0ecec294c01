import { expect } from "chai";
import { describe, it } from "mocha";
import { reportWait } from "../../../../../runtime/functions/step/delivery/report-wait.ts";
import { fakeDependencies, message } from "../../../fakes/dependencies.ts";
import { busEvent } from "../../../fakes/fake-bus.ts";

describe("report of waits", () => {
  /** @param ages seconds since each message of a batch was sent @returns what is reported */
  const reported = (ages: readonly number[], receives = "1") => {
    const { services, lines, clock } = fakeDependencies();
    const records = ages.map((age) => {
      const attributes = { SentTimestamp: String(clock.now() - age * 1_000), ApproximateReceiveCount: receives };
      return message(busEvent("Paid", {}), "m-1", { attributes });
    });
    reportWait(services, records);
    return lines.map(({ Hub, Flow, OldestWaitSeconds }) => ({ Hub, Flow, OldestWaitSeconds }));
  };
  const wait = (seconds: number) => [{ Hub: "table", Flow: "orders", OldestWaitSeconds: seconds }];

  it("names the longest wait of a batch, however often the message was received", () => {
    expect(reported([10, 4_000, 70], "900")).to.deep.equal(wait(4_000));
  });

  it("is silent about waits below a minute", () => {
    expect(reported([59, 0])).to.deep.equal([]);
    expect(reported([60])).to.deep.equal(wait(60));
  });
});
