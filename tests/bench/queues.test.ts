import { expect } from "chai";
import { describe, it } from "mocha";
import { rowsOf } from "../../bench/queues.ts";
import { table } from "../../bench/report.ts";

describe("bench / queues", () => {
  it("stand beside each other in time and in the server's CPU, in pairs", () => {
    const times = { hub: [{ ms: 2, cpuUs: 300 }], fauxqs: [{ ms: 4, cpuUs: 600 }] };
    expect(table(rowsOf(times, {})).split("\n").slice(2)).to.deep.equal([
      "| a message sent, received, deleted: time | fauxqs | 0.50 | 2.0 | 4.0 | ms |",
      "| the same: CPU of the server | fauxqs | 0.50 | 300 | 600 | µs |",
    ]);
  });

  it("name a server that could not be started, or that failed after some rounds", () => {
    const times = { hub: [{ ms: 2, cpuUs: 300 }], ElasticMQ: [{ ms: 4, cpuUs: 600 }] };
    const [time] = table(rowsOf(times, { ElasticMQ: "there is no java on the PATH." }))
      .split("\n")
      .slice(2);
    expect(time).to.match(/ ElasticMQ \| not measured \| 2\.0 \| there is no java on the PATH\. \| ms \|$/);
  });
});
