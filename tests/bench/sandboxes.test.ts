import { expect } from "chai";
import { describe, it } from "mocha";
import { table } from "../../bench/report.ts";
import { rowsOf } from "../../bench/sandboxes.ts";

describe("bench / sandboxes", () => {
  it("stand beside each other from start to first answer, and warm, in pairs", () => {
    const times = {
      hub: [{ firstMs: 3_000, ms: 5, cpuUs: 4_000 }],
      "serverless-offline": [{ firstMs: 2_000, ms: 4, cpuUs: 2_000 }],
    };
    const rows = table(rowsOf(times, { "Architect's sandbox": "npm could not install it" })).split("\n");
    expect(rows.slice(2)).to.deep.equal([
      "| from start to the first answer | serverless-offline | 1.50 | 3000 | 2000 | ms |",
      "| from start to the first answer | Architect's sandbox | not measured | 3000 | npm could not install it | ms |",
      "| a warm call | serverless-offline | 1.25 | 5.0 | 4.0 | ms |",
      "| a warm call | Architect's sandbox | not measured | 5.0 | npm could not install it | ms |",
      "| a warm call, CPU | serverless-offline | 2.00 | 4000 | 2000 | µs |",
      "| a warm call, CPU | Architect's sandbox | not measured | 4000 | npm could not install it | µs |",
    ]);
  });
});
