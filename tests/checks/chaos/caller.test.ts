import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { Caller } from "../../../checks/chaos/caller.ts";
import type { Ready } from "../../../checks/chaos/hub-protocol.ts";
import type { Asked } from "../../../checks/chaos/workload.ts";
import { stripe } from "../../../model/index.ts";
import { verify } from "../../../runtime/functions/webhook/verify.ts";

const SECRET = "whsec_chaos";
/** The hub's clock after half an hour at five times the pace. */
const AHEAD_MS = 2 * 3_600_000;
const asked: Asked = {
  n: 1,
  kind: "payment",
  correlationId: "c-1",
  idempotencyKey: "c-1",
  path: "/hooks/stripe",
  body: { id: "evt-1" },
};

describe("chaos / caller", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  /** A hub whose answers are given in turn; `drop` hangs up. 202 is only for a signature that holds by its clock. */
  const hub = async (...answers: readonly (number | "drop")[]) => {
    const now = () => Date.now() + AHEAD_MS;
    const left = [...answers];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = left.shift() ?? 202;
      if (answer === "drop") return void request.socket.destroy();
      const call = {
        method: "POST",
        headers: (name: string) => [request.headers[name] ?? []].flat(),
        query: () => [],
        parameters: [],
        body: Buffer.concat(chunks),
        url: "",
      };
      const { fault } = verify(stripe({ secret: "s" }), call, [SECRET], now());
      response.writeHead(fault && answer === 202 ? 401 : answer).end(fault ?? '{"requestId":"r-1"}');
    });
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ready: Ready = {
      url,
      sandboxUrl: url,
      consoleUrl: url,
      apiKey: "k",
      operatorKey: "o",
      webhookSecret: SECRET,
      now: now(),
    };
    const pauses: number[] = [];
    const caller = new Caller({ hub: ready, now }, Number.POSITIVE_INFINITY, async (ms) => void pauses.push(ms));
    return { caller, pauses };
  };

  it("signs with the time of the hub's clock, which runs ahead by hours", async () => {
    const { caller } = await hub();
    expect(await caller.send(asked)).to.deep.include({ requestId: "r-1", sent: 1 });
  });

  it("repeats the call with a new signature after any failure, as providers do", async () => {
    const { caller, pauses } = await hub(500, 502, "drop", 503, 504, 429, 202);
    expect(await caller.send(asked)).to.deep.include({ requestId: "r-1", otherIds: [], sent: 7 });
    expect(pauses).to.have.length(6);
  });

  it("does not repeat a refused call", async () => {
    const { caller } = await hub(401);
    const refused = await caller.send(asked).catch((error: unknown) => String(error));
    expect(refused).to.match(/c-1 was refused with 401/);
  });
});
