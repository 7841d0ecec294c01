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

  it("measures again what it used after 20 ms only", () => {
    let now = 1_000;
    class Meter extends LoadMeter {
      override now = () => now;
    }
    const meter = new Meter();
    const first = meter.usage();
    now += 19;
    expect(meter.usage()).to.equal(first);
    now += 1;
    expect(meter.usage()).to.include({ at: 1_020 }).and.not.to.equal(first);
  });
});
