import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import * as z from "zod";
import { adapter, call, event, flow, noAuth, step } from "../../model/index.ts";
import { serveStep } from "../../runtime/index.ts";
import { FAILURES_TO_OPEN, LONGEST_PAUSE_MS } from "../../runtime/third-party/breaker.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../runtime/fakes/dependencies.ts";
import { busEvent } from "../runtime/fakes/fake-bus.ts";

describe("third party / an outage of two hours", () => {
  const Asked = event("Asked", z.object({ id: z.string() }));
  const MESSAGES = 100;
  const OUTAGE_MS = 2 * 3_600_000;
  let server: Server;
  let down = true;
  let during = 0;
  const served = new Map<string, number>();
  beforeEach(async () => {
    down = true;
    during = 0;
    served.clear();
    server = createServer((request, response) => {
      if (down) {
        during += 1;
        response.writeHead(500).end();
        return;
      }
      const id = request.url ?? "";
      served.set(id, (served.get(id) ?? 0) + 1);
      response.end('{"ok":true}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it("dead-letters nothing, and makes few calls to the third party", async function () {
    this.timeout(300_000);
    const around = fakeDependencies({
      thirdParties: { shop: { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } },
      logLevel: "error",
    });
    const shop = adapter("shop", {
      baseUrl: "https://shop.example.com",
      auth: noAuth(),
      timeout: "5 seconds",
      operations: { ping: call("GET /ping/:id", { returns: z.object({ ok: z.boolean() }) }) },
    });
    const pings = flow("orders", {
      summary: "",
      owner: "",
      imports: [Asked],
      steps: {
        ping: step({
          on: Asked,
          emits: [],
          uses: { shop },
          handler: async ({ id }, { shop }) => {
            await shop.ping({ id });
            return [];
          },
        }),
      },
    });
    const handlers = [0, 1, 2, 3].map(() => serveStep(pings, "ping", validatorsOf(pings), () => around.services));
    const start = around.clock.now();
    const due = Array.from({ length: MESSAGES }, (_, n) => ({ n, at: start + n * 100 }));
    let waits = 0;
    while (due.length > 0) {
      due.sort((a, b) => a.at - b.at);
      // Four functions, a message each at a time.
      const batch = due.splice(0, handlers.length);
      around.clock.advance(Math.max(0, (batch.at(-1)?.at ?? 0) - around.clock.now()));
      down = around.clock.now() - start < OUTAGE_MS;
      const back = await Promise.all(
        batch.map(({ n }, i) =>
          deliver(
            handlers[i] ?? expect.fail(),
            message(busEvent("Asked", { id: String(n) }, { eventId: `e-${n}`, requestId: `r-${n}` }), `m-${n}`),
          ),
        ),
      );
      for (const [receiptHandle] of back) {
        if (receiptHandle === undefined) continue;
        waits += 1;
        const hidden = around.hidden.findLast((entry) => entry.receiptHandle === `rh-${receiptHandle}`);
        due.push({ n: Number(receiptHandle.slice(2)), at: around.clock.now() + (hidden?.seconds ?? 1) * 1_000 });
      }
      expect(waits).to.be.below(20_000);
    }
    expect(around.sent, "dead letters").to.eql([]);
    expect(served.size).to.equal(MESSAGES);
    expect([...served].filter(([, times]) => times !== 1)).to.deep.equal([]);
    // Five that open it, those in flight then, and a probe each pause: 10, 20, 40, 80, 160 seconds, then every five minutes.
    const bound = FAILURES_TO_OPEN + handlers.length + 5 + Math.ceil(OUTAGE_MS / LONGEST_PAUSE_MS);
    expect(during, "calls during the outage").to.be.within(10, bound);
    const attempts = [...around.table.items.values()].flatMap(({ pk, attempts }) =>
      pk.startsWith("delivery#") ? [Number(attempts)] : [],
    );
    expect(Math.max(...attempts)).to.be.at.most(FAILURES_TO_OPEN);
    const back = Math.round((around.clock.now() - start - OUTAGE_MS) / 1_000);
    expect(back, "seconds after the outage until all are through").to.be.below((2 * LONGEST_PAUSE_MS) / 1_000);
    if (process.env.FIGURES) console.log({ during, bound, waits, most: Math.max(...attempts), back });
  });
});
