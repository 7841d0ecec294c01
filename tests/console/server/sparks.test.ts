import { expect } from "chai";
import { describe, it } from "mocha";
import { sparksOf } from "../../../console/server/sparks.ts";
import { at, NOW } from "./hub.ts";

const places = (line: readonly number[] | undefined) => line?.flatMap((n, i) => (n === 0 ? [] : [[i, n]]));
const failures = (group: string, secondsAgo: number, n = 1) => ({ group, at: at(secondsAgo), n });

describe("spark lines of dead letters", () => {
  it("count the first failures of each group over the same 24 parts, from the oldest one to now", () => {
    const day = 86_400;
    const { from, to, counts } = sparksOf([failures("a", day), failures("a", 60, 3), failures("b", day / 2)], NOW);
    expect([from, to]).to.deep.equal([at(day), at(0)]);
    expect(counts.a).to.have.length(24);
    expect([places(counts.a), places(counts.b)]).to.deep.equal([
      [
        [0, 1],
        [23, 3],
      ],
      [[12, 1]],
    ]);
  });

  it("are of an hour at least, and put what failed just now into the last part", () => {
    const { from, counts } = sparksOf([failures("a", 0), failures("a", -5)], NOW);
    expect([from, places(counts.a)]).to.deep.equal([at(3_600), [[23, 2]]]);
  });

  it("leave out a failure without a time", () => {
    expect(sparksOf([{ group: "a", at: "", n: 1 }], NOW).counts).to.deep.equal({});
  });
});
