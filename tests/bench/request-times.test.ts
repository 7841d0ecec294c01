import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type Grown, growthTable } from "../../bench/growth.ts";
import { type Cost, localTable } from "../../bench/request-times.ts";
import { type Load, loaded } from "../../bench/requests.ts";

const load = (clients: number, ...times: readonly number[]): Load => ({ clients, times, perSecond: 4.25, throttled: 0 });
const cost = (orders: number): Cost => ({ cpuMs: 61.6, memoryMb: 381.2, orders });

describe("bench / requests of the local hub", () => {
  it("are a row for each number of clients, the first and cold order apart, with what they cost", () => {
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

describe("bench / requests beyond the limits of the API", () => {
  const answers = [429, 202, 429, 200];
  const server = createServer((_request, response) => {
    const status = answers.shift() ?? 200;
    response.writeHead(status, { "content-type": "application/json", "retry-after": "0" });
    response.end(JSON.stringify({ requestId: "r-1", status: "completed" }));
  });
  before(() => once(server.listen(0, "127.0.0.1"), "listening"));
  after(() => server.close());

  it("are sent again as Retry-After says, and counted", async () => {
    const { port } = server.address() as AddressInfo;
    const { throttled, times } = await loaded({ url: `http://127.0.0.1:${port}`, key: "k" }, 1, 1);
    expect({ throttled, requests: times.length }).to.deep.equal({ throttled: 2, requests: 1 });
    expect(localTable([[{ ...load(1, 900), throttled }, cost(1)]])).to.match(
      /\n\n2 calls were beyond the limits of the API \(429\), and were sent again as Retry-After says\.$/,
    );
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
