import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Connection } from "../../cli/connection.ts";
import { startJob } from "../../cli/jobs.ts";

describe("cli / jobs start", () => {
  let server: Server;
  let orders: Record<string, unknown>[];
  let hub: Connection;
  beforeEach(async () => {
    orders = [];
    server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const order = JSON.parse(body) as Record<string, unknown>;
      orders.push(order);
      const requests = (order.requestIds as string[] | undefined)?.length ?? 0;
      const job = { id: "job-1", verb: order.verb, filter: order.filter ?? {}, requests, rate: 100 };
      response.writeHead(202, { "content-type": "application/json" }).end(JSON.stringify({ job }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    hub = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: "key" } as Connection;
  });
  afterEach(() => server.close());

  it("takes ids of requests, filters of dead letters, or all", async () => {
    const reason = "the ERP is back";
    expect(await startJob(hub, ["run-again", "r-1", "r-2"], [], { reason, rate: "7" })).to.include(
      "Job job-1 started: runAgain of 2 requests, 100 a minute.",
    );
    expect(await startJob(hub, ["cancel", "r-1"], [], { reason })).to.include("cancel of 1 request,");
    expect(await startJob(hub, ["discard"], [["flow", "orders"]], { reason })).to.include("discard of flow orders,");
    expect(await startJob(hub, ["redrive"], [], { reason, all: true })).to.include("redrive of all,");
    expect(orders).to.deep.equal([
      { verb: "runAgain", requestIds: ["r-1", "r-2"], rate: 7, reason },
      { verb: "cancel", requestIds: ["r-1"], reason },
      { verb: "discard", filter: { flow: "orders" }, reason },
      { verb: "redrive", all: true, reason },
    ]);
  });
});
