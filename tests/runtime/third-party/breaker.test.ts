import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import * as z from "zod";
import { isRetryLater } from "../../../model/errors.ts";
import { adapter, call, event, flow, noAuth, step } from "../../../model/index.ts";
import { serveStep } from "../../../runtime/index.ts";
import { circuitBreaker, FAILURES_TO_OPEN, LONGEST_PAUSE_MS } from "../../../runtime/third-party/breaker.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../fakes/dependencies.ts";
import { busEvent } from "../fakes/fake-bus.ts";

const code = (error: unknown) => (error as { code?: string }).code;
const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("it was let through"),
    (error: unknown) => error,
  );

describe("third party / circuit breaker", () => {
  const breakers = () => {
    const { table, clock } = fakeDependencies();
    const make = (adapter = "shop") => circuitBreaker({ table, clock, random: () => 0.5, adapter });
    return { table, clock, make, enter: make() };
  };
  const open = async (fixture: ReturnType<typeof breakers>) => {
    for (let n = 0; n < FAILURES_TO_OPEN; n += 1) await (await fixture.enter()).failed();
  };

  it("lets a failure be a failure until the fifth in a row, which waits", async () => {
    const fixture = breakers();
    for (let n = 1; n < FAILURES_TO_OPEN; n += 1) expect(await (await fixture.enter()).failed()).to.equal(undefined);
    expect(isRetryLater(await (await fixture.enter()).failed())).to.equal(true);
    const error = await refused(fixture.enter());
    expect(code(error)).to.equal("CIRCUIT_OPEN");
    expect(isRetryLater(error) && error.afterSeconds).to.equal(11);
  });

  it("writes nothing while all goes well, and forgets failures at the first success", async () => {
    const fixture = breakers();
    await (await fixture.enter()).succeeded();
    expect(fixture.table.items.size).to.equal(0);
    for (let round = 0; round < 3; round += 1) {
      for (let n = 1; n < FAILURES_TO_OPEN; n += 1) await (await fixture.enter()).failed();
      await (await fixture.enter()).succeeded();
    }
    expect(await (await fixture.enter()).failed()).to.equal(undefined);
  });

  it("is one for all functions, and another for another third party", async () => {
    const fixture = breakers();
    await open(fixture);
    expect(code(await refused(fixture.make()()))).to.equal("CIRCUIT_OPEN");
    await (await fixture.make("other")()).succeeded();
  });

  it("lets one probe through when the pause is over, and closes when that goes well", async () => {
    const fixture = breakers();
    await open(fixture);
    fixture.clock.advance(10_000);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => fixture.enter()));
    const passes = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(passes).to.have.length(1);
    await passes[0]?.succeeded();
    await Promise.all(Array.from({ length: 20 }, () => fixture.enter()));
  });

  it("waits longer after each failed probe, up to five minutes, without using up attempts", async () => {
    const fixture = breakers();
    await open(fixture);
    const pauses: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const { openUntil } = fixture.table.only("third-party#");
      pauses.push(Number(openUntil) - fixture.clock.now());
      fixture.clock.advance(pauses.at(-1) ?? 0);
      expect(isRetryLater(await (await fixture.enter()).failed())).to.equal(true);
    }
    expect(pauses).to.eql([10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000));
  });

  it("is not held up by a probe that crashes, nor by a crash of the call that opens it", async () => {
    const fixture = breakers();
    await open(fixture);
    fixture.clock.advance(10_000);
    await fixture.enter();
    fixture.clock.advance(20_000);
    await fixture.enter();

    const other = breakers();
    for (let n = 1; n < FAILURES_TO_OPEN; n += 1) await (await other.enter()).failed();
    const pass = await other.enter();
    other.table.failures.push(undefined, new Error("killed"));
    await refused(pass.failed());
    await (await other.enter()).succeeded();
    expect(await (await other.enter()).failed()).to.equal(undefined);
  });
});

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
    this.timeout(60_000);
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
