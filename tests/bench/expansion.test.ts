import { expect } from "chai";
import { describe, it } from "mocha";
import { type Expanded, firstCode, type Round, rowsOf } from "../../bench/expansion.ts";
import { table } from "../../bench/report.ts";

describe("bench / expansion", () => {
  const expanded = (cpuMs: number, allCpuMs: number, nodeMb = 100): Expanded => ({
    ...{ resources: 300, cpuMs, allCpuMs },
    ...{ nodeMb, esbuildMb: 0 },
  });
  const round: Round = {
    ...{ first: expanded(300, 1_800), cold: expanded(1_500, 1_850), warm: expanded(1_200, 1_200) },
    plain: expanded(1_000, 1_000, 80),
    callbackMs: 130,
  };

  it("compares registering without building, and building a function's code without registering and what flows share", () => {
    const [registering, memory, code] = table(rowsOf([round], 2))
      .split("\n")
      .slice(2);
    expect(registering).to.match(/ the same with one constant asset \| 1\.20 \| 1200 \| 1000 \| ms \|$/);
    expect(memory).to.match(/ the same with one constant asset \| 1\.25 \| 100 \| 80 \| MB \|$/);
    expect(code).to.match(/ CallbackFunction \| 1\.00 \| 130 \| 130 \| ms \|$/);
  });

  it("says what is built whatever the flows are", () => {
    expect(firstCode([round])).to.match(/: 1\.5 s CPU of esbuild and the load check \(1\.5–1\.5\)\.$/);
  });

  it("names a CallbackFunction that can't be made", () => {
    const [, , code] = table(rowsOf([round, { ...round, callbackMs: "it captures native code" }], 2))
      .split("\n")
      .slice(2);
    expect(code).to.match(/ CallbackFunction \| not measured \| 130 \| it captures native code \| ms \|$/);
  });
});
