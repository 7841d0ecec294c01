import { expect } from "chai";
import { describe, it } from "mocha";
import { systemClock } from "../../../runtime/aws/system-clock.ts";

const reasonOf = (sleep: Promise<void>) =>
  sleep.then(
    () => "it resolved",
    (reason: unknown) => reason,
  );

describe("the machine's clock", () => {
  it("sleeps, with a signal and without one", async () => {
    await systemClock.sleep(1);
    await systemClock.sleep(1, new AbortController().signal);
  });

  it("ends a sleep with the signal's own reason, whatever that is", async () => {
    for (const reason of [new Error("over"), Symbol("over"), null]) {
      const over = new AbortController();
      const sleep = reasonOf(systemClock.sleep(3_600_000, over.signal));
      over.abort(reason);
      expect(await sleep).to.equal(reason);
    }
  });

  it("does not sleep when the signal has aborted before", async () => {
    const reason = new Error("over");
    expect(await reasonOf(systemClock.sleep(3_600_000, AbortSignal.abort(reason)))).to.equal(reason);
  });
});
