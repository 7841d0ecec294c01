import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import { LoadMeter } from "../../../emulator/lambda/load-meter.ts";

describe("lambda / load meter", () => {
  it("is full while the event loop works, whatever the number of cores, and is not while it waits", async () => {
    const meter = new LoadMeter(1_000);
    const before = meter.usage();
    for (let n = 0; n < 100_000; n++) Math.sqrt(n);
    expect(meter.shareSince(before)).to.equal(1);
    await setTimeout(20);
    const waiting = meter.usage();
    await setTimeout(20);
    expect(meter.shareSince(waiting)).to.be.below(1);
  });
});
