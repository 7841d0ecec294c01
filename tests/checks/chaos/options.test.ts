import { expect } from "chai";
import { describe, it } from "mocha";
import { Dice } from "../../../checks/chaos/dice.ts";
import { parseOptions } from "../../../checks/chaos/options.ts";
import { askedOf } from "../../../checks/chaos/workload.ts";

describe("chaos / options and workload", () => {
  it("has a short form with a fixed seed and a long one with a random seed", () => {
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
    it(`refuses ${option} ${value} and names the allowed values`, () => {
      expect(() => parseOptions([option, value])).to.throw(`${option} is "${value}". Give `);
    });

  it("makes the same requests for the same seed, over three flows, some of which must fail", () => {
    const all = (seed: string) => Array.from({ length: 300 }, (_, n) => askedOf(n, seed, new Dice(seed)));
    expect(all("a")).to.deep.equal(all("a"));
    expect(all("a")).to.not.deep.equal(all("b"));
    expect(Map.groupBy(all("a"), ({ kind }) => kind).size).to.equal(5);
    expect(new Set(all("a").map(({ correlationId }) => correlationId)).size).to.equal(300);
  });
});
