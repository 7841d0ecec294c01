import { expect } from "chai";
import { describe, it } from "mocha";
import { type Expanded, type Round, rowsOf } from "../../bench/expansion.ts";
import { table } from "../../bench/report.ts";

describe("bench / expansion", () => {
  const expanded = (cpuMs: number, allCpuMs: number): Expanded => ({
    ...{ resources: 300, cpuMs, allCpuMs },
    ...{ nodeMb: 100, esbuildMb: 0 },
  });
  const round: Round = {
    ...{ cold: expanded(1_500, 2_500), warm: expanded(1_200, 1_200), plain: expanded(1_000, 1_000) },
    callbackMs: 130,
  };

  it("compares registering without building, and building a function's code without registering", () => {
    const [registering, code] = table(rowsOf([round], 2))
      .split("\n")
      .slice(2);
    expect(registering).to.match(/ the same with one constant asset \| 1\.20 \| 1200 \| 1000 \| ms \|$/);
    expect(code).to.match(/ CallbackFunction \| 1\.00 \| 130 \| 130 \| ms \|$/);
  });

  it("names a CallbackFunction that can't be made", () => {
    const [, code] = table(rowsOf([round, { ...round, callbackMs: "it captures native code" }], 2))
      .split("\n")
      .slice(2);
    expect(code).to.match(/ CallbackFunction \| not measured \| 130 \| it captures native code \| ms \|$/);
  });
});
