import { expect } from "chai";
import { describe, it } from "mocha";
import { Dice } from "../../../checks/chaos/dice.ts";
import { parseOptions } from "../../../checks/chaos/options.ts";
import { askedOf } from "../../../checks/chaos/workload.ts";

describe("chaos / options and workload", () => {
  it("has a short form that is the same each time, and a long one that is not", () => {
    expect(parseOptions(["--short"])).to.deep.include({ seed: "ci", requests: 300, kills: 2 });
    expect(parseOptions([])).to.deep.include({ requests: 3_000, kills: 5 });
    expect(parseOptions([])?.seed).to.match(/^\d+$/);
  });

  for (const [option, value] of [
    ["--requests", "10"],
    ["--speed", "0"],
    ["--kills", "x"],
    ["--seed", "a b"],
  ] as const)
    it(`refuses ${option} ${value}, and says what it may be`, () => {
      expect(() => parseOptions([option, value])).to.throw(`${option} is "${value}". Give `);
    });

  it("asks the same of the hub for the same seed, over three flows, and some of each that can't go well", () => {
    const all = (seed: string) => Array.from({ length: 300 }, (_, n) => askedOf(n, seed, new Dice(seed)));
    expect(all("a")).to.deep.equal(all("a"));
    expect(all("a")).to.not.deep.equal(all("b"));
    expect(Map.groupBy(all("a"), ({ kind }) => kind).size).to.equal(6);
    expect(new Set(all("a").map(({ correlationId }) => correlationId)).size).to.equal(300);
  });
});
