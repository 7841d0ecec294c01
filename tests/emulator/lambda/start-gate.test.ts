import { expect } from "chai";
import { describe, it } from "mocha";
import { StartGate } from "../../../emulator/lambda/start-gate.ts";

describe("lambda / start gate", () => {
  it("limits concurrent starts, and runs them in order of arrival", async () => {
    const gate = new StartGate(2);
    const begun: number[] = [];
    const finish: (() => void)[] = [];
    const starts = Array.from({ length: 5 }, (_, n) =>
      gate.run(0, () => {
        begun.push(n);
        return new Promise<number>((done) => finish.push(() => done(n)));
      }),
    );
    expect(begun).to.deep.equal([0, 1]);
    for (let n = 0; n < 5; n++) {
      finish[n]?.();
      expect(await starts[n]).to.equal(n);
      expect(begun).to.have.length(Math.min(n + 3, 5));
    }
    expect(begun).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("starts functions without an environment before the second environment of others", async () => {
    const gate = new StartGate(1);
    const begun: string[] = [];
    const start = (name: string, others: number) => gate.run(others, async () => void begun.push(name));
    await Promise.all([start("a1", 0), start("a2", 1), start("a3", 2), start("b1", 0), start("b2", 1), start("c1", 0)]);
    expect(begun).to.deep.equal(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  it("starts what a caller waits for first, in a place of its own", async () => {
    const gate = new StartGate(1);
    const begun: string[] = [];
    const finish = new Map<string, () => void>();
    const start = (name: string, urgent: boolean) =>
      gate.run(
        0,
        () => {
          begun.push(name);
          return new Promise<void>((done) => finish.set(name, done));
        },
        urgent,
      );
    const starts = [start("queue 1", false), start("queue 2", false), start("door 1", true), start("door 2", true)];
    expect(begun).to.deep.equal(["queue 1", "door 1"]);
    finish.get("queue 1")?.();
    await starts[0];
    expect(begun).to.deep.equal(["queue 1", "door 1", "door 2"]);
    finish.get("door 1")?.();
    await starts[2];
    expect(begun, "the place beyond the limit is for the urgent ones alone").to.have.length(3);
    finish.get("door 2")?.();
    await starts[3];
    expect(begun.at(-1)).to.equal("queue 2");
    finish.get("queue 2")?.();
    await starts[1];
  });

  it("runs the next start when a start fails", async () => {
    const gate = new StartGate(1);
    const failed = gate.run(0, async () => {
      throw new Error("no");
    });
    const next = gate.run(0, async () => "in");
    expect(await failed.catch(String)).to.equal("Error: no");
    expect(await next).to.equal("in");
    expect(await gate.run(0, async () => "again")).to.equal("again");
  });
});
