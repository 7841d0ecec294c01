import { expect } from "chai";
import { describe, it } from "mocha";
import { type Grown, growthTable } from "../../bench/growth.ts";
import { type Cost, localTable } from "../../bench/request-times.ts";
import type { Load } from "../../bench/requests.ts";

const load = (clients: number, ...times: readonly number[]): Load => ({ clients, times, perSecond: 4.25 });

describe("bench / requests of the local hub", () => {
  it("are a row for each number of clients, the first and cold order apart, with what they cost", () => {
    const cost = (orders: number): Cost => ({ cpuMs: 61.6, memoryMb: 381.2, orders });
    const rows = localTable([
      [load(1, 900), cost(1)],
      [load(8, 30, 10, 20), cost(7)],
    ]).split("\n");
    expect(rows.slice(-3, -1)).to.deep.equal([
      "| 1, first and cold | 1 | 900 | 900 | 4.3 | 62 | 381 | 1 |",
      "| 8 | 3 | 20 | 30 | 4.3 | 62 | 381 | 7 |",
    ]);
  });
});

describe("bench / growth", () => {
  const grown = (flows: number, ...times: readonly number[]): Grown => ({
    ...{ flows, stored: 0 },
    outcome: { load: load(1, ...times), startMs: 2_900, memoryMb: 400 },
  });

  it("is the ratio to the first size", () => {
    const rows = growthTable([grown(4, 100), grown(30, 150)]).split("\n");
    expect(rows.slice(2)).to.deep.equal([
      "| 4 | 0 | 1.00 | 1 | 100 | 100 | 2.9 | 400 |",
      "| 30 | 0 | 1.50 | 1 | 150 | 150 | 2.9 | 400 |",
    ]);
  });

  it("names a size that could not be measured, and goes on", () => {
    const rows = growthTable([{ flows: 4, stored: 100, outcome: "dynoxide is not installed" }, grown(30, 150)]).split("\n");
    expect(rows.slice(2)).to.deep.equal([
      "| 4 | 100 | not measured | dynoxide is not installed | | | | |",
      "| 30 | 0 | 1.00 | 1 | 150 | 150 | 2.9 | 400 |",
    ]);
  });
});
