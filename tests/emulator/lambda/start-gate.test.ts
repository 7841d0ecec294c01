import { expect } from "chai";
import { describe, it } from "mocha";
import { StartGate } from "../../../emulator/lambda/start-gate.ts";

describe("local / lambda / start gate", () => {
  it("lets no more in at once than its limit, in the order in which they came", async () => {
    const gate = new StartGate(2);
    const begun: number[] = [];
    const leave: (() => void)[] = [];
    const passes = Array.from({ length: 5 }, (_, n) =>
      gate.pass(0, () => {
        begun.push(n);
        return new Promise<number>((done) => leave.push(() => done(n)));
      }),
    );
    expect(begun).to.deep.equal([0, 1]);
    for (let n = 0; n < 5; n++) {
      leave[n]?.();
      expect(await passes[n]).to.equal(n);
      expect(begun).to.have.length(Math.min(n + 3, 5));
    }
    expect(begun).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("lets functions first that have no environment, before others get their second", async () => {
    const gate = new StartGate(1);
    const begun: string[] = [];
    const pass = (name: string, others: number) => gate.pass(others, async () => void begun.push(name));
    await Promise.all([pass("a1", 0), pass("a2", 1), pass("a3", 2), pass("b1", 0), pass("b2", 1), pass("c1", 0)]);
    expect(begun).to.deep.equal(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  it("lets the next one in when a start fails", async () => {
    const gate = new StartGate(1);
    const failed = gate.pass(0, async () => {
      throw new Error("no");
    });
    const next = gate.pass(0, async () => "in");
    expect(await failed.catch(String)).to.equal("Error: no");
    expect(await next).to.equal("in");
    expect(await gate.pass(0, async () => "again")).to.equal("again");
  });
});
