import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import type { Connection } from "../../cli/connection.ts";
import { backfill, runTrigger, skipRuns } from "../../cli/timers.ts";

const AT = "2026-11-25T02:00:00Z";
const runs = [{ at: AT, requestId: `schedule:report.nightly:${AT}` }];

describe("cli / schedules and polls", () => {
  const hub = { url: "", apiKey: "key" };
  let calls: unknown[] = [];
  let answer: object = {};
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += String(chunk)));
    request.on("end", () => {
      calls.push([request.url, JSON.parse(body)]);
      response.writeHead(202, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());
  beforeEach(() => {
    calls = [];
  });
  const named = { flow: "report", trigger: "nightly" };

  it("run one now, and say which request it starts", async () => {
    answer = { ...named, requestId: "r-1" };
    expect(await runTrigger(hub as Connection, ["report/nightly"], { reason: "to try" })).to.equal(
      "Started as request r-1. See it with trace r-1.",
    );
    answer = { ...named, requestId: null };
    expect(await runTrigger(hub as Connection, ["report/nightly"], {})).to.equal(
      "The poll runs now, unless a run of it has not ended yet. See status --flow report.",
    );
    expect(calls).to.deep.equal([
      ["/ops/triggers/run", { ...named, reason: "to try" }],
      ["/ops/triggers/run", named],
    ]);
  });

  it("skip the next run, or all until a time", async () => {
    answer = { ...named, runs };
    const NOW = Date.parse("2026-11-24T10:00:00Z");
    expect(await skipRuns(hub as Connection, ["report/nightly"], { reason: "r" }, NOW)).to.equal(
      `left out 1 run\n${AT}  schedule:report.nightly:${AT}`,
    );
    await skipRuns(hub as Connection, ["report/nightly"], { reason: "r", for: "8h" }, NOW);
    expect(calls).to.deep.equal([
      ["/ops/triggers/skip", { ...named, reason: "r" }],
      ["/ops/triggers/skip", { ...named, reason: "r", until: "2026-11-24T18:00:00.000Z" }],
    ]);
  });

  it("backfill runs between two times", async () => {
    answer = { ...named, runs: [] };
    const options = { from: "2026-11-24", to: "2026-11-26", reason: "r" };
    expect(await backfill(hub as Connection, ["report/nightly"], options)).to.equal("All of these runs have come.");
    answer = { ...named, runs };
    expect(await backfill(hub as Connection, ["report/nightly"], { ...options, json: true })).to.equal(
      JSON.stringify(answer, null, 2),
    );
    expect(calls[0]).to.deep.equal(["/ops/triggers/backfill", { ...named, ...options }]);
  });

  for (const [what, made, message] of [
    ["no name", () => runTrigger(hub as Connection, [], {}), "triggers run takes one name as <flow>/<trigger>"],
    ["a flow alone", () => skipRuns(hub as Connection, ["report"], { reason: "r" }), "triggers skip takes one name"],
    ["two names", () => skipRuns(hub as Connection, ["a/b", "a/c"], { reason: "r" }), "triggers skip takes one name"],
    ["no reason", () => skipRuns(hub as Connection, ["a/b"], {}), "Give --why"],
    ["no times", () => backfill(hub as Connection, ["a/b"], { reason: "r" }), "needs --from and --to"],
  ] as const)
    it(`refuse ${what}, and call nothing`, async () => {
      const error = await made().then(
        () => expect.fail("it was taken"),
        (thrown: Error) => thrown,
      );
      expect(error.message).to.include(message);
      expect(calls).to.deep.equal([]);
    });
});
